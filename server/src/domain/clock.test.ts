import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';

describe('systemClock', () => {
  it('tells the machine’s time', () => {
    const before = Date.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    expect(systemClock.now()).toBeLessThanOrEqual(Date.now());
  });

  it('runs a task, and not one that was taken back', async () => {
    const ran: string[] = [];
    systemClock.after(1, () => ran.push('taken back'))();
    await new Promise<void>((resolve) => {
      systemClock.after(2, () => {
        ran.push('kept');
        resolve();
      });
    });
    expect(ran).toEqual(['kept']);
  });
});
