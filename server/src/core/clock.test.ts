import { describe, expect, it } from 'vitest';
import { ManualClock } from './testing/manual-clock.ts';
import { sleep, steadyClock, systemClock } from './clock.ts';

describe('steadyClock', () => {
  const HOUR = 3_600_000;

  /** A clock on a machine of which the test sets the time. */
  function machine() {
    const time = { wall: 1_000_000, monotonic: 5000.5, uptime: 70_000 };
    const clock = steadyClock({
      wall: () => time.wall,
      monotonic: () => time.monotonic,
      uptime: () => time.uptime / 1000,
    });
    const pass = (ms: number) => {
      time.wall += ms;
      time.monotonic += ms;
      time.uptime += ms;
    };
    return { clock, time, pass };
  }

  it('starts with the time of the machine and advances with it, in whole milliseconds', () => {
    const { clock, pass } = machine();
    expect(clock.now()).toBe(1_000_000);
    pass(10 * HOUR);
    expect(clock.now()).toBe(1_000_000 + 10 * HOUR);
  });

  it.each([24 * HOUR, -HOUR])('does not follow when the time of the machine is set by %d ms', (step) => {
    const { clock, time, pass } = machine();
    time.wall += step;
    pass(2000);
    expect(clock.now()).toBe(1_002_000);
    time.wall -= step;
    pass(2000);
    expect(clock.now()).toBe(1_004_000);
  });

  it('includes the time for which the machine sleeps', () => {
    const { clock, time, pass } = machine();
    for (let times = 0; times < 2; times++) {
      time.wall += 8 * HOUR;
      time.uptime += 8 * HOUR;
      pass(2000);
      expect(clock.now()).toBe(time.wall);
    }
  });

  it('ignores the coarse resolution of the uptime', () => {
    const { clock, time, pass } = machine();
    for (let times = 0; times < 1000; times++) {
      pass(1000);
      time.uptime += times % 2 === 0 ? 10 : -10;
      clock.now();
    }
    expect(clock.now()).toBe(time.wall);
  });
});

describe('systemClock', () => {
  it('returns the time of the machine', () => {
    const before = Date.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    expect(systemClock.now()).toBeLessThanOrEqual(Date.now());
  });

  it('runs a task unless it was cancelled', async () => {
    const ran: string[] = [];
    systemClock.after(1, () => ran.push('cancelled'))();
    await new Promise<void>((resolve) => {
      systemClock.after(2, () => {
        ran.push('kept');
        resolve();
      });
    });
    expect(ran).toEqual(['kept']);
  });
});

describe('sleep', () => {
  it('resolves after the given time', async () => {
    const clock = new ManualClock();
    let isOver = false;
    const sleeping = sleep(clock, 1000).then(() => (isOver = true));
    clock.advance(999);
    await Promise.resolve();
    expect(isOver).toBe(false);
    clock.advance(1);
    await sleeping;
  });
});
