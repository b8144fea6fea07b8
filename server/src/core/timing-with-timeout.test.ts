import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from './testing/manual-clock.ts';
import { withTimeout } from './timing.ts';

describe('withTimeout', () => {
  it('resolves as the work does and cancels the timer', async () => {
    const clock = new ManualClock();
    const onTimeout = vi.fn();
    await expect(withTimeout(clock, 1000, Promise.resolve('done'), onTimeout)).resolves.toBe('done');
    expect(clock.waiting).toBe(0);
    expect(onTimeout).not.toHaveBeenCalled();
  });

  it('rejects as the work does and cancels the timer', async () => {
    const clock = new ManualClock();
    await expect(withTimeout(clock, 1000, Promise.reject(new Error('no')), () => 'late')).rejects.toThrow(
      'no',
    );
    expect(clock.waiting).toBe(0);
  });

  it('resolves with the value of onTimeout when the work takes longer', async () => {
    const clock = new ManualClock();
    const waiting = withTimeout(clock, 1000, new Promise<string>(() => undefined), () => 'late');
    clock.advance(1000);
    await expect(waiting).resolves.toBe('late');
  });

  it('rejects with what onTimeout throws when the work takes longer', async () => {
    const clock = new ManualClock();
    const waiting = withTimeout(clock, 1000, new Promise<string>(() => undefined), () => {
      throw new Error('too late');
    });
    clock.advance(1000);
    await expect(waiting).rejects.toThrow('too late');
  });

  it('leaves no unhandled rejection when the work fails after the timeout', async () => {
    const clock = new ManualClock();
    const work = Promise.withResolvers<string>();
    const waiting = withTimeout(clock, 1000, work.promise, () => 'late');
    clock.advance(1000);
    work.reject(new Error('no'));
    await expect(waiting).resolves.toBe('late');
  });
});
