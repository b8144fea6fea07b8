import { describe, expect, it } from 'vitest';
import { meanScore, ScoreMeter } from './score-meter.ts';

/** Returns a meter whose clock the test sets. */
function meterAt(start = 0) {
  const time = { now: start };
  return { time, meter: new ScoreMeter(() => time.now) };
}

describe('ScoreMeter', () => {
  it('mean is null before the first score, whatever the clock says', () => {
    const { time, meter } = meterAt();
    expect(meter.mean).toBeNull();
    time.now = 1000;
    expect(meter.mean).toBeNull();
    let ticking = 0;
    expect(new ScoreMeter(() => ticking++).mean).toBeNull();
  });

  it('mean is the score right after the first set()', () => {
    const { meter } = meterAt();
    meter.set(7);
    expect(meter.mean).toBe(7);
  });

  it('mean weighs each score by its duration', () => {
    const { time, meter } = meterAt(500);
    meter.set(10);
    time.now += 3000;
    meter.set(2);
    time.now += 1000;
    expect(meter.mean).toBe(8);
  });

  it('mean ignores the time before the first score', () => {
    const { time, meter } = meterAt();
    time.now = 60_000;
    meter.set(4);
    time.now = 61_000;
    expect(meter.mean).toBe(4);
  });

  it('mean includes a score of 0', () => {
    const { time, meter } = meterAt();
    meter.set(0);
    expect(meter.mean).toBe(0);
    time.now = 1000;
    meter.set(10);
    time.now = 2000;
    expect(meter.mean).toBe(5);
  });

  it('stop() freezes the mean and is idempotent', () => {
    const { time, meter } = meterAt();
    meter.set(10);
    time.now = 1000;
    meter.stop();
    time.now = 100_000;
    meter.stop();
    expect(meter.mean).toBe(10);
  });

  it('stop() right after set() keeps the score', () => {
    const { meter } = meterAt();
    meter.set(7);
    meter.stop();
    expect(meter.mean).toBe(7);
  });

  it('stop() before the first score leaves the mean null', () => {
    const { meter } = meterAt();
    meter.stop();
    expect(meter.mean).toBeNull();
  });

  it('set() after stop() continues the mean and excludes the gap', () => {
    const { time, meter } = meterAt();
    meter.set(10);
    time.now = 1000;
    meter.stop();
    time.now = 50_000;
    meter.set(0);
    time.now = 51_000;
    expect(meter.mean).toBe(5);
  });

  it('reading the mean does not change it', () => {
    const { time, meter } = meterAt();
    meter.set(10);
    for (time.now = 100; time.now < 1000; time.now += 100) expect(meter.mean).toBe(10);
    meter.set(5);
    time.now = 2000;
    expect(meter.mean).toBe(7.5);
  });

  it('mean stays within the scores when the clock advances at every reading', () => {
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

  it('averages the meters that have a score', () => {
    expect(meanScore([scored(10), meterAt().meter, scored(5)])).toBe(7.5);
  });

  it('is null if no meter has a score', () => {
    expect(meanScore([])).toBeNull();
    expect(meanScore([meterAt().meter])).toBeNull();
  });
});
