import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Unit of a process's time in Linux, in seconds. */
const TICK_SECONDS = 0.01;

/** Returns the resident memory of a process, in bytes; 0 if it is gone. */
export function memoryOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Returns the processor time of a process so far, including the kernel's on its behalf, in seconds. */
export function cpuSecondsOf(pid: number): number {
  // The name before the closing bracket may contain spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_SECONDS;
}

/**
 * Gives one process the first core, and the rest to this process and the others.
 * @returns a description of the sharing
 */
export function separate(alone: number, others: readonly number[]): string {
  const cores = availableParallelism();
  if (process.platform !== 'linux' || cores < 2) return 'all processes share the cores';
  try {
    const rest = `1-${cores - 1}`;
    pin(alone, '0');
    for (const pid of [process.pid, ...others]) pin(pid, rest);
    return `the measured worker has core 0, senders and receivers share core ${cores === 2 ? '1' : rest}`;
  } catch {
    return 'all processes share the cores (no taskset)';
  }
}

/** Pins every thread: running ones would otherwise keep their cores. */
function pin(pid: number, cores: string): void {
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    execFileSync('taskset', ['-pc', cores, thread], { stdio: 'ignore' });
  }
}
