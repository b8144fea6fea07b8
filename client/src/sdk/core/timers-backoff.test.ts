import { afterEach, describe, expect, it, vi } from 'vitest';
import { Backoff } from './timers.ts';

afterEach(() => void vi.restoreAllMocks());

describe('Backoff', () => {
  it('next() returns the delays in order and repeats the last one', () => {
    const backoff = new Backoff({ delays: [500, 1_000, 2_000] });
    expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([
      500, 1_000, 2_000, 2_000,
    ]);
  });

  it('reset() starts again with the first delay', () => {
    const backoff = new Backoff({ delays: [500, 1_000] });
    backoff.next();
    backoff.reset();
    expect(backoff.next()).toBe(500);
  });

  it('next() adds a random share of the delay, at least from minJitterMs', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const backoff = new Backoff({ delays: [0, 1_000], jitter: 0.4, minJitterMs: 50 });
    expect(backoff.next()).toBe(25);
    expect(backoff.next()).toBe(1_200);
  });
});
