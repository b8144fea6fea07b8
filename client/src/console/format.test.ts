import { describe, expect, it } from 'vitest';
import {
  bitRate,
  day,
  figure,
  milliseconds,
  moment,
  percent,
  period,
  shortId,
  span,
  spanBetween,
  timeWithSeconds,
  zonedMoment,
  zoneName,
} from './format.ts';

const AT = '2026-11-30T17:05:09.000Z';
/** CLDR separates some units by spaces that do not break. */
const plain = (text: string) => text.replaceAll(/[\u00a0\u2009\u202f]/g, ' ');

describe('figures', () => {
  it.each([
    [figure(12_345, 'en'), '12,345'],
    [figure(12_345, 'de'), '12.345'],
    [percent(0.427, 'en'), '43%'],
    [percent(0.427, 'fr'), '43 %'],
    [bitRate(2_340_000, 'en'), '2.3 Mb/s'],
    [bitRate(999_400, 'en'), '999 kb/s'],
    [bitRate(0, 'en'), '0 kb/s'],
    [milliseconds(1234, 'en'), '1,234 ms'],
  ])('%s is written as %s', (text, expected) => expect(plain(text)).toBe(expected));
});

describe('span', () => {
  it.each([
    [0, '0 sec'],
    [-5, '0 sec'],
    [59.6, '1 min'],
    [125, '2 min 5 sec'],
    [3600, '1 hr'],
    [3905, '1 hr 5 min'],
    [90_000, '1 day 1 hr'],
    [86_400 + 30, '1 day'],
  ])('writes %d seconds as “%s”', (seconds, expected) => expect(plain(span(seconds, 'en'))).toBe(expected));

  it('uses the units of the language', () => expect(plain(span(3905, 'de'))).toBe('1 Std., 5 Min.'));

  it('measures between two times', () =>
    expect(plain(spanBetween(AT, Date.parse(AT) + 61_000, 'en'))).toBe('1 min 1 sec'));
});

describe('times', () => {
  it.each([
    [moment(AT, 'en-US', 'Europe/Berlin'), 'Nov 30, 2026, 6:05 PM'],
    [moment(AT, 'de', 'Europe/Berlin'), '30.11.2026, 18:05'],
    [zonedMoment(AT, 'en-GB', 'Europe/Berlin'), '30 Nov 2026, 18:05 CET'],
    [zonedMoment(AT, 'en-GB', 'UTC'), '30 Nov 2026, 17:05 UTC'],
    [period(AT, '2026-11-30T18:30:00.000Z', 'en-GB', 'UTC'), '30 Nov 2026, 17:05–18:30 UTC'],
    [day('2026-11-30T23:30:00.000Z', 'en-GB', 'Europe/Berlin'), '1 Dec 2026'],
    [timeWithSeconds(AT, 'en-GB', 'UTC'), '17:05:09'],
    [zoneName(Date.parse(AT), 'en', 'America/Sao_Paulo'), 'America/Sao Paulo (GMT-3)'],
    [zoneName(Date.parse(AT), 'en', 'UTC'), 'UTC'],
  ])('%s has its zone or none', (text, expected) => expect(plain(text)).toBe(expected));
});

describe('shortId', () => {
  it('keeps a short id', () => expect(shortId('patient-7')).toBe('patient-7'));
  it('returns the end of a long one', () =>
    expect(shortId('0b6f3c1e-9a0d-4b5c-8f2e-1234567890ab')).toBe('…567890ab'));
});
