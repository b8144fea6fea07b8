import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

/**
 * Returns the share of memory in use, 0 to 1: of the container's limit if there is one, otherwise of the machine. The page
 * cache does not count.
 */
export function usedMemory(): number {
  const machine = totalmem();
  const limit = process.constrainedMemory();
  const isLimited = limit > 0 && limit < machine;
  // Node.js counts the page cache as used in a container, and as available on a machine.
  const available = process.availableMemory() + (isLimited ? reclaimableCache() : 0);
  return Math.min(1, Math.max(0, 1 - available / (isLimited ? limit : machine)));
}

/** Returns the page cache that the kernel would reclaim first in our control group (cgroup v2), in bytes; 0 if unknown. */
function reclaimableCache(): number {
  try {
    const group = groupOf(readFileSync('/proc/self/cgroup', 'utf8'));
    return inactiveFiles(readFileSync(`/sys/fs/cgroup${group}/memory.stat`, 'utf8'));
  } catch {
    return 0;
  }
}

/** Returns the path of the process's control group (v2) in `/proc/self/cgroup`; empty for the root group. */
export function groupOf(cgroup: string): string {
  return (/^0::(\/.*)$/m.exec(cgroup)?.[1] ?? '').replace(/\/$/, '');
}

/** Returns `inactive_file` of a `memory.stat`, in bytes. */
export function inactiveFiles(stat: string): number {
  return Number(/^inactive_file (\d+)$/m.exec(stat)?.[1] ?? 0);
}
