export interface BackoffOptions {
  /** Delays before the first retry, the second and so on, in milliseconds; the last one repeats. */
  readonly delays: readonly number[];
  /** Random share added to each delay, so that many clients do not return at the same moment. */
  readonly jitter?: number;
  /** Minimum range of the random part, in milliseconds. */
  readonly minJitterMs?: number;
}

/** Computes how long to wait before each retry. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Returns the delay before the next retry, in milliseconds, and counts a failure. */
  next(): number {
    const { delays, jitter = 0, minJitterMs = 0 } = this.#options;
    const delay = delays[Math.min(this.#failures, delays.length - 1)] ?? 0;
    this.#failures += 1;
    return delay + Math.random() * Math.max(minJitterMs, delay * jitter);
  }

  /** Starts again with the first delay, after a success. */
  reset(): void {
    this.#failures = 0;
  }
}
