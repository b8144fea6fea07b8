import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BandwidthProbes, type Attempt, type Bandwidths } from './bandwidth-probes.ts';
import type { Line } from './line-state.ts';
import { CLEAN_LINE } from './testing/clean-line.ts';

const LOW: Bandwidths = { available: 120_000, wanted: 300_000, most: 1_000_000 };

type Answer = Partial<Bandwidths> & { readonly line?: Partial<Line> };

/** Lets `answer` describe each second, given the attempt in the second before. @returns the attempts */
function attemptsOf(seconds: number, answer: (previous: Attempt, second: number) => Answer): Attempt[] {
  const probes = new BandwidthProbes();
  const all: Attempt[] = [];
  for (let second = 0; second < seconds; second++) {
    const { line, ...bandwidths } = answer(all.at(-1) ?? { probe: 0, minimum: 0 }, second);
    all.push(probes.observe({ ...CLEAN_LINE, ...line }, { ...LOW, ...bandwidths }, second * 1000));
  }
  return all;
}

/** Returns the probes of each second. */
function probesOf(seconds: number, answer: (second: number) => Answer): number[] {
  const all = attemptsOf(seconds, (_, second) => answer(second));
  expect(all.every(({ minimum }) => minimum === 0)).toBe(true);
  return all.map(({ probe }) => probe);
}

const secondsOf = (probes: readonly number[]) =>
  probes.flatMap((probe, second) => (probe > 0 ? [second] : []));

describe('BandwidthProbes', () => {
  it('probes for everything that the page displays, and a little more', () => {
    expect(probesOf(1, () => ({}))).toEqual([1_250_000]);
  });

  it('probes no more than three times the estimate, or a few packets', () => {
    expect(probesOf(1, () => ({ most: 20_000_000 }))).toEqual([1_800_000 * 1.25]);
    expect(probesOf(1, () => ({ available: 1_000_000, wanted: 1_500_000, most: 20_000_000 }))).toEqual([
      3_000_000 * 1.25,
    ]);
    expect(probesOf(1, () => ({ wanted: 4_000_000, most: 5_000_000 }))).toEqual([5_000_000]);
  });

  it('does not probe if nothing is wanted that the estimate does not cover', () => {
    expect(secondsOf(probesOf(10, () => ({ wanted: 0 })))).toEqual([]);
    expect(secondsOf(probesOf(10, () => ({ available: 300_000 })))).toEqual([]);
  });

  it('probes again as soon as more is wanted after a probe that found it', () => {
    const all = probesOf(3, (second) => (second === 0 ? {} : { available: 310_000, wanted: 900_000 }));
    expect(secondsOf(all)).toEqual([0, 1]);
  });

  it('waits twice as long after each probe that found nothing, up to 30 seconds', () => {
    const seconds = secondsOf(probesOf(150, () => ({})));
    expect(seconds.slice(1).map((second, index) => second - seconds[index]!)).toEqual([
      6, 10, 18, 32, 32, 32,
    ]);
  });

  it('forgets earlier failures after a probe that found something', () => {
    const all = probesOf(40, (second) => (second < 17 ? {} : second < 20 ? { available: 400_000 } : {}));
    expect(secondsOf(all)).toEqual([0, 6, 16, 21, 27, 37]);
  });

  it('does not probe while packets are lost or the estimate falls, and seldom while packets queue', () => {
    expect(secondsOf(probesOf(10, () => ({ line: { isLosing: true } })))).toEqual([]);
    expect(secondsOf(probesOf(10, (second) => ({ available: 120_000 * 0.9 ** second })))).toEqual([0]);
    expect(secondsOf(probesOf(25, () => ({ line: { isQueued: true } })))).toEqual([0, 10, 20]);
  });

  it('sends what is wanted for a trial after a probe that the worker discarded, and more if the line carries it', () => {
    let found = 120_000;
    const attempts = attemptsOf(10, ({ minimum }) => {
      found = Math.max(found, minimum);
      return { available: found, wanted: found < 300_000 ? 300_000 : 900_000, line: { hasUnseenLoss: true } };
    });
    expect(attempts.map(({ probe }) => probe > 0)).toEqual([true, ...Array.from({ length: 9 }, () => false)]);
    expect(attempts.map(({ minimum }) => minimum / 1000)).toEqual([0, 0, 300, 300, 300, 900, 900, 900, 0, 0]);
  });

  it('ends a trial at once if packets queue or are lost, and waits longer for the next one', () => {
    const all = attemptsOf(90, ({ probe, minimum }) => ({
      line: minimum > 0 ? { isQueued: true } : { hasUnseenLoss: probe > 0 },
    }));
    const trials = all.flatMap(({ minimum }, second) => (minimum > 0 ? [second] : []));
    expect(trials.slice(1).map((second, index) => second - trials[index]!)).toEqual([7, 11, 19, 33]);
  });

  it('never probes less than what is wanted, nor twice within a second and a half', () => {
    const second = fc.record({
      available: fc.integer({ min: 30_000, max: 3_000_000 }),
      wanted: fc.integer({ min: 0, max: 3_000_000 }),
      isLosing: fc.boolean(),
      isQueued: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(second, { maxLength: 60 }), (seconds) => {
        const probes = new BandwidthProbes();
        for (const [index, { available, wanted, ...line }] of seconds.entries()) {
          const wasPending = probes.isPending;
          const { probe } = probes.observe(
            { ...CLEAN_LINE, ...line },
            { available, wanted, most: wanted * 2 },
            index * 1000,
          );
          if (probe === 0) continue;
          expect(probe).toBeGreaterThan(wanted);
          expect(line.isLosing).toBe(false);
          if (wasPending) expect(seconds[index - 1]?.wanted).toBeLessThanOrEqual(available);
        }
      }),
    );
  });
});
