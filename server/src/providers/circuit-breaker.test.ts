import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { CircuitBreaker } from './circuit-breaker.ts';

function breakerAfter(failures: number) {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker(clock);
  for (let failure = 0; failure < failures; failure++) {
    breaker.enter();
    breaker.failed();
  }
  return { clock, breaker };
}

describe('CircuitBreaker', () => {
  it('lets calls through after four failures', () => {
    expect(breakerAfter(4).breaker.enter()).toBe(true);
  });

  it('refuses calls for 30 s after five failures within a minute', () => {
    const { clock, breaker } = breakerAfter(5);
    expect(breaker.enter()).toBe(false);
    expect(breaker.retryAfterMs()).toBe(30_000);
    clock.advance(29_999);
    expect(breaker.enter()).toBe(false);
  });

  it('lets one call try after 30 s, and closes if it succeeds', () => {
    const { clock, breaker } = breakerAfter(5);
    clock.advance(30_000);
    expect(breaker.enter()).toBe(true);
    expect(breaker.enter()).toBe(false);
    breaker.succeeded();
    expect(breaker.enter()).toBe(true);
    expect(breaker.enter()).toBe(true);
  });

  it('refuses calls for another 30 s if the one call fails', () => {
    const { clock, breaker } = breakerAfter(5);
    clock.advance(30_000);
    breaker.enter();
    breaker.failed();
    expect(breaker.retryAfterMs()).toBe(30_000);
  });

  it('forgets failures after a minute', () => {
    const { clock, breaker } = breakerAfter(4);
    clock.advance(60_000);
    breaker.enter();
    breaker.failed();
    expect(breaker.enter()).toBe(true);
  });
});
