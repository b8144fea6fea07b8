import { describe, expect, it } from 'vitest';
import { LineState, type Line, type LineReport } from './line-state.ts';

const CLEAN: LineReport = { loss: 0, missed: 0, rttMs: 50 };

/** Returns the line after each report, one a second. Round trips differ a little, as real ones do. */
function lines(reports: readonly LineReport[]): Line[] {
  const line = new LineState();
  return reports.map((report, index) =>
    line.observe(
      { ...report, rttMs: report.rttMs === null ? null : report.rttMs + index / 1000 },
      index * 1000,
    ),
  );
}

const times = (count: number, report: LineReport) => Array.from({ length: count }, () => report);

describe('LineState', () => {
  it('reports nothing about a line that loses nothing', () => {
    const [line] = lines([CLEAN]);
    expect(line).toEqual({
      loss: 0,
      isFresh: true,
      isLosing: false,
      isQueued: false,
      isCongested: false,
      isLossy: false,
      hasUnseenLoss: false,
    });
  });

  it('calls a line lossy while packets are lost, and for ten seconds after', () => {
    const seen = lines([{ ...CLEAN, loss: 0.1, missed: 5 }, ...times(12, { ...CLEAN, missed: 5 })]);
    expect(seen[0]).toMatchObject({ loss: 0.1, isLossy: true, isCongested: false });
    expect(seen.map(({ isLossy }) => isLossy).indexOf(false)).toBe(11);
  });

  it('ignores a loss if the browser has missed no packet: the worker counts probes that it discards', () => {
    const seen = lines(times(5, { ...CLEAN, loss: 0.1 }));
    expect(seen.some(({ loss, isLossy }) => loss > 0 || isLossy)).toBe(false);
    expect(seen.every(({ hasUnseenLoss }) => hasUnseenLoss)).toBe(true);
    expect(lines([{ ...CLEAN, loss: 0.1, missed: 5 }])[0]?.hasUnseenLoss).toBe(false);
  });

  it('reports that packets are lost until two seconds after the last one', () => {
    const seen = lines([
      { ...CLEAN, loss: 0.1, missed: 5 },
      ...times(3, { ...CLEAN, loss: 0.08, missed: 5 }),
    ]);
    expect(seen.map(({ isLosing }) => isLosing)).toEqual([true, true, false, false]);
  });

  it('calls packets queued while round trips are long, or none was reported for three seconds', () => {
    expect(lines([CLEAN, { ...CLEAN, rttMs: 250 }, CLEAN]).map(({ isQueued }) => isQueued)).toEqual([
      false,
      true,
      false,
    ]);
    const silent = new LineState();
    const seen = [0, 1, 2, 3, 4].map((second) => silent.observe(CLEAN, second * 1000).isQueued);
    expect(seen).toEqual([false, false, false, false, true]);
  });

  it('ignores a loss that stays as it was because no picture is sent any longer', () => {
    const seen = lines([
      { ...CLEAN, loss: 0.6, missed: 10 },
      { ...CLEAN, loss: 0.6, missed: 20 },
      ...times(5, { ...CLEAN, loss: 0.6, missed: 20 }),
    ]);
    expect(seen.map(({ loss }) => loss)).toEqual([0.6, 0.6, 0.6, 0.6, 0.6, 0, 0]);
  });

  it('calls a line congested for ten seconds if packets are lost while round trips grow, or most are lost', () => {
    const slow = lines([CLEAN, { loss: 0.1, missed: 5, rttMs: 250 }, ...times(11, { ...CLEAN, missed: 5 })]);
    expect(slow.map(({ isCongested }) => isCongested)).toEqual([
      false,
      ...times(10, CLEAN).map(() => true),
      false,
      false,
    ]);
    expect(lines([CLEAN, { ...CLEAN, loss: 0.5, missed: 5 }])[1]).toMatchObject({ isCongested: true });
  });

  it('does not call a line congested if only round trips grow, or only packets are lost', () => {
    const seen = lines([CLEAN, { ...CLEAN, rttMs: 250 }, { ...CLEAN, loss: 0.1, missed: 5 }]);
    expect(seen.some(({ isCongested }) => isCongested)).toBe(false);
  });

  it('tells a new round trip from the previous one', () => {
    const line = new LineState();
    const fresh = [50, 50, 51, null].map(
      (rttMs, index) => line.observe({ ...CLEAN, rttMs }, index * 1000).isFresh,
    );
    expect(fresh).toEqual([true, false, true, false]);
  });
});
