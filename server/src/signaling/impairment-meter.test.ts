import { describe, expect, it } from 'vitest';
import { ManualClock } from '../domain/testing/manual-clock.ts';
import { ImpairmentMeter } from './impairment-meter.ts';

function measuring() {
  const clock = new ManualClock();
  const degraded: number[] = [];
  const start = clock.now();
  const meter = (previous?: ImpairmentMeter) =>
    new ImpairmentMeter(clock, () => degraded.push(clock.now() - start), previous);
  return { clock, degraded, meter };
}

describe('ms', () => {
  it('counts only the time at poor, up to now', () => {
    const { clock, meter } = measuring();
    const one = meter();
    for (const level of ['good', 'poor', 'fair', 'poor', 'poor'] as const) {
      one.set(level);
      clock.advance(1000);
    }
    expect(one.ms).toBe(3000);
    one.set(null);
    clock.advance(1000);
    expect(one.ms).toBe(3000);
  });

  it('stands still after stop, and goes on at the next level', () => {
    const { clock, meter } = measuring();
    const one = meter();
    one.set('poor');
    clock.advance(1000);
    one.stop();
    one.stop();
    clock.advance(1000);
    expect(one.ms).toBe(1000);
    one.set('poor');
    clock.advance(500);
    expect(one.ms).toBe(1500);
  });

  it('goes on from the meter before', () => {
    const { clock, meter } = measuring();
    const first = meter();
    first.set('poor');
    clock.advance(1000);
    first.stop();
    const second = meter(first);
    expect(second.ms).toBe(1000);
    second.set('poor');
    clock.advance(1000);
    expect(second.ms).toBe(2000);
  });

  it('never shrinks when the clock is set back', () => {
    const { clock, meter } = measuring();
    const one = meter();
    one.set('poor');
    clock.advance(-5000);
    expect(one.ms).toBe(0);
    one.stop();
    expect(one.ms).toBe(0);
  });
});

describe('a degraded network', () => {
  it('is told once after 15 seconds of poor in a row', () => {
    const { clock, degraded, meter } = measuring();
    const one = meter();
    one.set('poor');
    clock.advance(14_999);
    expect(degraded).toEqual([]);
    one.set('poor');
    clock.advance(1);
    expect(degraded).toEqual([15_000]);
    clock.advance(60 * 60_000);
    expect(degraded).toEqual([15_000]);
  });

  it('is not told where it recovers before, or the person goes', () => {
    const { clock, degraded, meter } = measuring();
    const one = meter();
    one.set('poor');
    clock.advance(14_000);
    one.set('good');
    one.set('poor');
    clock.advance(14_000);
    one.stop();
    clock.advance(60_000);
    expect(degraded).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it('is told at most once in five minutes, over all of a person’s connections', () => {
    const { clock, degraded, meter } = measuring();
    const first = meter();
    first.set('poor');
    clock.advance(20_000);
    first.stop();
    const second = meter(first);
    second.set('poor');
    clock.advance(294_999);
    expect(degraded).toEqual([15_000]);
    clock.advance(1);
    expect(degraded).toEqual([15_000, 315_000]);
  });
});
