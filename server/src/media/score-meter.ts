/** The mean over time of a stream's score (mediasoup: 0, nothing arrives, to 10, all arrives). */
export class ScoreMeter {
  readonly #now: () => number;
  #current: { readonly score: number; readonly since: number } | undefined;
  #last: number | null = null;
  #sum = 0;
  #length = 0;

  /** @param now milliseconds, growing */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The score from now on. */
  set(score: number): void {
    this.stop();
    this.#last = score;
    this.#current = { score, since: this.#now() };
  }

  /** The stream is over; its mean stays. */
  stop(): void {
    if (!this.#current) return;
    const length = this.#now() - this.#current.since;
    this.#sum += this.#current.score * length;
    this.#length += length;
    this.#current = undefined;
  }

  /** Null where no score ever came. */
  get mean(): number | null {
    const now = this.#now();
    const { score, since } = this.#current ?? { score: 0, since: now };
    const length = this.#length + now - since;
    return length === 0 ? this.#last : (this.#sum + score * (now - since)) / length;
  }
}

/** The mean of several meters, those without a score left out. */
export function meanScore(meters: readonly ScoreMeter[]): number | null {
  const means = meters.map(({ mean }) => mean).filter((mean) => mean !== null);
  return means.length === 0 ? null : means.reduce((sum, mean) => sum + mean, 0) / means.length;
}
