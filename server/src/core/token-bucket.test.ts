import { describe, expect, it } from 'vitest';
import { ManualClock } from './testing/manual-clock.ts';
import { TokenBucket } from './token-bucket.ts';

function bucket() {
  const clock = new ManualClock();
  const tokens = new TokenBucket({ perSecond: 10, burst: 3 }, clock);
  /** Returns how many tokens can be taken at once. */
  const taken = () => {
    let count = 0;
    while (count < 100 && tokens.take()) count += 1;
    return count;
  };
  return { clock, taken };
}

describe('TokenBucket', () => {
  it('take allows the burst at once, and then nothing', () => {
    const { taken } = bucket();
    expect([taken(), taken()]).toEqual([3, 0]);
  });

  it('take allows the configured number per second', () => {
    const { clock, taken } = bucket();
    taken();
    clock.advance(99);
    expect(taken()).toBe(0);
    clock.advance(1);
    expect(taken()).toBe(1);
    clock.advance(200);
    expect(taken()).toBe(2);
  });

  it('take allows no more than the burst after a long pause', () => {
    const { clock, taken } = bucket();
    taken();
    clock.advance(3_600_000);
    expect(taken()).toBe(3);
  });

  it('take takes several tokens, or none if there are fewer', () => {
    const tokens = new TokenBucket({ perSecond: 10, burst: 100 }, new ManualClock());
    expect([tokens.take(60), tokens.take(60), tokens.take(40), tokens.take()]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('take adds nothing when the clock is set back, and continues from there', () => {
    const { clock, taken } = bucket();
    taken();
    clock.advance(-60_000);
    expect(taken()).toBe(0);
    clock.advance(100);
    expect(taken()).toBe(1);
  });
});
