import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns a random secret that is kept in a file only its owner can read, so that links stay valid across restarts. For
 * development only; production requires configured secrets.
 */
export function developmentSecret(
  dataDir: string,
  name: string,
): { secret: string; file: string; made: boolean } {
  const file = join(dataDir, name);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const known = read(file);
  if (known) return { secret: known, file, made: false };
  const secret = randomBytes(32).toString('base64url');
  writeFileSync(file, secret, { mode: 0o600 });
  return { secret, file, made: true };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
