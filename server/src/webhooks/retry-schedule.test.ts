import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, NINE } from '../domain/testing/sessions.ts';
import { LONGEST_RETRY_AFTER_MS, nextAttemptAt, RETRY_TIMES, type Failed } from './retry-schedule.ts';

const DAY = 24 * HOUR;
const failed = (changes: Partial<Failed> = {}): Failed => ({
  since: NINE,
  tries: 0,
  retryAfterMs: null,
  ...changes,
});
const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

/** All attempts of a delivery that never goes through and takes `ms` each time; null for the answer without `Retry-After`. */
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
  it('of the first failure is a few seconds later, and twice as long each time up to four hours', () => {
    const waits = [0, 1, 2, 3, 11, 12, 500].map(
      (tries) => (nextAttemptAt(failed({ tries }), RETRY_TIMES, NINE, 0.5) as number) - NINE,
    );
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 10_240_000, 4 * HOUR, 4 * HOUR]);
  });

  it('differs by a quarter up and down', () => {
    expect(nextAttemptAt(failed(), RETRY_TIMES, NINE, 0)).toBe(NINE + 3750);
    expect(nextAttemptAt(failed(), RETRY_TIMES, NINE, 0.999_999)).toBe(NINE + 6250);
  });

  it('waits for as long as the receiver asks, up to a day', () => {
    const asked = (retryAfterMs: number) => nextAttemptAt(failed({ retryAfterMs }), RETRY_TIMES, NINE, 0);
    expect(asked(10 * MINUTE)).toBe(NINE + 10 * MINUTE);
    expect(asked(0)).toBe(NINE + 3750);
    expect(asked(365 * DAY)).toBe(NINE + LONGEST_RETRY_AFTER_MS);
  });

  it('is null once three days are over, and never later than they are', () => {
    expect(nextAttemptAt(failed({ tries: 30 }), RETRY_TIMES, NINE + 3 * DAY - 1, 0.5)).toBe(NINE + 3 * DAY);
    expect(nextAttemptAt(failed({ tries: 30 }), RETRY_TIMES, NINE + 3 * DAY, 0.5)).toBeNull();
    expect(nextAttemptAt(failed(), RETRY_TIMES, NINE + 4 * DAY, 0.5)).toBeNull();
  });

  it('whatever the receiver answers: goes on for three days, ever later, no sooner than asked, and ends', () => {
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

  it('without Retry-After tries at least twenty times in three days, ten of them in the first two hours', () => {
    fc.assert(
      fc.property(fc.array(random, { minLength: 30, maxLength: 30 }), (luck) => {
        const times = attempts([null], luck, 0);
        expect(times.length).toBeGreaterThan(20);
        expect(times.filter((at) => at < NINE + 2 * HOUR).length).toBeGreaterThanOrEqual(10);
      }),
    );
  });
});
