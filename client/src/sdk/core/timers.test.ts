import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Timers } from './timers.ts';

let timers: Timers;

beforeEach(() => {
  vi.useFakeTimers();
  timers = new Timers();
});
afterEach(() => void vi.useRealTimers());

describe('Timers', () => {
  it('after() calls the action once, after the delay', () => {
    const action = vi.fn();
    timers.after(100, action);
    vi.advanceTimersByTime(99);
    expect(action).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(action).toHaveBeenCalledOnce();
  });

  it('the function that after() returns cancels that timer only', () => {
    const [cancelled, kept] = [vi.fn(), vi.fn()];
    const cancel = timers.after(100, cancelled);
    timers.after(100, kept);
    cancel();
    vi.advanceTimersByTime(100);
    expect(cancelled).not.toHaveBeenCalled();
    expect(kept).toHaveBeenCalledOnce();
  });

  it('clear() cancels every timer', () => {
    const action = vi.fn();
    timers.after(100, action);
    timers.after(200, action);
    timers.clear();
    vi.advanceTimersByTime(1_000);
    expect(action).not.toHaveBeenCalled();
  });

  it('withTimeout() resolves with the outcome of work that is fast enough and leaves no timer', async () => {
    await expect(timers.withTimeout(Promise.resolve('done'), 100, 'late')).resolves.toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('withTimeout() resolves with the fallback if work is too slow', async () => {
    const outcome = timers.withTimeout(new Promise(() => undefined), 100, 'late');
    await vi.advanceTimersByTimeAsync(100);
    await expect(outcome).resolves.toBe('late');
  });

  it('withTimeout() rejects if work rejects', async () => {
    await expect(timers.withTimeout(Promise.reject(new Error('no')), 100, 'late')).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('withTimeout() has no timeout after clear()', async () => {
    let finish!: (outcome: string) => void;
    const work = new Promise<string>((resolve) => (finish = resolve));
    const outcome = timers.withTimeout(work, 100, 'late');
    timers.clear();
    await vi.advanceTimersByTimeAsync(1_000);
    finish('done');
    await expect(outcome).resolves.toBe('done');
  });
});
