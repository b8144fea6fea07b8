import { readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';

/** What makes a process id unique on Linux: this boot of the machine, and the namespace that the id counts in. */
function scope(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** When a process began, in ticks since the machine did (proc(5), "starttime"); null where there is none of that number. */
function startOf(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    // A zombie holds nothing any more.
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** This process by a name that no other one has had or will have while the machine runs; null where there is none. */
export function ownHolder(): string | null {
  const here = scope();
  const start = startOf(process.pid);
  return here && start && `${here} ${process.pid} ${start}`;
}

/** Whether the process of that name is gone for certain. False where that can't be known from here. */
export function isGone(holder: string | null): boolean {
  const here = scope();
  if (holder === null || here === null || !holder.startsWith(`${here} `)) return false;
  const [pid, start] = holder.slice(here.length + 1).split(' ');
  return startOf(Number(pid)) !== start;
}
