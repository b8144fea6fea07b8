import type { Clock } from './clock.ts';

export interface TokenBucketOptions {
  readonly perSecond: number;
  /** The most tokens that are there at once, after a while without use. */
  readonly burst: number;
}

/** Limits a rate: a steady number per second, with bursts now and then. */
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

  /** Takes a token. @returns false if there is none */
  take(): boolean {
    const now = this.#clock.now();
    // A clock that is set back neither adds tokens nor takes any.
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#options.perSecond;
    this.#tokens = Math.min(this.#options.burst, this.#tokens + earned);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
