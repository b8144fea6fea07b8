import { expect, it } from 'vitest';
import { RecentReads } from './recent-reads.ts';
import { ManualClock } from './testing/manual-clock.ts';

it('isNew is false for a read that was new at most the given time ago', () => {
  const clock = new ManualClock();
  const reads = new RecentReads(clock, 1000);
  expect(reads.isNew('a')).toBe(true);
  clock.advance(1000);
  expect(reads.isNew('a')).toBe(false);
  expect(reads.isNew('b')).toBe(true);
  clock.advance(1);
  expect(reads.isNew('a')).toBe(true);
  expect(reads.isNew('b')).toBe(false);
});
