import { describe, expect, it } from 'vitest';
import { clockTime, fileSize, wholeMinutes } from './figures.ts';

describe('fileSize', () => {
  it('is in the unit that fits', () => {
    expect(fileSize(0, 'en')).toBe('0 byte');
    expect(fileSize(999, 'en')).toBe('999 byte');
    expect(fileSize(1_000, 'en')).toBe('1 kB');
    expect(fileSize(1_440_000, 'en')).toBe('1.4 MB');
    expect(fileSize(1_440_000, 'de')).toBe('1,4 MB');
  });
});

describe('wholeMinutes', () => {
  it('counts full minutes only, and none backwards', () => {
    expect(wholeMinutes(0, 59_999)).toBe(0);
    expect(wholeMinutes(0, 180_000)).toBe(3);
    expect(wholeMinutes(60_000, 0)).toBe(0);
  });
});

describe('clockTime', () => {
  it('is the time of day as the language writes it', () => {
    expect(clockTime('2026-01-01T15:05:00.000Z', 'de', 'UTC')).toBe('15:05');
    expect(clockTime(Date.UTC(2026, 0, 1, 15, 5), 'en-GB', 'UTC')).toBe('15:05');
  });
});
