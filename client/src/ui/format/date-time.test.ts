import { describe, expect, it } from 'vitest';
import { setLanguage } from '../../locales/index.ts';
import { dateTimeOf } from './date-time.ts';

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
