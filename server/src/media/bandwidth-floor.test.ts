import { describe, expect, it } from 'vitest';
import { BandwidthFloor } from './bandwidth-floor.ts';
import type { Line } from './line-state.ts';
import { CLEAN_LINE } from './testing/clean-line.ts';

const LOSSY: Line = { ...CLEAN_LINE, loss: 0.1, isLossy: true };
const TRAFFIC = { available: 200_000, sent: 180_000 };

/** Returns the floor after each second. */
function floors(lines: readonly Line[]): number[] {
  const floor = new BandwidthFloor();
  return lines.map((line) => floor.observe(line, TRAFFIC));
}

describe('BandwidthFloor', () => {
  it('sets no floor on a line that loses nothing', () => {
    expect(floors([CLEAN_LINE, CLEAN_LINE])).toEqual([0, 0]);
  });

  it('keeps and raises the bandwidth of a line with random loss, but not far beyond what is sent', () => {
    const seen = floors(Array.from({ length: 20 }, () => LOSSY));
    expect(seen.slice(0, 3)).toEqual([200_000, 220_000, 242_000]);
    expect(seen.at(-1)).toBe(360_000);
  });

  it('leaves the bandwidth of a congested line to the worker', () => {
    expect(floors([LOSSY, { ...LOSSY, isCongested: true }])).toEqual([200_000, 0]);
  });

  it('stays as it is without a new round trip, and ends with the loss', () => {
    expect(floors([{ ...LOSSY, isFresh: false }])).toEqual([0]);
    expect(floors([LOSSY, { ...LOSSY, isFresh: false }, CLEAN_LINE])).toEqual([200_000, 200_000, 0]);
  });
});
