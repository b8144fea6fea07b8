/** Averages a stream's score over time (mediasoup: from 0, nothing arrives, to 10, everything arrives). */
export class ScoreMeter {
  readonly #now: () => number;
  #current: { readonly score: number; readonly since: number } | undefined;
  #last: number | null = null;
  #sum = 0;
  #length = 0;

  /** @param now a monotonic time in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Sets the score that holds from now on. */
  set(score: number): void {
    this.stop();
    this.#last = score;
    this.#current = { score, since: this.#now() };
  }

  /** Stops measuring until the next score; the mean stays. Idempotent. */
  stop(): void {
    if (!this.#current) return;
    const length = this.#now() - this.#current.since;
    this.#sum += this.#current.score * length;
    this.#length += length;
    this.#current = undefined;
  }

  /** The score that holds now; null while nothing is measured. */
  get current(): number | null {
    return this.#current?.score ?? null;
  }

  /** The mean so far; null before the first score. */
  get mean(): number | null {
    const now = this.#now();
    const { score, since } = this.#current ?? { score: 0, since: now };
    const length = this.#length + now - since;
    return length === 0 ? this.#last : (this.#sum + score * (now - since)) / length;
  }
}

/** Returns the mean of the scores that hold now; null if there are none. */
export function currentScore(meters: readonly ScoreMeter[]): number | null {
  return meanOf(meters.map(({ current }) => current));
}

/** Returns the mean of several meters, ignoring those without a score. */
export function meanScore(meters: readonly ScoreMeter[]): number | null {
  return meanOf(meters.map(({ mean }) => mean));
}

function meanOf(scores: readonly (number | null)[]): number | null {
  const known = scores.filter((score) => score !== null);
  return known.length === 0 ? null : known.reduce((sum, score) => sum + score, 0) / known.length;
}
