/** Timers of one owner, which clears all of them when it closes. */
export class Timers {
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  /** Calls `action` after a delay in milliseconds. The returned function cancels that. */
  after(delay: number, action: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delay);
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      clearTimeout(timer);
    };
  }

  /**
   * Returns the outcome of `work`, or `fallback` if `work` takes longer than `ms` milliseconds. After `clear()` only the
   * outcome of `work` counts.
   */
  async withTimeout<T, F>(work: Promise<T>, ms: number, fallback: F): Promise<T | F> {
    let cancel: (() => void) | undefined;
    const timeout = new Promise<F>((resolve) => (cancel = this.after(ms, () => resolve(fallback))));
    try {
      return await Promise.race([work, timeout]);
    } finally {
      cancel?.();
    }
  }

  /** Cancels all timers. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

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
