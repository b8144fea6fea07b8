interface Job {
  readonly durationMs: number;
  readonly run: () => Promise<void>;
}

/**
 * Transcribes the speech of many people with one model, one after the other. What was said comes in its order; what is still
 * being said waits for nobody, and is skipped instead.
 */
export class TranscriptionQueue {
  #jobs: Job[] = [];
  #running: Job | null = null;

  /** How much speech waits, in milliseconds. */
  get waitingMs(): number {
    return this.#jobs.reduce((sum, { durationMs }) => sum + durationMs, this.#running?.durationMs ?? 0);
  }

  /** Whether something is transcribed or waits. */
  get isBusy(): boolean {
    return this.#running !== null;
  }

  /** Whether an utterance that has ended waits: the text of one that has not is then no longer wanted. */
  get isWaiting(): boolean {
    return this.#jobs.length > 0;
  }

  /** Returns what `work` returns, after everything before it. */
  add<T>(durationMs: number, work: () => Promise<T>): Promise<T> {
    // Safari before 17.4 has no Promise.withResolvers.
    const result = new Promise<T>((resolve, reject) => {
      this.#jobs.push({ durationMs, run: () => work().then(resolve, reject) });
    });
    void this.#next();
    return result;
  }

  async #next(): Promise<void> {
    if (this.#running) return;
    for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) {
      this.#running = job;
      await job.run();
    }
    this.#running = null;
  }
}
