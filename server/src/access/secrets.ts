import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns a check of callers' secrets, in constant time.
 * @returns a function that returns the public name of a valid secret, and null for others
 */
export function internalSecretCheck(
  secrets: readonly string[],
): (given: string | undefined) => string | null {
  const known = secrets.map((secret) => ({ digest: digest(secret), keyId: keyId(secret) }));
  return (given) => {
    if (given === undefined) return null;
    const candidate = digest(given);
    let found: string | null = null;
    for (const secret of known) if (timingSafeEqual(secret.digest, candidate)) found = secret.keyId;
    return found;
  };
}

/** Returns a public name of a secret: the same on every server, and useless for guessing the secret. */
export function keyId(secret: string): string {
  return createHash('sha256').update(`televisit:kid:${secret}`).digest('hex').slice(0, 12);
}

// Digests have equal lengths, which timingSafeEqual needs; the length of a secret would leak.
function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

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
