import { Backoff } from '../core/backoff.ts';

/** When deliveries are retried; all in milliseconds. */
export interface RetryTimes {
  /** The delay before the second attempt. Each further delay is twice as long, up to `longestMs`. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** From the first attempt to the last one. */
  readonly windowMs: number;
}

const HOUR = 60 * 60_000;

export const RETRY_TIMES: RetryTimes = { firstMs: 5000, longestMs: 4 * HOUR, windowMs: 72 * HOUR };

/** The longest delay that a receiver can ask for with `Retry-After`, in milliseconds. */
export const LONGEST_RETRY_AFTER_MS = 24 * HOUR;

/** The share by which delays vary, so that deliveries that failed together are not retried together. */
const JITTER = 0.25;

/** `Sun, 06 Nov 1994 08:49:37 GMT`, and the two obsolete forms of HTTP dates (RFC 9110, 5.6.7). */
const HTTP_DATE =
  /^[A-Z][a-z]{2,8},? (?:\d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/;

/** A delivery whose attempt has just failed. */
export interface FailedAttempt {
  /** When it was first attempted, since it was last replayed. */
  readonly since: number;
  /** The number of failed attempts before this one. */
  readonly tries: number;
  /** The delay of the receiver's `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | null;
}

/**
 * Returns when to attempt a delivery again: with growing delays, but no earlier than the receiver asks for, and once more when
 * the window closes.
 * @param random from 0 (inclusive) to 1 (exclusive)
 * @returns null if the window is over
 */
export function nextAttemptAt(
  failed: FailedAttempt,
  times: RetryTimes,
  now: number,
  random: number,
): number | null {
  const end = failed.since + times.windowMs;
  if (now >= end) return null;
  const backoff = new Backoff({ firstMs: times.firstMs, maxMs: times.longestMs }).base(failed.tries + 1);
  const requested = Math.min(failed.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  // The jitter is added to the requested delay, too, but never shortens it.
  const delay = Math.max(backoff * (1 - JITTER), requested) + backoff * JITTER * 2 * random;
  return Math.min(end, now + Math.ceil(delay));
}

/** Returns the delay of a `Retry-After` header (RFC 9110, 10.2.3), in milliseconds; null if it is missing or invalid. */
export function retryAfterMs(value: string | undefined, now: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  if (!HTTP_DATE.test(text)) return null;
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
