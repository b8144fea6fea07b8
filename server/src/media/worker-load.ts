import type { Clock } from '../core/clock.ts';
import type { MediaWorker } from './media-worker.ts';

/** Minimum age of the CPU figure before the worker is asked again, in milliseconds. */
const CPU_MS = 500;

/** The same for the bitrate, which takes one request for each transport. */
export const BITRATE_MS = 5000;

/** A worker that has not responded for this long counts as fully loaded. In milliseconds. */
export const UNRESPONSIVE_MS = 3000;

/** The load of one worker. Figures are requested in the background, one request at a time, and only on demand. */
export class WorkerLoad {
  readonly #worker: MediaWorker;
  readonly #clock: Clock;
  #cpu = 0;
  #memory = 0;
  #bitrate = 0;
  #usage: { readonly at: number; readonly ms: number } | undefined;
  #bitrateAt: number | undefined;
  #requestedAt: number | undefined;
  #requesting = false;
  #responded = true;

  constructor(worker: MediaWorker, clock: Clock) {
    this.#worker = worker;
    this.#clock = clock;
  }

  /** The share of one core that the worker used between the last two responses, 0 to 1. */
  get cpu(): number {
    return !this.#responded && this.#age(this.#requestedAt) >= UNRESPONSIVE_MS ? 1 : this.#cpu;
  }

  /** The most memory that its process has used so far, in bytes. */
  get memory(): number {
    return this.#memory;
  }

  /** The bitrate that its clients send and receive, in bit/s, some seconds old. */
  get bitrate(): number {
    return this.#bitrate;
  }

  /** Requests new figures unless the last request is recent or pending. Returns at once and never throws. */
  refresh(): void {
    if (this.#requesting || this.#worker.closed || this.#age(this.#requestedAt) < CPU_MS) return;
    this.#requesting = true;
    this.#requestedAt = this.#clock.now();
    this.#request()
      // A worker that dies meanwhile has no load.
      .catch(() => undefined)
      .finally(() => (this.#requesting = false));
  }

  async #request(): Promise<void> {
    this.#responded = false;
    const { cpuMs: ms, memory } = await this.#worker.usage();
    this.#responded = true;
    this.#memory = memory;
    const at = this.#clock.now();
    const before = this.#usage;
    if (before && at > before.at) this.#cpu = Math.min(1, Math.max(0, (ms - before.ms) / (at - before.at)));
    this.#usage = { at, ms };
    if (this.#age(this.#bitrateAt) < BITRATE_MS) return;
    this.#bitrateAt = at;
    let bitrate = 0;
    // In sequence, so that a thousand transports block neither the worker nor this process.
    for (const transport of this.#worker.transports) {
      const [stats] = await transport.getStats().catch(() => []);
      if (stats) bitrate += stats.recvBitrate + stats.sendBitrate;
    }
    this.#bitrate = bitrate;
  }

  /** Returns the milliseconds since a time; Infinity if there is none or the clock went back. */
  #age(time: number | undefined): number {
    const age = time === undefined ? -1 : this.#clock.now() - time;
    return age < 0 ? Infinity : age;
  }
}
