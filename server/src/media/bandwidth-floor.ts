/** What a receiver's line did during the last second; bitrates in bit/s. */
export interface LineSample {
  /** Share of sent packets that were lost, 0 to 1. */
  readonly loss: number;
  /** Round-trip time in milliseconds; null if unknown. */
  readonly rttMs: number | null;
  /** The bandwidth that the worker estimates. */
  readonly available: number;
  /** What is sent. */
  readonly sent: number;
  /** The bandwidth with which the next larger picture would fit; 0 if nothing larger is displayed. */
  readonly wanted: number;
}

/** Loss from which the worker's estimate stops rising; from 10% on it falls with every report (libwebrtc). */
const LOSSY = 0.02;
/** Loss that is no longer random. */
const HOPELESS = 0.35;
/** A round trip that is longer than the shortest by this much means that packets queue, in milliseconds. */
const QUEUED_MS = 70;
/** How quickly the shortest known round trip is forgotten, in milliseconds per second. */
const FORGET_MS = 1;
/** Growth of the floor per second on a line with random loss. */
const GROWTH = 1.1;
/** How much more than the estimate is tried at once, and how much more than what is sent. */
const TRIED = 1.5;
const BEYOND_SENT = 2;
/** The least bandwidth that is tried. */
const LEAST_TRIED = 150_000;
/** How long a line counts as congested after packets queued, and as lossy after the last loss, in milliseconds. */
const CONGESTED_FOR_MS = 10_000;
const LOSSY_FOR_MS = 10_000;
/** Time within which an attempt may fail, and the pause after the first failure and at most, in milliseconds. */
const TRIAL_MS = 5_000;
const FIRST_PAUSE_MS = 8_000;
const LONGEST_PAUSE_MS = 240_000;

/**
 * Chooses the bandwidth below which the worker's estimate of a line must not fall. The estimate falls with every loss, but
 * packets that are lost although none queue say nothing about the bandwidth. And it rises slowly after congestion, so a
 * higher one is tried for a second at a time: if it is too high, the worker finds out and lowers it.
 */
export class BandwidthFloor {
  #shortestMs = Infinity;
  #lastMs: number | null = null;
  #floor = 0;
  #congestedUntil = -Infinity;
  #lossyUntil = -Infinity;
  #lastAvailable = 0;
  #trial: { readonly bandwidth: number; readonly at: number } | null = null;
  #failures = 0;
  #pausedUntil = -Infinity;

  /** Adds a sample; to be called once a second, by a clock in milliseconds. @returns the bandwidth in bit/s; 0 for none */
  observe(sample: LineSample, at: number): number {
    const { loss, rttMs, available } = sample;
    if (rttMs !== null) this.#shortestMs = Math.min(this.#shortestMs + FORGET_MS, rttMs);
    // A line that is full delays the reports, too: an old round trip says nothing.
    const isFresh = rttMs !== null && rttMs !== this.#lastMs;
    this.#lastMs = rttMs;
    const queues = loss > HOPELESS || (rttMs !== null && rttMs - this.#shortestMs > QUEUED_MS);
    if (loss >= LOSSY) {
      this.#lossyUntil = at + LOSSY_FOR_MS;
      if (queues) this.#congestedUntil = at + CONGESTED_FOR_MS;
    }
    if (at < this.#congestedUntil || at > this.#lossyUntil) this.#floor = 0;
    else if (isFresh) this.#floor = grown(this.#floor, sample);
    const tried = this.#floor > 0 ? 0 : this.#try(sample, at);
    this.#lastAvailable = available;
    return Math.round(Math.max(this.#floor, tried));
  }

  #try({ available, sent, wanted, loss }: LineSample, at: number): number {
    const trial = this.#trial;
    if (trial !== null) {
      if (available < trial.bandwidth * 0.8 || loss >= LOSSY) {
        this.#trial = null;
        this.#pausedUntil = at + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
        this.#failures += 1;
      } else if (at - trial.at >= TRIAL_MS) {
        this.#trial = null;
        this.#failures = 0;
      }
    }
    const rests = at < this.#pausedUntil || (this.#trial !== null && at - this.#trial.at < 2_000);
    if (rests || loss >= LOSSY || wanted <= available || available < this.#lastAvailable * 0.98) return 0;
    const most = Math.max(sent * BEYOND_SENT, LEAST_TRIED);
    // Without sending more, the worker can't find out more: only the larger picture itself can tell.
    const bandwidth =
      available >= most * 0.9 ? wanted : Math.min(wanted, most, Math.max(available * TRIED, LEAST_TRIED));
    if (bandwidth <= available) return 0;
    this.#trial = { bandwidth, at };
    return bandwidth;
  }
}

/** Returns the floor of a line with random loss: it grows, but not far beyond what is sent. */
function grown(floor: number, { available, sent }: LineSample): number {
  const most = Math.max(sent * BEYOND_SENT, LEAST_TRIED, floor);
  return Math.max(Math.min(floor * GROWTH, most), Math.min(available, most));
}
