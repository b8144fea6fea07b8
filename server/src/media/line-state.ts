/** What a browser's reports say about its line. */
export interface LineReport {
  /** Share of sent packets that were lost recently, as the worker counts them, 0 to 1. */
  readonly loss: number;
  /** Packets of pictures that the browser has missed so far. */
  readonly missed: number;
  /** Round-trip time in milliseconds; null if unknown. */
  readonly rttMs: number | null;
}

/** A line now. */
export interface Line {
  /** Share of sent packets that were lost, 0 to 1. */
  readonly loss: number;
  /** Whether a new round trip was reported: a line that is full delays the reports, too. */
  readonly isFresh: boolean;
  /** Whether packets are lost now: the share above takes seconds to fall. */
  readonly isLosing: boolean;
  /** Whether packets queue now, or the line has not reported a round trip for seconds. */
  readonly isQueued: boolean;
  /** Whether packets were lost because they queued, now or in the last ten seconds. */
  readonly isCongested: boolean;
  /** Whether packets were lost in the last ten seconds. */
  readonly isLossy: boolean;
  /** Whether the worker counts losses of which the browser knows nothing. */
  readonly hasUnseenLoss: boolean;
}

/** Loss from which the worker's estimate stops rising; from 10% on it falls with every report (libwebrtc). */
const LOSSY = 0.02;
/** Unseen loss from which probes were probably discarded. */
const UNSEEN = 0.015;
/** Loss that is no longer random. */
const HOPELESS = 0.35;
/** A round trip that is longer than the shortest by this much means that packets queue, in milliseconds. */
const QUEUED_MS = 70;
/** How quickly the shortest known round trip is forgotten, in milliseconds per second. */
const FORGET_MS = 1;
/** How long a line counts as congested after packets queued, and as lossy after the last loss, in milliseconds. */
const CONGESTED_FOR_MS = 10_000;
const LOSSY_FOR_MS = 10_000;
/** How long a round trip says something about the line, in milliseconds. */
const REPORTED_MS = 3_000;
/** How long after a missed packet the worker's count is believed, in milliseconds. */
const BELIEVED_MS = 4_000;
/** How long after a missed packet more are probably lost, in milliseconds: browsers report once a second. */
const LOSING_MS = 1_500;

/**
 * Tells random loss, which says nothing about the bandwidth of a line, from congestion. The worker's own count needs a second
 * source: it stays as it was while no picture is sent, and it includes probes that the worker itself discards, because all its
 * transports number them together (mediasoup 3.27).
 */
export class LineState {
  #shortestMs = Infinity;
  #lastMs: number | null = null;
  #freshAt = -Infinity;
  #missed = 0;
  #missedAt = -Infinity;
  #congestedUntil = -Infinity;
  #lossyUntil = -Infinity;

  /** Adds the reports of the last second, by a clock in milliseconds. */
  observe({ loss: counted, missed, rttMs }: LineReport, at: number): Line {
    if (rttMs !== null) this.#shortestMs = Math.min(this.#shortestMs + FORGET_MS, rttMs);
    const isFresh = rttMs !== null && rttMs !== this.#lastMs;
    this.#lastMs = rttMs;
    if (isFresh) this.#freshAt = at;
    const isSlow = rttMs !== null && rttMs - this.#shortestMs > QUEUED_MS;
    if (missed > this.#missed) this.#missedAt = at;
    this.#missed = missed;
    const isBelieved = at - this.#missedAt < BELIEVED_MS;
    const loss = isBelieved ? counted : 0;
    if (loss >= LOSSY) {
      this.#lossyUntil = at + LOSSY_FOR_MS;
      if (isSlow || loss > HOPELESS) this.#congestedUntil = at + CONGESTED_FOR_MS;
    }
    return {
      loss,
      isFresh,
      isLosing: loss >= LOSSY && at - this.#missedAt < LOSING_MS,
      isQueued: isSlow || at - this.#freshAt > REPORTED_MS,
      isCongested: at < this.#congestedUntil,
      isLossy: at <= this.#lossyUntil,
      hasUnseenLoss: !isBelieved && counted >= UNSEEN,
    };
  }
}
