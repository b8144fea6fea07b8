import type { Clock } from '../domain/clock.ts';
import type { MediaWorker } from './media-worker.ts';

/** How old what is known of a worker's processor time has to be before it is asked again, in milliseconds. */
const PROCESSOR_MS = 500;

/** The same for its bitrate, which takes a question for each of its transports. */
export const BITRATE_MS = 5000;

/** A worker that has not answered for so long has no time to: it is as busy as can be. In milliseconds. */
export const SILENT_MS = 3000;

/** How busy one worker is. It is asked in the background, one question at a time, and only when somebody wants to know. */
export class WorkerLoad {
  readonly #worker: MediaWorker;
  readonly #clock: Clock;
  #cpu = 0;
  #bitrate = 0;
  #usage: { readonly at: number; readonly ms: number } | undefined;
  #bitrateAt: number | undefined;
  #askedAt: number | undefined;
  #asking = false;
  #answered = true;

  constructor(worker: MediaWorker, clock: Clock) {
    this.#worker = worker;
    this.#clock = clock;
  }

  /** Its share of one core between the last two looks, 0 to 1. */
  get cpu(): number {
    return !this.#answered && this.#age(this.#askedAt) >= SILENT_MS ? 1 : this.#cpu;
  }

  /** What its clients send and receive, in bit/s, as of some seconds ago. */
  get bitrate(): number {
    return this.#bitrate;
  }

  /** Asks the worker anew, unless it was asked just now, or has not answered yet. Never throws; nobody waits. */
  look(): void {
    if (this.#asking || this.#worker.closed || this.#age(this.#askedAt) < PROCESSOR_MS) return;
    this.#asking = true;
    this.#askedAt = this.#clock.now();
    this.#ask()
      // A worker that dies meanwhile is busy with nothing.
      .catch(() => undefined)
      .finally(() => (this.#asking = false));
  }

  async #ask(): Promise<void> {
    this.#answered = false;
    const ms = await this.#worker.processorTime();
    this.#answered = true;
    const at = this.#clock.now();
    const before = this.#usage;
    if (before && at > before.at) this.#cpu = Math.min(1, Math.max(0, (ms - before.ms) / (at - before.at)));
    this.#usage = { at, ms };
    if (this.#age(this.#bitrateAt) < BITRATE_MS) return;
    this.#bitrateAt = at;
    let bitrate = 0;
    // One after the other: a worker with a thousand transports, and this process, do other things in between.
    for (const transport of this.#worker.transports) {
      const [stats] = await transport.getStats().catch(() => []);
      if (stats) bitrate += stats.recvBitrate + stats.sendBitrate;
    }
    this.#bitrate = bitrate;
  }

  /** Milliseconds since a time; for ever where there was none, or the clock was put back. */
  #age(time: number | undefined): number {
    const age = time === undefined ? -1 : this.#clock.now() - time;
    return age < 0 ? Infinity : age;
  }
}
