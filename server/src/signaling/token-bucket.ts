import type { Clock } from '../domain/clock.ts';

export interface TokenBucketOptions {
  readonly perSecond: number;
  /** So many at once, after a while of nothing. */
  readonly burst: number;
}

/** Counts what one connection asks for: steadily so much a second, and now and then a burst. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;

  constructor(options: TokenBucketOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#tokens = options.burst;
    this.#at = clock.now();
  }

  /** @returns false, with nothing taken, where there is none left */
  take(): boolean {
    const now = this.#clock.now();
    // A machine whose clock is set back gives nothing and takes nothing.
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#options.perSecond;
    this.#tokens = Math.min(this.#options.burst, this.#tokens + earned);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
