import { readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';

const PACKAGE = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

/** The version of this server (semver). */
export const VERSION = (JSON.parse(PACKAGE) as { version: string }).version;

/**
 * Returns a name for this process that no other process has while the machine runs: boot, PID namespace, PID and start time.
 * Null on systems other than Linux.
 */
export function processIdentity(): string | null {
  const scope = pidScope();
  const start = startTime(process.pid);
  return scope && start && `${scope} ${process.pid} ${start}`;
}

/** Returns true only if the process is certain to have exited; processes of other machines and containers can't be checked. */
export function hasExited(identity: string | null): boolean {
  const scope = pidScope();
  if (identity === null || scope === null || !identity.startsWith(`${scope} `)) return false;
  const [pid, start] = identity.slice(scope.length + 1).split(' ');
  return startTime(Number(pid)) !== start;
}

/** Returns what makes a PID unique on Linux: the boot of the machine and the PID namespace. */
function pidScope(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** Returns when a process started, in ticks since boot (proc(5), "starttime"); null if it does not run. */
function startTime(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    // A zombie has exited.
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
