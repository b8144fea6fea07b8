import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timeline, type Placed, type Timestamped } from './timeline.ts';

const START = Date.UTC(2026, 0, 5, 9);
const FRAME_MS = 20;
const TRANSIT_MS = 30;

interface Step {
  /** The capture time of the frame, in milliseconds from the start. */
  readonly at: number;
  /** Its timestamp in milliseconds; default: the capture time. */
  readonly stamp?: number;
  readonly delay?: number;
  readonly afterGap?: boolean;
}

function timeline() {
  const moves: number[] = [];
  const line = new Timeline<Timestamped>({ clockRate: 48_000, onMove: (byMs) => moves.push(byMs) });
  const times: number[] = [];
  const keep = (placed: readonly Placed<Timestamped>[]) => times.push(...placed.map(({ time }) => time));
  const push = ({ at, stamp = at, delay = 0, afterGap = false }: Step) =>
    keep(
      line.push({
        rtpTime: stamp * 48,
        arrivedAt: START + at + TRANSIT_MS + delay,
        durationMs: FRAME_MS,
        afterGap,
      }),
    );
  return {
    line,
    moves,
    times,
    push,
    /** Frames of 20 ms, from one time up to another. */
    play: (from: number, to: number, { delay = 0, ahead = 0 } = {}) => {
      for (let at = from; at < to; at += FRAME_MS) push({ at, stamp: at + ahead, delay });
    },
    /** @param ahead how far the timestamps are ahead of the capture */
    report: (at: number, ahead = 0) =>
      keep(line.handleReport({ rtpTime: (at + ahead) * 48, time: START + at }, START + at + 1)),
    advance: (at: number) => keep(line.advance(START + at)),
    flush: () => keep(line.flush()),
  };
}

