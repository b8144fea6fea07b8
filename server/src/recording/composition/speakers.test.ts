import { describe, expect, it } from 'vitest';
import { levelsOf, speakerChanges } from './speakers.ts';

const T = 1_700_000_000_000;
const LOUD = -20;
const QUIET = -80;

/** Returns levels from the lengths of phases, in tenths of a second, which begin with silence. */
function phases(...lengths: readonly number[]): number[] {
  return lengths.flatMap((length, index) => Array<number>(length).fill(index % 2 === 0 ? QUIET : LOUD));
}

describe('speakerChanges', () => {
  it('finds who speaks one after the other, from when they began', () => {
    const changes = speakerChanges([
      { seat: 0, startedAt: T, levels: phases(10, 60, 100) },
      { seat: 1, startedAt: T + 2000, levels: phases(60, 90) },
    ]);
    expect(changes.map(({ seat }) => seat)).toEqual([0, 1]);
    expect(Math.abs((changes[0]?.at ?? 0) - T - 1000)).toBeLessThanOrEqual(500);
    expect(Math.abs((changes[1]?.at ?? 0) - T - 8000)).toBeLessThanOrEqual(1000);
  });

  it('does not change for a short remark, nor for noise', () => {
    const levels = phases(0, 200);
    const remark = phases(50, 5, 145);
    const noise = Array<number>(200).fill(-55);
    const changes = speakerChanges([
      { seat: 0, startedAt: T, levels },
      { seat: 1, startedAt: T, levels: remark.map((level) => level + 4) },
      { seat: 2, startedAt: T, levels: noise },
    ]);
    expect(changes.map(({ seat }) => seat)).toEqual([0]);
  });

  it('keeps a speaker for at least three seconds', () => {
    const changes = speakerChanges([
      { seat: 0, startedAt: T, levels: phases(0, 15, 15, 15, 15, 15) },
      { seat: 1, startedAt: T, levels: phases(15, 15, 15, 15, 15) },
    ]);
    const times = changes.map(({ at }) => at);
    for (const [index, at] of times.entries()) {
      if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(3000);
    }
  });

  it('knows no speaker if nobody speaks, or nothing was recorded', () => {
    expect(speakerChanges([])).toEqual([]);
    expect(speakerChanges([{ seat: 0, startedAt: T, levels: phases(100) }])).toEqual([]);
  });
});

describe('levelsOf', () => {
  it('returns decibels below full scale', () => {
    const loud = Int16Array.from({ length: 800 }, (_, index) => (index % 2 === 0 ? 32_767 : -32_767));
    expect(levelsOf(loud, 800)[0]).toBeCloseTo(0);
    expect(levelsOf(new Int16Array(1000), 800)).toEqual([-100, -100]);
  });
});
