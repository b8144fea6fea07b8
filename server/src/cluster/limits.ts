import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';

/** What a process is held against. */
export interface Readings {
  /** People who are in visits here. */
  readonly participants: () => number;
  /** The busiest worker's share of one core, 0 to 1. */
  readonly cpu: () => number;
  /** The share of the memory that is used, 0 to 1. */
  readonly memory: () => number;
}

/** From where on a process is full; 0 for no limit. */
export interface Capacity {
  readonly participants: number;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
}

export interface LimitsOptions {
  readonly capacity: Capacity;
  readonly readings: Readings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often processor and memory are read, in milliseconds. */
const READ_MS = 1000;
/** So many readings of the processor are averaged: who comes costs much for a moment. */
const CPU_READINGS = 5;
/** What is closed at its limit opens again below this share of it, so that it does not flutter. */
const REOPEN_AT = 0.9;
/** What somebody who is refused is told to wait, in seconds. */
const RETRY_AFTER = 10;

/** How much a process takes on: beyond that, nobody new comes in, and no visit is placed on it. */
export class Limits {
  readonly #options: LimitsOptions;
  readonly #participants: Gate;
  readonly #cpu: Gate;
  readonly #memory: Gate;
  readonly #readings: number[] = [];
  #entering = 0;
  #wasFull = false;
  #cancel: () => void = () => undefined;

  constructor(options: LimitsOptions) {
    const { participants, cpuPercent, memoryPercent } = options.capacity;
    this.#options = options;
    this.#participants = new Gate(participants);
    this.#cpu = new Gate(cpuPercent);
    this.#memory = new Gate(memoryPercent);
  }

  /** Begins to read, once a second until `stop`. */
  start(): void {
    this.#read();
  }

  /** Idempotent. */
  stop(): void {
    this.#cancel();
  }

  /** Whether nobody new may come in, and no visit be placed here. */
  get full(): boolean {
    return this.#look();
  }

  /**
   * Lets somebody new come in; those who are on their way in count already.
   * @throws TelevisitError `no_capacity`, and what `join` throws
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
    const { clock, readings, capacity } = this.#options;
    this.#readings.push(readings.cpu());
    if (this.#readings.length > CPU_READINGS) this.#readings.shift();
    // What was not read yet counts as nothing: a busy moment after the start is no reason.
    const cpu = this.#readings.reduce((sum, one) => sum + one, 0) / CPU_READINGS;
    this.#cpu.set(cpu * 100);
    // It costs more than everything else here.
    if (capacity.memoryPercent > 0) this.#memory.set(readings.memory() * 100);
    this.#look();
    this.#cancel = clock.after(READ_MS, () => this.#read());
  }

  #look(): boolean {
    const { readings, logger, capacity } = this.#options;
    const participants = readings.participants();
    this.#participants.set(participants);
    const full = this.#participants.closed || this.#cpu.closed || this.#memory.closed;
    if (full === this.#wasFull) return full;
    this.#wasFull = full;
    const memory = capacity.memoryPercent > 0 ? { memoryPercent: this.#memory.value } : {};
    const why = { participants, cpuPercent: this.#cpu.value, ...memory };
    if (full) logger.warn(why, 'full: nobody new comes in');
    else logger.info(why, 'no longer full');
    return full;
  }
}

/** Closes at its limit, and opens again somewhat below. */
class Gate {
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
