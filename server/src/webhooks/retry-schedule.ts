/** When deliveries are tried again; all in milliseconds. */
export interface RetryTimes {
  /** Before the second attempt. Each wait after it is twice as long, up to `longestMs`. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** From the first attempt to the last one. */
  readonly windowMs: number;
}

const HOUR = 60 * 60_000;

export const RETRY_TIMES: RetryTimes = { firstMs: 5000, longestMs: 4 * HOUR, windowMs: 72 * HOUR };

/** A receiver can't put its events off for longer than this at a time, in milliseconds. */
export const LONGEST_RETRY_AFTER_MS = 24 * HOUR;

/** Waits differ by up to this share, so that what failed together does not come back together. */
const JITTER = 0.25;

/** A delivery whose attempt has just failed. */
export interface Failed {
  /** When it was first tried, since it was last replayed. */
  readonly since: number;
  /** How many attempts failed before this one. */
  readonly tries: number;
  /** What the receiver's `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs: number | null;
}

/**
 * When to try a delivery again: ever later, but no sooner than the receiver asks for, and once more as the window closes.
 * @param random from 0 (inclusive) to 1 (exclusive)
 * @returns null where the window is over: it is given up
 */
export function nextAttemptAt(failed: Failed, times: RetryTimes, now: number, random: number): number | null {
  const end = failed.since + times.windowMs;
  if (now >= end) return null;
  // 2 ** 1024 is no number any more.
  const backoff = Math.min(times.longestMs, times.firstMs * 2 ** Math.min(failed.tries, 100));
  const asked = Math.min(failed.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  const wait = Math.max(backoff * (1 - JITTER), asked) + backoff * JITTER * 2 * random;
  return Math.min(end, now + Math.ceil(wait));
}
