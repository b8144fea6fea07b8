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
