import { describe, expect, it } from 'vitest';
import { meanScore, ScoreMeter } from './score-meter.ts';

/** A meter with a hand on its clock. */
function meterAt(start = 0) {
  const time = { now: start };
  return { time, meter: new ScoreMeter(() => time.now) };
}

describe('ScoreMeter', () => {
  it('without any score has no mean, however long it waits and by whatever clock', () => {
    const { time, meter } = meterAt();
    expect(meter.mean).toBeNull();
    time.now = 1000;
    expect(meter.mean).toBeNull();
    let ticking = 0;
    expect(new ScoreMeter(() => ticking++).mean).toBeNull();
  });

  it('with a score that has just come is that score', () => {
    const { meter } = meterAt();
    meter.set(7);
    expect(meter.mean).toBe(7);
  });

  it('weighs each score by how long it held', () => {
    const { time, meter } = meterAt(500);
    meter.set(10);
    time.now += 3000;
    meter.set(2);
    time.now += 1000;
    expect(meter.mean).toBe(8);
  });

  it('takes the score from the moment of its coming, not what was before', () => {
    const { time, meter } = meterAt();
    time.now = 60_000;
    meter.set(4);
    time.now = 61_000;
    expect(meter.mean).toBe(4);
  });

  it('counts a score of nothing', () => {
    const { time, meter } = meterAt();
    meter.set(0);
    expect(meter.mean).toBe(0);
    time.now = 1000;
    meter.set(10);
    time.now = 2000;
    expect(meter.mean).toBe(5);
  });

  it('stop keeps the mean as it is; it is idempotent', () => {
    const { time, meter } = meterAt();
    meter.set(10);
    time.now = 1000;
    meter.stop();
    time.now = 100_000;
    meter.stop();
    expect(meter.mean).toBe(10);
  });

  it('stop at once keeps the score all the same', () => {
    const { meter } = meterAt();
    meter.set(7);
    meter.stop();
    expect(meter.mean).toBe(7);
  });

  it('stop before any score leaves no mean', () => {
    const { meter } = meterAt();
    meter.stop();
    expect(meter.mean).toBeNull();
  });

  it('after a stop goes on with the next score, and leaves the gap out', () => {
    const { time, meter } = meterAt();
    meter.set(10);
    time.now = 1000;
    meter.stop();
    time.now = 50_000;
    meter.set(0);
    time.now = 51_000;
    expect(meter.mean).toBe(5);
  });

  it('reading changes nothing', () => {
    const { time, meter } = meterAt();
    meter.set(10);
    for (time.now = 100; time.now < 1000; time.now += 100) expect(meter.mean).toBe(10);
    meter.set(5);
    time.now = 2000;
    expect(meter.mean).toBe(7.5);
  });

  it('by a clock that ticks with every reading never leaves the scores that it was given', () => {
    let ticking = 0;
    const meter = new ScoreMeter(() => ticking++);
    meter.set(10);
    meter.set(10);
    expect(meter.mean).toBe(10);
    meter.stop();
    expect(meter.mean).toBe(10);
  });
});

describe('meanScore', () => {
  const scored = (score: number) => {
    const { meter } = meterAt();
    meter.set(score);
    return meter;
  };

  it('is the mean of the meters that have one', () => {
    expect(meanScore([scored(10), meterAt().meter, scored(5)])).toBe(7.5);
  });

  it('without any is unknown', () => {
    expect(meanScore([])).toBeNull();
    expect(meanScore([meterAt().meter])).toBeNull();
  });
});
