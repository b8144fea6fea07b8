import { describe, expect, it } from 'vitest';
import { BandwidthFloor, type LineSample } from './bandwidth-floor.ts';

const CLEAN: LineSample = { loss: 0, rttMs: 50, available: 1_000_000, sent: 500_000, wanted: 0 };
const LOSSY: LineSample = { ...CLEAN, loss: 0.1, available: 200_000, sent: 180_000 };

const times = (count: number, sample: LineSample) => Array.from({ length: count }, () => sample);

/** Returns the floor after each sample, one a second. Round trips differ a little, as real ones do. */
function floors(samples: readonly LineSample[]): number[] {
  const line = new BandwidthFloor();
  return samples.map((sample, index) =>
    line.observe(
      { ...sample, rttMs: sample.rttMs === null ? null : sample.rttMs + index / 1000 },
      index * 1000,
    ),
  );
}

describe('BandwidthFloor on a line with random loss', () => {
  it('sets no floor on a line that loses nothing and carries everything', () => {
    expect(floors(times(3, CLEAN))).toEqual([0, 0, 0]);
  });

  it('keeps and raises the bandwidth of a line that loses packets although none queue', () => {
    const seen = floors(times(20, LOSSY));
    expect(seen.slice(0, 3)).toEqual([200_000, 220_000, 242_000]);
    // Not far beyond what is sent.
    expect(seen.at(-1)).toBe(360_000);
  });

  it('leaves the bandwidth to the worker while packets queue, and for ten seconds after', () => {
    const seen = floors([LOSSY, { ...LOSSY, rttMs: 250 }, ...times(11, LOSSY)]);
    expect(seen[1]).toBe(0);
    expect(seen[10]).toBe(0);
    expect(seen[11]).toBe(200_000);
  });

  it('leaves it to the worker if most packets are lost, or if no new round trip is reported', () => {
    expect(floors([CLEAN, { ...CLEAN, loss: 0.5 }])).toEqual([0, 0]);
    const line = new BandwidthFloor();
    line.observe(CLEAN, 0);
    expect(line.observe(LOSSY, 1000)).toBe(0);
    expect(line.observe({ ...LOSSY, rttMs: null }, 2000)).toBe(0);
  });

  it('ends ten seconds after the last loss', () => {
    const seen = floors([LOSSY, ...times(12, { ...LOSSY, loss: 0 })]);
    expect(seen[10]).toBeGreaterThan(0);
    expect(seen[11]).toBe(0);
  });
});

describe('BandwidthFloor on a line whose estimate is too low', () => {
  const low = { ...CLEAN, available: 100_000, sent: 90_000, wanted: 300_000 };

  it('tries more for one second, but not far beyond estimate and traffic', () => {
    expect(floors([low, { ...low, available: 150_000 }])).toEqual([150_000, 0]);
  });

  it('tries the next larger picture itself if the estimate is far above the traffic', () => {
    expect(floors([{ ...low, available: 200_000 }])).toEqual([300_000]);
  });

  it('pauses for 8 s after an attempt that the worker or a loss proved wrong, then for longer', () => {
    const failed = (sample: LineSample) => {
      const line = new BandwidthFloor();
      const tried: number[] = [];
      for (let second = 0; second < 60; second++) {
        if (line.observe(second % 2 === 0 ? low : sample, second * 1000) > 0) tried.push(second);
      }
      return tried;
    };
    expect(failed({ ...low, available: 50_000 })).toEqual([0, 10, 28]);
  });

  it('tries nothing while packets are lost, while the estimate falls, or without a larger picture to send', () => {
    expect(floors([{ ...low, available: 290_000, loss: 0.05, rttMs: null }])).toEqual([0]);
    expect(floors([{ ...low, available: 200_000, wanted: 0 }, low])).toEqual([0, 0]);
    expect(floors([{ ...low, wanted: 0 }])).toEqual([0]);
  });
});
