import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';

/** The current load of the process. */
export interface Readings {
  /** The participants in this process's rooms. */
  readonly participants: () => number;
  /** The busiest worker's share of one core, 0 to 1. */
  readonly cpu: () => number;
  /** The share of memory in use, 0 to 1; null if it can't be read. */
  readonly memory: () => number | null;
}

/** The load at which a process counts as full; 0 for no limit. */
export interface Capacity {
  readonly participants: number;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
}

export interface AdmissionControlOptions {
  readonly capacity: Capacity;
  readonly readings: Readings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The time between two readings of CPU and memory, in milliseconds. */
const READ_MS = 1000;
/** The number of CPU readings that are averaged, because each join costs much CPU for a moment. */
const CPU_READINGS = 5;
/** The share of a limit below which it reopens, so that it does not flutter. */
const REOPEN_AT = 0.9;
/** The `Retry-After` of a refusal, in seconds. */
const RETRY_AFTER = 10;

/** Refuses new participants, and tells placement to avoid this process, while the process is at one of its limits. */
export class AdmissionControl {
  readonly #options: AdmissionControlOptions;
  readonly #participants: Hysteresis;
  readonly #cpu: Hysteresis;
  readonly #memory: Hysteresis;
  readonly #cpuReadings: number[] = [];
  #entering = 0;
  #wasFull = false;
  #loop: Loop | undefined;

  constructor(options: AdmissionControlOptions) {
    const { participants, cpuPercent, memoryPercent } = options.capacity;
    this.#options = options;
    this.#participants = new Hysteresis(participants);
    this.#cpu = new Hysteresis(cpuPercent);
    this.#memory = new Hysteresis(memoryPercent);
  }

  /** Reads the load now and once a second until `stop`. */
  start(): void {
    const { clock, logger } = this.#options;
    const onError = (error: unknown) => logger.warn({ err: error }, 'failed to read the load');
    this.#loop = every(clock, READ_MS, () => this.#read(), onError, { immediately: true });
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    await this.#loop?.stop();
  }

  /** Whether the process accepts neither new participants nor new sessions. */
  get full(): boolean {
    return this.#update();
  }

  /** The share of each limit that is used, where 1 is full; without limits that are off. */
  get usage(): Readonly<Partial<Record<keyof Readings, number>>> {
    const { participants, cpuPercent, memoryPercent } = this.#options.capacity;
    this.#update();
    return {
      ...(participants > 0 ? { participants: this.#participants.value / participants } : {}),
      ...(cpuPercent > 0 ? { cpu: this.#cpu.value / cpuPercent } : {}),
      ...(memoryPercent > 0 ? { memory: this.#memory.value / memoryPercent } : {}),
    };
  }

  /**
   * Runs `join` if there is capacity for one more participant. Joins under way count as participants.
   * @throws {TelevisitError} `no_capacity`, and what `join` throws
   */
  async enter<T>(join: () => Promise<T>): Promise<T> {
    const { capacity, readings } = this.#options;
    const inside = readings.participants() + this.#entering;
    if (this.full || (capacity.participants > 0 && inside >= capacity.participants)) {
      throw new TelevisitError('no_capacity', { retryAfter: RETRY_AFTER });
    }
    this.#entering += 1;
    try {
      return await join();
    } finally {
      this.#entering -= 1;
    }
  }

  #read(): void {
    const { readings, capacity } = this.#options;
    this.#cpuReadings.push(readings.cpu());
    if (this.#cpuReadings.length > CPU_READINGS) this.#cpuReadings.shift();
    // Missing readings count as zero, so that a busy moment right after the start does not fill the process.
    const cpu = this.#cpuReadings.reduce((sum, reading) => sum + reading, 0) / CPU_READINGS;
    this.#cpu.set(cpu * 100);
    // Reading memory costs more than everything else here.
    const memory = capacity.memoryPercent > 0 ? readings.memory() : null;
    if (memory !== null) this.#memory.set(memory * 100);
    this.#update();
  }

  /** Applies the current number of participants and logs a change. @returns whether the process is full */
  #update(): boolean {
    const { readings, logger, capacity } = this.#options;
    const participants = readings.participants();
    this.#participants.set(participants);
    const full = this.#participants.closed || this.#cpu.closed || this.#memory.closed;
    if (full === this.#wasFull) return full;
    this.#wasFull = full;
    const memory = capacity.memoryPercent > 0 ? { memoryPercent: this.#memory.value } : {};
    const load = { participants, cpuPercent: this.#cpu.value, ...memory };
    if (full) logger.warn(load, 'process is full, refusing new participants');
    else logger.info(load, 'process is no longer full');
    return full;
  }
}

/** Closes at its limit and reopens at a lower value. */
class Hysteresis {
  readonly #limit: number;
  value = 0;
  closed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  set(value: number): void {
    this.value = value;
    if (this.#limit > 0)
      this.closed = value >= this.#limit || (this.closed && value > this.#limit * REOPEN_AT);
  }
}

/**
 * Returns the share of memory in use, 0 to 1: of the container's limit if there is one, otherwise of the machine. The page
 * cache does not count. Null if it can't be read, for example because the process has no file descriptor left.
 */
export function usedMemory(): number | null {
  const machine = totalmem();
  const limit = process.constrainedMemory();
  const isLimited = limit > 0 && limit < machine;
  // Node.js counts the page cache as used in a container, and as available on a machine.
  const free = process.availableMemory();
  const cache = isLimited ? reclaimableCache() : 0;
  // A machine that runs this has some memory left: Node.js could not read it.
  if (cache === null || (free === 0 && !isLimited)) return null;
  const available = free + cache;
  return Math.min(1, Math.max(0, 1 - available / (isLimited ? limit : machine)));
}

/** Returns the page cache that the kernel would reclaim first in our control group (cgroup v2), in bytes; null if it can't be read. */
function reclaimableCache(): number | null {
  try {
    const group = groupOf(readFileSync('/proc/self/cgroup', 'utf8'));
    return inactiveFiles(readFileSync(`/sys/fs/cgroup${group}/memory.stat`, 'utf8'));
  } catch (error) {
    // Older systems have no group of version 2.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 0 : null;
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
