import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

/**
 * The share of the memory that is used, 0 to 1: of the container's where it has a limit, else of the machine's. Files that
 * are only kept to be read faster don't count.
 */
export function usedMemory(): number {
  const machine = totalmem();
  const limit = process.constrainedMemory();
  const isLimited = limit > 0 && limit < machine;
  // Node.js counts cached files as used in a container, and as available on a machine.
  const available = process.availableMemory() + (isLimited ? cachedFiles() : 0);
  return Math.min(1, Math.max(0, 1 - available / (isLimited ? limit : machine)));
}

/** What the kernel would drop before it refuses memory to our control group (cgroup v2), in bytes; 0 where it is not known. */
function cachedFiles(): number {
  try {
    const group = groupOf(readFileSync('/proc/self/cgroup', 'utf8'));
    return inactiveFiles(readFileSync(`/sys/fs/cgroup${group}/memory.stat`, 'utf8'));
  } catch {
    return 0;
  }
}

/** The path of the process's group (v2) in `/proc/self/cgroup`; empty for the root. */
export function groupOf(cgroup: string): string {
  return (/^0::(\/.*)$/m.exec(cgroup)?.[1] ?? '').replace(/\/$/, '');
}

/** `inactive_file` of a `memory.stat`, in bytes. */
export function inactiveFiles(stat: string): number {
  return Number(/^inactive_file (\d+)$/m.exec(stat)?.[1] ?? 0);
}
