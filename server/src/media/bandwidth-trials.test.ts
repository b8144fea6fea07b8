import { describe, expect, it } from 'vitest';
import { BandwidthTrials, type Attempt, type Bandwidths } from './bandwidth-trials.ts';
import type { Line } from './line-state.ts';

const CLEAN: Line = {
  loss: 0,
  isFresh: true,
  isLosing: false,
  isQueued: false,
  isCongested: false,
  isLossy: false,
  discardsProbes: false,
};
const DISCARDS: Partial<Line> = { discardsProbes: true };
const LOW: Bandwidths = {
  available: 120_000,
  sent: 130_000,
  present: 100_000,
  wanted: 200_000,
  isLowest: false,
  most: 1_000_000,
};
const NOTHING: Attempt = { probe: 0, minimum: 0 };

type Answer = Partial<Bandwidths> & { readonly line?: Partial<Line> };

/** Lets `answer` describe each second, given the attempt in the second before. @returns the attempts */
function attempts(seconds: number, answer: (previous: Attempt, second: number) => Answer): Attempt[] {
  const trials = new BandwidthTrials();
  const all: Attempt[] = [];
  for (let second = 0; second < seconds; second++) {
    const { line, ...bandwidths } = answer(all.at(-1) ?? NOTHING, second);
    all.push(trials.observe({ ...CLEAN, ...line }, { ...LOW, ...bandwidths }, second * 1000));
  }
  return all;
}

/** Returns the seconds in which more than before was attempted. */
const secondsOf = (all: readonly Attempt[], least = LOW.wanted) =>
  all.flatMap(({ probe, minimum }, second) => (Math.max(probe, minimum) >= least ? [second] : []));
const pausesOf = (seconds: readonly number[]) =>
  seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0));

describe('BandwidthTrials with a worker that can probe', () => {
  it('lets the worker probe three times the estimate, but no more than is needed', () => {
    expect(attempts(1, () => ({}))).toEqual([{ probe: 360_000, minimum: 0 }]);
    expect(attempts(1, () => ({ most: 250_000 }))).toEqual([{ probe: 250_000, minimum: 0 }]);
    expect(attempts(1, () => ({ available: 50_000, wanted: 200_000 }))).toEqual([
      { probe: 200_000, minimum: 0 },
    ]);
  });

  it('probes for the next larger picture as soon as a probe has found the bandwidth for one', () => {
    const all = attempts(3, (_, second) =>
      second === 0 ? {} : { available: 360_000, present: 170_000, wanted: 900_000 },
    );
    expect(all.map(({ probe }) => probe)).toEqual([360_000, 1_000_000, 0]);
  });

  it('pauses for longer each time that a probe finds no more, and probes no more than the next picture needs', () => {
    const all = attempts(100, () => ({}));
    expect(pausesOf(secondsOf(all))).toEqual([6, 10, 18, 32, 32]);
    expect(new Set(all.slice(1).map(({ probe }) => probe))).toEqual(new Set([0, 200_000]));
    expect(all.every(({ minimum }) => minimum === 0)).toBe(true);
  });

  it('attempts nothing if there is no need, while the estimate falls, or while packets are lost', () => {
    expect(attempts(1, () => ({ available: 200_000 }))).toEqual([NOTHING]);
    expect(attempts(1, () => ({ wanted: 0 }))).toEqual([NOTHING]);
    expect(attempts(1, () => ({ line: { isLosing: true } }))).toEqual([NOTHING]);
    const falling = attempts(3, (_, second) => ({
      available: 190_000 - 20_000 * second,
      line: { isLosing: second === 0 },
    }));
    expect(falling).toEqual([NOTHING, NOTHING, NOTHING]);
  });

  it('waits until the present pictures are sent, unless they are the smallest', () => {
    expect(attempts(1, () => ({ sent: 70_000 }))).toEqual([NOTHING]);
    expect(attempts(1, () => ({ sent: 70_000, isLowest: true }))).not.toEqual([NOTHING]);
  });

  it('attempts something every ten seconds while packets queue', () => {
    const all = attempts(30, () => ({ line: { isQueued: true } }));
    expect(pausesOf(secondsOf(all)).every((pause) => pause >= 10)).toBe(true);
    expect(secondsOf(all).length).toBeGreaterThan(1);
  });
});

describe('BandwidthTrials with a worker that discards its probes', () => {
  it('sends the larger picture for a second if the worker has discarded the probe', () => {
    const all = attempts(2, (_, second) => ({ line: second === 0 ? {} : DISCARDS }));
    expect(all).toEqual([
      { probe: 360_000, minimum: 0 },
      { probe: 0, minimum: 200_000 },
    ]);
  });

  it('tries the next larger picture two seconds after one that the line carries', () => {
    const all = attempts(3, (_, second) =>
      second === 0
        ? { line: DISCARDS }
        : { line: DISCARDS, available: 210_000, present: 170_000, sent: 200_000, wanted: 900_000 },
    );
    expect(all.map(({ minimum }) => minimum)).toEqual([200_000, 0, 900_000]);
  });

  it('keeps what the line has carried for three seconds after a trial that failed', () => {
    const all = attempts(6, (_, second) => ({ line: DISCARDS, available: second === 0 ? 120_000 : 60_000 }));
    expect(all.map(({ minimum }) => minimum)).toEqual([200_000, 100_000, 100_000, 100_000, 0, 0]);
  });

  it('pauses for 12 s after a failed trial, then twice as long each time, and a minute at most', () => {
    const failing = () => attempts(300, () => ({ line: DISCARDS }));
    expect(pausesOf(secondsOf(failing()))).toEqual([13, 25, 49, 61, 61, 61]);
    const lossy = attempts(20, (previous) => ({
      line: { ...DISCARDS, isLosing: previous.minimum >= LOW.wanted },
      available: 190_000,
    }));
    expect(secondsOf(lossy)).toEqual([0, 13]);
  });

  it('pauses for no more than 8 s as long as the smallest pictures stutter', () => {
    const all = attempts(60, () => ({ line: DISCARDS, available: 50_000, wanted: 100_000, isLowest: true }));
    const pauses = pausesOf(secondsOf(all, 100_000));
    expect(pauses.slice(0, 3)).toEqual([5, 9, 9]);
    expect(Math.max(...pauses)).toBe(9);
  });

  it('tries smaller pictures during the pause after larger ones', () => {
    const all = attempts(5, (_, second) =>
      second < 2
        ? { line: DISCARDS, available: 300_000, present: 170_000, sent: 200_000, wanted: 900_000 }
        : { line: DISCARDS, available: 90_000, wanted: 180_000 },
    );
    expect(all[0]?.minimum).toBe(900_000);
    expect(secondsOf(all, 180_000)).toEqual([0, 3]);
  });

  it('forgets the failures of a bandwidth that the line carries', () => {
    let available = 120_000;
    const seconds = secondsOf(
      attempts(60, (previous, second) => {
        const carries = second >= 13 && second < 30;
        if (previous.minimum >= LOW.wanted && carries) available = 200_000;
        if (!carries) available = 120_000;
        return { line: DISCARDS, available };
      }),
    );
    expect(seconds).toEqual([0, 13, 31, 44]);
  });
});
