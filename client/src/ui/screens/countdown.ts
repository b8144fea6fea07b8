import { locale, t } from '../../locales/index.ts';
import { dateTimeOf } from '../format/formatters.ts';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A number of a countdown with its unit: `2` and `minutes`. */
export interface CountdownPart {
  readonly unit: (typeof UNITS)[number][0];
  readonly number: string;
  readonly word: string;
}

/** A visible countdown, in milliseconds. */
export interface Waiting {
  readonly opensAt: number;
  readonly remaining: number;
}

/** Screen readers announce the remaining time only when it falls to one of these, in minutes. */
const NEWS_AT = [60, 30, 10, 5, 1];

/** Returns the remaining time (milliseconds), from the largest unit needed down to seconds; never negative. */
export function countdown(remaining: number, language: string = locale()): CountdownPart[] {
  let rest = Math.max(0, Math.ceil(remaining / 1000));
  const parts: CountdownPart[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds);
    rest %= seconds;
    if (count > 0 || parts.length > 0 || unit === 'second') parts.push(part(unit, count, language));
  }
  return parts;
}

/** Returns what a screen reader says about the progress of a countdown; null for nothing. */
export function waitingNews(before: Waiting, after: Waiting): string | null {
  if (before.opensAt !== after.opensAt) return t('early.moved', { time: dateTimeOf(after.opensAt).text });
  const minutes = (milliseconds: number) => milliseconds / 60_000;
  const left = minutes(after.remaining);
  if (left <= 0 || !NEWS_AT.some((mark) => left <= mark && minutes(before.remaining) > mark)) return null;
  return t('early.say', { time: unitFormat('minute', locale()).format(Math.ceil(left)) });
}

function part(unit: CountdownPart['unit'], count: number, language: string): CountdownPart {
  // Intl knows the plural forms of every language.
  const word = unitFormat(unit, language)
    .formatToParts(count)
    .find(({ type }) => type === 'unit');
  return { unit, number: new Intl.NumberFormat(language).format(count), word: word?.value ?? '' };
}

function unitFormat(unit: CountdownPart['unit'], language: string): Intl.NumberFormat {
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' });
}
