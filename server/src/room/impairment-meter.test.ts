import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { ImpairmentMeter } from './impairment-meter.ts';

function measuring() {
  const clock = new ManualClock();
  const degraded: number[] = [];
  const start = clock.now();
  const meter = new ImpairmentMeter(clock, () => degraded.push(clock.now() - start));
  return { clock, degraded, meter };
}

describe('ImpairmentMeter.ms', () => {
  it('counts only the time at poor, up to now', () => {
    const { clock, meter } = measuring();
    for (const level of ['good', 'poor', 'fair', 'poor', 'poor'] as const) {
      meter.set(level);
      clock.advance(1000);
    }
    expect(meter.ms).toBe(3000);
    meter.set(null);
    clock.advance(1000);
    expect(meter.ms).toBe(3000);
  });

  it('pauses after stop, and continues at the next level', () => {
    const { clock, meter } = measuring();
    meter.set('poor');
    clock.advance(1000);
    meter.stop();
    meter.stop();
    clock.advance(1000);
    expect(meter.ms).toBe(1000);
    meter.set('poor');
    clock.advance(500);
    expect(meter.ms).toBe(1500);
  });

  it('adds up over connections', () => {
    const { clock, meter } = measuring();
    meter.set('poor');
    clock.advance(1000);
    meter.stop();
    clock.advance(5000);
    expect(meter.ms).toBe(1000);
    meter.set('poor');
    clock.advance(1000);
    expect(meter.ms).toBe(2000);
  });

  it('never shrinks when the clock is set back', () => {
    const { clock, meter } = measuring();
    meter.set('poor');
    clock.advance(-5000);
    expect(meter.ms).toBe(0);
    meter.stop();
    expect(meter.ms).toBe(0);
  });
});

describe('ImpairmentMeter', () => {
  it('reports a degraded network once after 15 seconds of poor in a row', () => {
    const { clock, degraded, meter } = measuring();
    meter.set('poor');
    clock.advance(14_999);
    expect(degraded).toEqual([]);
    meter.set('poor');
    clock.advance(1);
    expect(degraded).toEqual([15_000]);
    clock.advance(60 * 60_000);
    expect(degraded).toEqual([15_000]);
  });

  it('does not report a network that recovers before, or whose participant leaves', () => {
    const { clock, degraded, meter } = measuring();
    meter.set('poor');
    clock.advance(14_000);
    meter.set('good');
    meter.set('poor');
    clock.advance(14_000);
    meter.stop();
    clock.advance(60_000);
    expect(degraded).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it('reports a degraded network at most once in five minutes, over all connections of a participant', () => {
    const { clock, degraded, meter } = measuring();
    meter.set('poor');
    clock.advance(20_000);
    meter.stop();
    meter.set('poor');
    clock.advance(294_999);
    expect(degraded).toEqual([15_000]);
    clock.advance(1);
    expect(degraded).toEqual([15_000, 315_000]);
  });
});
