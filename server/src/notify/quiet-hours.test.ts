import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quietHours, quietUntil } from './quiet-hours.ts';

const MINUTE = 60_000;
const NIGHT = quietHours('21:00-08:00')!;
const at = (text: string) => Date.parse(text);

describe('quietHours', () => {
  it.each([
    ['21:00-08:00', { from: 21 * 60, to: 8 * 60 }],
    [' 13:30 - 15:00 ', { from: 13 * 60 + 30, to: 15 * 60 }],
    ['00:00-06:00', { from: 0, to: 6 * 60 }],
    ['21:00', null],
    ['24:00-08:00', null],
    ['21:60-08:00', null],
    ['9:00-10:00', null],
    ['08:00-08:00', null],
    ['', null],
  ])('parses %j', (text, expected) => {
    expect(quietHours(text)).toEqual(expected);
  });
});

describe('quietUntil', () => {
  it.each([
    ['in the evening', '2026-01-05T21:00:00Z', 'UTC', '2026-01-06T08:00:00Z'],
    ['in the morning', '2026-01-05T07:59:59Z', 'UTC', '2026-01-05T08:00:00Z'],
    ['in another zone', '2026-01-05T05:00:00Z', 'America/New_York', '2026-01-05T13:00:00Z'],
    ['in a zone with half hours', '2026-01-05T20:00:00Z', 'Asia/Kolkata', '2026-01-06T02:30:00Z'],
    [
      'in the night in which clocks go forward',
      '2026-03-28T22:00:00Z',
      'Europe/Berlin',
      '2026-03-29T06:00:00Z',
    ],
    ['in the night in which clocks go back', '2026-10-24T22:00:00Z', 'Europe/Berlin', '2026-10-25T07:00:00Z'],
  ])('returns the end of quiet hours for a time %s', (_, time, zone, end) => {
    expect(new Date(quietUntil(at(time), NIGHT, zone)!).toISOString()).toBe(new Date(end).toISOString());
  });

  it.each([
    ['2026-01-05T08:00:00Z', 'UTC'],
    ['2026-01-05T20:59:59Z', 'UTC'],
    ['2026-01-05T21:00:00Z', 'America/New_York'],
  ])('returns null for %s in %s, which is not quiet', (time, zone) => {
    expect(quietUntil(at(time), NIGHT, zone)).toBeNull();
  });

  it('returns a time within a day that is not quiet, for any time, hours and zone', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'Asia/Tehran',
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') }),
        fc.integer({ min: 0, max: 1439 }),
        // Longer than any change of clocks, which may skip shorter hours.
        fc.integer({ min: 180, max: 1200 }),
        fc.constantFrom(...zones),
        (time, from, length, zone) => {
          const hours = { from, to: (from + length) % 1440 };
          const end = quietUntil(time, hours, zone);
          if (end === null) return;
          expect(end).toBeGreaterThan(time);
          expect(end - time).toBeLessThanOrEqual(25 * 60 * MINUTE);
          expect(quietUntil(end, hours, zone)).toBeNull();
        },
      ),
      { numRuns: 500 },
    );
  });
});