describe('Timeline', () => {
  it('gives frames the times of their timestamps, whenever they arrive', () => {
    const delays = fc.array(fc.nat(200), { minLength: 2, maxLength: 100 });
    fc.assert(
      fc.property(delays, (list) => {
        const { push, times, moves } = timeline();
        for (const [index, delay] of list.entries()) push({ at: index * FRAME_MS, delay });
        expect(times).toEqual(list.map((_, index) => index * FRAME_MS));
        expect(moves).toEqual([]);
      }),
    );
  });

  it('starts at the earliest arrival until a report tells the capture time', () => {
    const { line, push, report } = timeline();
    expect(line.startedAt).toBeNull();
    push({ at: 0, delay: 100 });
    expect(line.startedAt).toBe(START + TRANSIT_MS + 100);
    push({ at: 20 });
    expect(line.startedAt).toBe(START + TRANSIT_MS);
    expect(line.isReported).toBe(false);
    report(30);
    expect(line.startedAt).toBe(START);
    expect(line.isReported).toBe(true);
  });

  it('takes no outlier of the first reports, and keeps the start after half a minute', () => {
    const { line, play, report } = timeline();
    play(0, 1000);
    for (const [index, ahead] of [0, -9, 2, 40, 0].entries()) report(1000 + index * 500, ahead);
    expect(Math.abs(line.startedAt! - START)).toBeLessThanOrEqual(2);
    const settled = line.startedAt;
    for (let at = 32_000; at < 40_000; at += 1000) report(at, 30);
    expect(line.startedAt).toBe(settled);
  });

  it('prefers reports with the capture to those with the arrival', () => {
    const { line, play, report } = timeline();
    play(0, 1000);
    for (const [index, ahead] of [-150, -150, -150, 0, 0].entries()) report(1000 + index * 500, ahead);
    expect(line.startedAt).toBe(START);
  });

  it('ignores reports of another clock', () => {
    const { line, play, report } = timeline();
    play(0, 1000);
    report(1000, -60_000);
    report(1000, 60_000);
    expect(line.isReported).toBe(false);
    expect(line.startedAt).toBe(START + TRANSIT_MS);
  });

  it('keeps a hole whose timestamps continue', () => {
    const { play, times, moves } = timeline();
    play(0, 100);
    play(5000, 5100);
    expect(times.slice(4, 7)).toEqual([80, 5000, 5020]);
    expect(moves).toEqual([]);
  });

  it('never moves continuous sound back, however far the clock of the sender drifts', () => {
    const { play, report, times, moves } = timeline();
    for (let second = 0; second < 60; second++) {
      play(second * 1000, (second + 1) * 1000);
      report((second + 1) * 1000, second * 5);
    }
    expect(moves).toEqual([]);
    expect(times).toEqual(times.map((_, index) => index * FRAME_MS));
  });

  it('corrects a drift in the next pause, by what the reports say', () => {
    const { play, report, times, moves } = timeline();
    play(0, 1000);
    report(1000);
    for (let at = 35_000; at < 40_000; at += 1000) {
      play(at, at + 1000, { ahead: 60 });
      report(at + 1000, 60);
    }
    play(42_000, 42_100, { ahead: 60 });
    expect(moves).toEqual([-60]);
    expect(times.slice(-5)).toEqual([42_000, 42_020, 42_040, 42_060, 42_080]);
  });

  it('leaves a drift below 40 ms alone', () => {
    const { play, report, moves } = timeline();
    play(0, 1000);
    report(1000);
    play(35_000, 36_000, { ahead: 30 });
    for (let index = 0; index < 5; index++) report(36_000 + index, 30);
    play(38_000, 38_100, { ahead: 30 });
    expect(moves).toEqual([]);
  });

  it('keeps a pause during which the timestamps stood still', () => {
    const { play, times, moves, advance } = timeline();
    play(0, 1000);
    play(8000, 9100, { ahead: -7000 });
    advance(9200);
    expect(moves).toEqual([7000]);
    expect(times.slice(49, 52)).toEqual([980, 8000, 8020]);
    play(9100, 9200, { ahead: -7000 });
    expect(times.at(-1)).toBe(9180);
  });

  it('keeps such pauses in spite of reports from before them', () => {
    const { play, report, times, moves, advance } = timeline();
    play(0, 1000);
    report(990);
    // The microphone is silent for 0.6 s, and again for 0.7 s.
    play(1600, 1900, { ahead: -600 });
    report(1900);
    advance(2640);
    play(2600, 3620, { ahead: -1300 });
    report(3620);
    advance(3640);
    report(5000, -600);
    play(3620, 9100, { ahead: -1300 });
    report(9100, -1300);
    expect(moves.map(Math.round)).toEqual([600, 700]);
    expect(times.slice(49, 52).map(Math.round)).toEqual([980, 1600, 1620]);
    expect(times.slice(64, 67).map(Math.round)).toEqual([1880, 2600, 2620]);
    expect(Math.round(times.at(-1)!)).toBe(9080);
  });

  it('moves continuous sound once the device has lost too much of it', () => {
    const { line, play, report, times, moves } = timeline();
    for (let second = 0; second < 5; second++) {
      play(second * 1000, (second + 1) * 1000);
      report((second + 1) * 1000);
    }
    // 160 ms are lost little by little.
    for (let at = 5000; at < 15_000; at += 1000) {
      const ahead = -Math.min(160, ((at - 5000) / 1000) * 40);
      play(at, at + 1000, { ahead });
      report(at + 1000, ahead);
    }
    expect(moves).toEqual([160]);
    expect(times.at(-1)).toBe(14_980);
    expect(line.startedAt).toBe(START);
  });

  it('keeps the start by arrival after such a pause and in spite of drift', () => {
    const { line, play, advance } = timeline();
    play(0, 1000);
    play(8000, 9100, { ahead: -7000 });
    advance(9200);
    expect(Math.abs(line.startedAt! - START - TRANSIT_MS)).toBeLessThan(1);
    for (let second = 20; second < 80; second++) {
      play(second * 1000, (second + 1) * 1000, { ahead: -7000 - second });
    }
    expect(Math.abs(line.startedAt! - START - TRANSIT_MS)).toBeLessThan(1);
  });

  it('takes the start from reports that begin after such a pause', () => {
    const { line, play, report, advance } = timeline();
    play(0, 1000);
    play(8000, 9100, { ahead: -7000 });
    advance(9200);
    report(9300, -7000);
    // The pause was measured by arrivals.
    expect(Math.abs(line.startedAt! - START)).toBeLessThan(5);
    expect(line.isReported).toBe(true);
  });

  it('keeps such a pause by the first report after it', () => {
    const { play, times, report } = timeline();
    play(0, 1000);
    report(990);
    play(8000, 8200, { ahead: -7000 });
    expect(times).toHaveLength(50);
    report(8200, -7000);
    expect(times.slice(49, 52)).toEqual([980, 8000, 8020]);
  });

  it('continues in time when the sender begins with other timestamps', () => {
    const { play, times, flush } = timeline();
    play(0, 1000);
    play(1000, 1100, { ahead: -500_000 });
    play(1100, 2200, { ahead: -500_000 });
    flush();
    expect(times).toEqual(times.map((_, index) => index * FRAME_MS));
  });

  it('does not mistake a burst after a stalled network for a pause', () => {
    const { push, play, times, moves, advance } = timeline();
    play(0, 1000);
    // Everything that is sent for 800 ms arrives at once.
    for (let at = 1000; at < 1800; at += FRAME_MS) push({ at, delay: 1800 - at });
    play(1800, 3000);
    advance(3100);
    expect(moves).toEqual([]);
    expect(times).toEqual(times.map((_, index) => index * FRAME_MS));
    expect(times).toHaveLength(150);
  });

  it('does not mistake a start that arrives late for a jump', () => {
    const { line, push, play, times, moves, flush } = timeline();
    push({ at: 0, delay: 550 });
    push({ at: 400, delay: 160 });
    play(800, 1000);
    flush();
    expect(moves).toEqual([]);
    expect(times.slice(0, 3)).toEqual([0, 400, 800]);
    expect(line.startedAt).toBe(START + TRANSIT_MS);
  });

  it('never goes back in time', () => {
    const step = fc.record({
      at: fc.nat(20_000),
      stamp: fc.integer({ min: -20_000, max: 20_000 }),
      delay: fc.nat(1000),
      afterGap: fc.boolean(),
    });
    const action = fc.oneof(
      step,
      fc.record({ report: fc.nat(20_000), ahead: fc.integer({ min: -500, max: 500 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const { push, report, flush, times } = timeline();
        for (const one of actions.toSorted((left, right) => timeOf(left) - timeOf(right))) {
          if ('report' in one) report(one.report, one.ahead);
          else push(one);
        }
        flush();
        expect(times).toHaveLength(actions.filter((one) => 'at' in one).length);
        expect(times).toEqual(times.toSorted((left, right) => left - right));
        expect(times.every((time) => time >= 0)).toBe(true);
      }),
    );
  });
});

const timeOf = (action: { at: number } | { report: number }) => ('at' in action ? action.at : action.report);
