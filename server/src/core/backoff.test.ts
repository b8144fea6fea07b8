import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from './testing/manual-clock.ts';
import { Backoff, retry } from './backoff.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('Backoff', () => {
  it('doubles the delay with each failure up to the longest', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000 });
    expect([1, 2, 3, 4, 5, 6, 2000].map((failures) => backoff.delay(failures))).toEqual([
      100, 200, 400, 800, 1000, 1000, 1000,
    ]);
  });

  it('repeats the first delay when no longest one is given', () => {
    const backoff = new Backoff({ firstMs: 100 });
    expect([1, 2, 50].map((failures) => backoff.delay(failures))).toEqual([100, 100, 100]);
  });

  it('varies a delay by the jitter in both directions', () => {
    const delayAt = (random: number) =>
      new Backoff({ firstMs: 100, maxMs: 1000, jitter: 0.2, random: () => random }).delay(2);
    expect([0, 0.5, 1].map(delayAt)).toEqual([160, 200, 240]);
    expect(new Backoff({ firstMs: 100, maxMs: 1000, jitter: 0.2 }).base(2)).toBe(200);
  });

  it('stays within the jitter of the longest delay for any number of failures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, random) => {
          const delay = new Backoff({ firstMs: 50, maxMs: 5000, jitter: 0.5, random: () => random }).delay(
            failures,
          );
          expect(delay).toBeGreaterThanOrEqual(25);
          expect(delay).toBeLessThanOrEqual(7500);
        },
      ),
    );
  });
});

describe('retry', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1000 });

  it('returns the result of the first attempt that succeeds, with the delays of the backoff between attempts', async () => {
    const clock = new ManualClock();
    const attempt = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(new Error('first'))
      .mockRejectedValueOnce(new Error('second'))
      .mockResolvedValue('done');
    const result = retry(clock, backoff, attempt, () => false);
    await settled();
    clock.advance(99);
    await settled();
    expect(attempt).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await settled();
    expect(attempt).toHaveBeenCalledTimes(2);
    clock.advance(200);
    await expect(result).resolves.toBe('done');
  });

  it('throws the last error when told to give up', async () => {
    const clock = new ManualClock();
    const giveUp = vi.fn((_: unknown, failures: number) => failures === 2);
    const result = retry(clock, backoff, () => Promise.reject(new Error('no')), giveUp);
    await settled();
    clock.advance(100);
    await expect(result).rejects.toThrow('no');
    expect(giveUp.mock.calls.map(([, failures]) => failures)).toEqual([1, 2]);
  });
});
