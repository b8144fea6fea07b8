import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('line.c', import.meta.url));

/** Builds the relay of a line into a folder. @returns its path @throws {Error} with the compiler's message */
export function compileRelay(folder: string): string {
  const program = join(folder, 'line');
  execFileSync('cc', ['-O2', '-o', program, SOURCE], { stdio: ['ignore', 'ignore', 'pipe'] });
  return program;
}

/** Returns why no lab can be made here; null if one can. */
export function whyNoLab(): string | null {
  if (process.getuid?.() !== 0) return 'root';
  if (!runs('ip', ['netns', 'list'])) return 'iproute2 with network namespaces';
  if (!existsSync('/dev/net/tun')) return '/dev/net/tun';
  if (!runs('cc', ['--version'])) return 'a C compiler';
  return null;
}

function runs(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
