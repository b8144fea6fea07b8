/** Received sound since the previous measurement. */
export interface SoundSample {
  /** Round-trip time to the server in milliseconds; null if unknown. */
  readonly rttMs: number | null;
  /** Packets that the browser asked for again (NACK, RFC 4585), as a share of those received; null if it does not report it. */
  readonly requested: number | null;
  /** Share of the played sound that the browser made up because its packets were missing; null if nothing was played. */
  readonly concealed: number | null;
}

/** The share of requested packets from which the line counts as lossy, and below which as clean. */
const LOSSY = 0.01;
const CLEAN = 0.003;
/** The share of concealed sound that calls for another attempt. */
const AUDIBLE = 0.01;
/** How long a line must be clean before sound waits for fewer attempts, in milliseconds. */
const CLEAN_FOR_MS = 10_000;
/** Time for the browser to notice the gap, and for the server to answer, in milliseconds. */
const NOTICE_MS = 40;
/** The round-trip time of a path that reports none, in milliseconds. */
const DEFAULT_RTT_MS = 100;
/** The longest that sound waits, in milliseconds: conversation suffers from delay more than from single gaps (ITU-T G.114). */
const MAX_DELAY_MS = 420;

/**
 * Chooses how long received sound waits before it is played: on a lossy line as long as lost packets need to be sent again,
 * once or several times; on a clean one no longer than the browser decides.
 */
export class PlayoutDelay {
  #attempts = 0;
  #cleanSince: number | null = null;
  #rttMs = DEFAULT_RTT_MS;

  /** The delay in milliseconds; null for the browser's own. */
  get ms(): number | null {
    return this.#attempts === 0 ? null : Math.min(MAX_DELAY_MS, this.#delayOf(this.#attempts));
  }

  /** Adds a measurement, by a clock in milliseconds. @returns the delay */
  observe({ rttMs, requested, concealed }: SoundSample, at: number): number | null {
    // A buffer that is held open for retransmissions shows in the round trip of no other path.
    if (rttMs !== null) this.#rttMs = Math.max(rttMs, this.#attempts === 0 ? 0 : this.#rttMs * 0.9);
    const audible = concealed !== null && concealed >= AUDIBLE;
    const lossy = requested !== null && requested >= LOSSY;
    if (lossy && (this.#attempts === 0 || audible) && this.#delayOf(this.#attempts) < MAX_DELAY_MS)
      this.#attempts += 1;
    if (requested === null || requested >= CLEAN) this.#cleanSince = null;
    else this.#cleanSince ??= at;
    if (this.#attempts > 0 && this.#cleanSince !== null && at - this.#cleanSince >= CLEAN_FOR_MS) {
      this.#attempts -= 1;
      this.#cleanSince = at;
    }
    return this.ms;
  }

  #delayOf(attempts: number): number {
    return NOTICE_MS + attempts * (this.#rttMs + NOTICE_MS);
  }
}
