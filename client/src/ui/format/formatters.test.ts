import { describe, expect, it } from 'vitest';
import { setLanguage } from '../../locales/index.ts';
import { clockTime, dateTimeOf, duration, elapsed, fileSize, wholeMinutes } from './formatters.ts';

const MINUTE = 60_000;

describe('fileSize', () => {
  it('selects a fitting unit', () => {
    expect(fileSize(0, 'en')).toBe('0 byte');
    expect(fileSize(999, 'en')).toBe('999 byte');
    expect(fileSize(1_000, 'en')).toBe('1 kB');
    expect(fileSize(1_440_000, 'en')).toBe('1.4 MB');
    expect(fileSize(1_440_000, 'de')).toBe('1,4 MB');
  });
});

describe('wholeMinutes', () => {
  it('counts full minutes, and 0 for negative differences', () => {
    expect(wholeMinutes(0, 59_999)).toBe(0);
    expect(wholeMinutes(0, 180_000)).toBe(3);
    expect(wholeMinutes(60_000, 0)).toBe(0);
  });
});

describe('clockTime', () => {
  it('formats the time of day for the language', () => {
    expect(clockTime('2026-01-01T15:05:00.000Z', 'de', 'UTC')).toBe('15:05');
    expect(clockTime(Date.UTC(2026, 0, 1, 15, 5), 'en-GB', 'UTC')).toBe('15:05');
  });
});

describe('elapsed', () => {
  it.each([
    [0, '0:00'],
    [9_999, '0:09'],
    [65_000, '1:05'],
    [3_599_000, '59:59'],
    [3_600_000, '1:00:00'],
    [36_061_000, '10:01:01'],
  ])('formats %i ms as %s', (milliseconds, shown) => {
    expect(elapsed(1_000, 1_000 + milliseconds)).toBe(shown);
  });

  it('returns 0:00 if the start is in the future', () => {
    expect(elapsed(5_000, 1_000)).toBe('0:00');
  });

  it('uses the digits of the language', () => {
    expect(elapsed(0, 3_725_000, 'ar-EG')).toBe('١:٠٢:٠٥');
  });
});

describe('duration', () => {
  it('returns null below a minute, and for negative or invalid times', () => {
    expect(duration(59_999, 'en')).toBeNull();
    expect(duration(-5 * MINUTE, 'en')).toBeNull();
    expect(duration(Number.NaN, 'en')).toBeNull();
  });

  it('counts whole minutes', () => {
    expect(duration(MINUTE, 'en')).toBe('1 minute');
    expect(duration(12.9 * MINUTE, 'en')).toBe('12 minutes');
  });

  it('adds hours from an hour on', () => {
    expect(duration(60 * MINUTE, 'en')).toBe('1 hour');
    expect(duration(125 * MINUTE, 'en')).toBe('2 hours, 5 minutes');
  });

  it('uses the given language', () => {
    expect(duration(62 * MINUTE, 'de')).toBe('1 Stunde, 2 Minuten');
  });
});

const AT = Date.UTC(2026, 0, 5, 14, 45);

describe('dateTimeOf', () => {
  it.each([
    ['en-US', 'America/New_York', /^Monday, January 5, 2026 at 9:45\sAM EST$/],
    ['en-GB', 'Europe/London', /^Monday,? 5 January 2026 at 14:45 GMT$/],
    ['de-DE', 'Europe/Berlin', /^Montag, 5\. Januar 2026 um 15:45 MEZ$/],
    ['en-US', 'Asia/Tokyo', /11:45\sPM GMT\+9$/],
  ])('formats weekday, date, time and zone in %s and %s', (language, timeZone, text) => {
    expect(dateTimeOf(AT, language, timeZone).text).toMatch(text);
  });

  it('returns another day for another time zone', () => {
    expect(dateTimeOf(AT, 'en-US', 'Pacific/Auckland').text).toContain('Tuesday, January 6');
  });

  it('returns the language of the text', () => {
    expect(dateTimeOf(AT, 'fa', 'UTC').language).toBe('fa');
  });

  it('uses the page’s language and the device’s time zone by default', async () => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    expect(dateTimeOf(AT)).toEqual(dateTimeOf(AT, 'en', timeZone));
    await setLanguage('fr-CA');
    expect(dateTimeOf(AT)).toEqual(dateTimeOf(AT, 'fr-CA', timeZone));
    await setLanguage('en');
  });
});
