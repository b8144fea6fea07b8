import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, NINE } from '../domain/testing/sessions.ts';
import {
  LONGEST_RETRY_AFTER_MS,
  nextAttemptAt,
  RETRY_TIMES,
  retryAfterMs,
  type FailedAttempt,
} from './retry-schedule.ts';

const DAY = 24 * HOUR;
/** When a `Retry-After` header was received. */
const RECEIVED_AT = Date.parse('2031-05-06T09:30:00Z');
const failed = (changes: Partial<FailedAttempt> = {}): FailedAttempt => ({
  since: NINE,
  tries: 0,
  retryAfterMs: null,
  ...changes,
});
const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

/** Returns the times of all attempts of a delivery that fails each time, after `ms`; null stands for an answer without `Retry-After`. */
function attempts(answers: readonly (number | null)[], luck: readonly number[], ms: number): number[] {
  const times = [NINE];
  for (;;) {
    const tries = times.length - 1;
    const now = (times.at(-1) as number) + ms;
    const retryAfterMs = answers[tries % answers.length] ?? null;
    const next = nextAttemptAt(
      failed({ tries, retryAfterMs }),
      RETRY_TIMES,
      now,
      luck[tries % luck.length] ?? 0,
    );
    if (next === null) return times;
    times.push(next);
  }
}

describe('nextAttemptAt', () => {
  it('returns five seconds after the first failure, and doubles the delay each time up to four hours', () => {
    const waits = [0, 1, 2, 3, 11, 12, 500].map(
      (tries) => (nextAttemptAt(failed({ tries }), RETRY_TIMES, NINE, 0.5) as number) - NINE,
    );
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 10_240_000, 4 * HOUR, 4 * HOUR]);
  });

  it('varies the delay by a quarter in both directions', () => {
    expect(nextAttemptAt(failed(), RETRY_TIMES, NINE, 0)).toBe(NINE + 3750);
    expect(nextAttemptAt(failed(), RETRY_TIMES, NINE, 0.999_999)).toBe(NINE + 6250);
  });

  it('waits as long as Retry-After asks, up to a day', () => {
    const asked = (retryAfterMs: number) => nextAttemptAt(failed({ retryAfterMs }), RETRY_TIMES, NINE, 0);
    expect(asked(10 * MINUTE)).toBe(NINE + 10 * MINUTE);
    expect(asked(0)).toBe(NINE + 3750);
    expect(asked(365 * DAY)).toBe(NINE + LONGEST_RETRY_AFTER_MS);
  });

  it('returns null after three days, and no time after their end', () => {
    expect(nextAttemptAt(failed({ tries: 30 }), RETRY_TIMES, NINE + 3 * DAY - 1, 0.5)).toBe(NINE + 3 * DAY);
    expect(nextAttemptAt(failed({ tries: 30 }), RETRY_TIMES, NINE + 3 * DAY, 0.5)).toBeNull();
    expect(nextAttemptAt(failed(), RETRY_TIMES, NINE + 4 * DAY, 0.5)).toBeNull();
  });

  it('retries for three days with growing delays, not before Retry-After, and then ends, for any answers', () => {
    const answers = fc.array(fc.option(fc.integer({ min: 0, max: 2 * DAY })), {
      minLength: 1,
      maxLength: 20,
    });
    const luck = fc.array(random, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(answers, luck, fc.integer({ min: 0, max: 15_000 }), (given, chances, ms) => {
        const times = attempts(given, chances, ms);
        // An attempt that only just begins before the end may be over after it.
        expect(times.at(-1)).toBeGreaterThanOrEqual(NINE + 3 * DAY - ms);
        expect(times.at(-1)).toBeLessThanOrEqual(NINE + 3 * DAY);
        expect(times.length).toBeLessThan(60);
        for (const [index, at] of times.entries()) {
          const next = times[index + 1];
          if (next === undefined) break;
          const wait = next - at - ms;
          const asked = Math.min(given[index % given.length] ?? 0, LONGEST_RETRY_AFTER_MS);
          const last = next === NINE + 3 * DAY;
          if (!last) expect(wait).toBeGreaterThanOrEqual(Math.max(asked, 3750));
          expect(wait).toBeLessThanOrEqual(Math.max(asked, 5 * HOUR) + 2 * HOUR);
        }
      }),
    );
  });

  it('makes at least twenty attempts in three days, ten of them in the first two hours, without Retry-After', () => {
    fc.assert(
      fc.property(fc.array(random, { minLength: 30, maxLength: 30 }), (luck) => {
        const times = attempts([null], luck, 0);
        expect(times.length).toBeGreaterThan(20);
        expect(times.filter((at) => at < NINE + 2 * HOUR).length).toBeGreaterThanOrEqual(10);
      }),
    );
  });
});

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['Tue, 06 May 2031 09:32:00 GMT', 120_000],
    ['Tuesday, 06-May-31 09:32:00 GMT', 120_000],
    ['Tue May  6 09:32:00 2031', 120_000],
    ['Tue, 06 May 2031 09:00:00 GMT', 0],
  ])('parses %j', (value, ms) => expect(retryAfterMs(value, RECEIVED_AT)).toBe(ms));

  it.each([
    undefined,
    '',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '99999999999',
    '2031-05-06T09:32:00Z',
    'Tue, 99 May 2031 99:99:99 GMT',
  ])('returns null for %j', (value) => expect(retryAfterMs(value, RECEIVED_AT)).toBeNull());
});
