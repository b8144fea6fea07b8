import { describe, expect, it } from 'vitest';
import { ManualClock } from './testing/manual-clock.ts';
import { sleep, systemClock } from './clock.ts';

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
