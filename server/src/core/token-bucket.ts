import type { Clock } from './clock.ts';

export interface TokenBucketOptions {
  readonly perSecond: number;
  /** The maximum number of tokens, which is there after a while without use. */
  readonly burst: number;
}

/** Limits a rate to a number per second, with occasional bursts. */
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

  /** Takes `count` tokens. @returns false if there are fewer */
  take(count = 1): boolean {
    const now = this.#clock.now();
    // If the clock is set back, tokens are neither added nor removed.
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#options.perSecond;
    this.#tokens = Math.min(this.#options.burst, this.#tokens + earned);
    this.#at = now;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
