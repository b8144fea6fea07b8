import { expect, it } from 'vitest';
import { StreamTime } from './stream-time.ts';

it('StreamTime returns when a moment of the stream was spoken, across holes', () => {
  const time = new StreamTime();
  expect(time.wallTime(0)).toBe(0);
  time.add(1000, 50_000);
  // Rounding is no hole.
  time.add(1000, 51_010);
  time.add(500, 60_000);
  expect(time.wallTime(0)).toBe(50_000);
  expect(time.wallTime(1500)).toBe(51_500);
  expect(time.wallTime(2000)).toBe(60_000);
  expect(time.wallTime(2250)).toBe(60_250);
});
