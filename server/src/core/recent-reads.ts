import type { Clock } from './clock.ts';

/** Recognizes reads that repeat one of a moment ago, so that a player or a page that reads again is recorded once. */
export class RecentReads {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #noted = new Map<string, number>();

  /** @param ms how long a read is remembered, in milliseconds */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  /** Whether a read is none of those that were noted a moment ago. */
  isNew(read: string): boolean {
    const now = this.#clock.now();
    for (const [one, at] of this.#noted) if (now - at > this.#ms) this.#noted.delete(one);
    if (this.#noted.has(read)) return false;
    this.#noted.set(read, now);
    return true;
  }
}
