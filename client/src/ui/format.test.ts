import { describe, expect, it } from 'vitest';
import { dateText, elapsed, initialsOf, listText, nameOf, numberText, sizeText, timeText } from './format.ts';

describe('elapsed', () => {
  it.each([
    [0, '0:00'],
    [9_999, '0:09'],
    [65_000, '1:05'],
    [3_599_000, '59:59'],
    [3_600_000, '1:00:00'],
    [36_061_000, '10:01:01'],
  ])('after %i ms is %s', (milliseconds, shown) => {
    expect(elapsed(1_000, 1_000 + milliseconds)).toBe(shown);
  });

  it('of a start that lies ahead, by clocks that differ, is 0:00', () => {
    expect(elapsed(5_000, 1_000)).toBe('0:00');
  });

  it('has the digits of the language', () => {
    expect(elapsed(0, 3_725_000, 'ar-EG')).toBe('١:٠٢:٠٥');
  });
});

describe('numberText', () => {
  it.each([
    ['en', '12,345.5'],
    ['de', '12.345,5'],
    ['es', '12.345,5'],
    ['fr', '12\u202f345,5'],
    ['pt', '12.345,5'],
    ['ar-EG', '١٢٬٣٤٥٫٥'],
  ])('in %s is “%s”', (language, shown) => expect(numberText(12_345.5, language)).toBe(shown));
});

describe('timeText and dateText', () => {
  const at = Date.UTC(2026, 0, 5, 14, 5);

  it.each([
    ['en-US', /^2:05\sPM$/, /^January 5, 2026$/],
    ['en-GB', /^14:05$/, /^5 January 2026$/],
    ['de', /^14:05$/, /^5\. Januar 2026$/],
    ['es', /^14:05$/, /^5 de enero de 2026$/],
    ['fr', /^14:05$/, /^5 janvier 2026$/],
    ['pt', /^14:05$/, /^5 de janeiro de 2026$/],
    ['ar-EG', /^٢:٠٥\sم$/, /^٥ يناير ٢٠٢٦$/],
  ])('in %s are as people write them there', (language, time, date) => {
    expect(timeText(at, language, 'UTC').replaceAll(/[\u200e\u200f]/g, '')).toMatch(time);
    expect(dateText(at, language, 'UTC').replaceAll(/[\u200e\u200f]/g, '')).toMatch(date);
  });

  it('in another zone may be another day', () => {
    expect(dateText(at, 'en-US', 'Pacific/Auckland')).toBe('January 6, 2026');
  });
});

describe('listText', () => {
  it.each([
    ['en-GB', 'Ana, Ben and Carla'],
    ['de', 'Ana, Ben und Carla'],
    ['es', 'Ana, Ben y Carla'],
    ['fr', 'Ana, Ben et Carla'],
    ['pt', 'Ana, Ben e Carla'],
    ['ar', 'Ana وBen وCarla'],
  ])('in %s is “%s”', (language, shown) => {
    expect(listText(['Ana', 'Ben', 'Carla'], language)).toBe(shown);
  });
});

describe('sizeText', () => {
  it.each([
    [0, 'en', '0 bytes'],
    [1, 'en', '1 byte'],
    [999, 'de', '999 Byte'],
    [1_000, 'en', '1 kB'],
    [23_449, 'de', '23,4 kB'],
    [999_949, 'en', '999.9 kB'],
    [999_950, 'en', '1 MB'],
    [1_540_000, 'fr', '1,5 Mo'],
    [25_000_000, 'es', '25 MB'],
    [4_294_967_296, 'pt', '4,3 GB'],
    [5e15, 'en', '5,000,000 GB'],
  ])('of %i bytes in %s is “%s”', (bytes, language, shown) => {
    expect(sizeText(bytes, language).replaceAll(/\s/g, ' ')).toBe(shown);
  });
});

describe('nameOf', () => {
  it('is the name, or the role where there is none', () => {
    expect(nameOf({ displayName: 'Ana Ruiz', role: 'patient' })).toBe('Ana Ruiz');
    expect(nameOf({ displayName: null, role: 'patient' })).toBe('Patient');
  });
});

describe('initialsOf', () => {
  it.each([
    ['Doctor', 'D'],
    ['Ana Ruiz', 'AR'],
    ['dr. Ana María de la Cruz', 'DC'],
    ['李 小龙', '李小'],
    ['  ', ''],
    ['42', ''],
  ])('of “%s” is “%s”', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});
