import { locale } from '../locales/index.ts';

/** Figures and times as an operator reads them, in the page's language. A time zone is that of the device by default. */

const SECOND_MS = 1000;
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Returns a whole number. */
export function figure(value: number, language: string = locale()): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value);
}

/** Returns a share (0 to 1) in percent. */
export function percent(share: number, language: string = locale()): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** Returns a bit rate (bit/s) in kbit/s or Mbit/s. */
export function bitRate(bits: number, language: string = locale()): string {
  const isLarge = bits >= 1e6;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: isLarge ? 'megabit-per-second' : 'kilobit-per-second',
    maximumFractionDigits: isLarge ? 1 : 0,
  }).format(bits / (isLarge ? 1e6 : 1e3));
}

/** Returns milliseconds with their unit. */
export function milliseconds(value: number, language: string = locale()): string {
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: 'millisecond',
    maximumFractionDigits: 0,
  }).format(value);
}

/** Returns a length of time (seconds) in its two largest units, `1 hr 5 min`. */
export function span(seconds: number, language: string = locale()): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  const from = UNITS.findIndex(([, size]) => rest >= size);
  for (const [unit, size] of UNITS.slice(from === -1 ? UNITS.length - 1 : from).slice(0, 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count === 0 && parts.length > 0) continue;
    parts.push(new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(count));
  }
  return new Intl.ListFormat(language, { type: 'unit', style: 'narrow' }).format(parts);
}

/** Returns the time from `from` to `to`, both RFC 3339, as `span` does. */
export function spanBetween(from: string, to: string | number, language: string = locale()): string {
  return span((new Date(to).getTime() - Date.parse(from)) / SECOND_MS, language);
}

/** Returns date and time without the zone, which the view shows once. */
export function moment(at: string | number, language: string = locale(), timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
    new Date(at),
  );
}

/** Returns date, time and zone. */
export function zonedMoment(at: string | number, language: string = locale(), timeZone?: string): string {
  return zonedFormat(language, timeZone).format(new Date(at));
}

/** Returns the time from `from` to `to` with its zone. */
export function period(from: string, to: string, language: string = locale(), timeZone?: string): string {
  return zonedFormat(language, timeZone).formatRange(new Date(from), new Date(to));
}

function zonedFormat(language: string, timeZone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  });
}

/** Returns the date. */
export function day(at: string | number, language: string = locale(), timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone }).format(new Date(at));
}

/** Returns the time of day with seconds. */
export function timeWithSeconds(at: string | number, language: string = locale(), timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'medium', timeZone }).format(new Date(at));
}

/** Returns the name of the time zone at a moment with its distance to UTC, `Europe/Berlin (GMT+1)`. */
export function zoneName(at: number, language: string = locale(), timeZone?: string): string {
  const format = new Intl.DateTimeFormat(language, { timeZoneName: 'shortOffset', timeZone });
  const offset = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const name = format.resolvedOptions().timeZone;
  return name === 'UTC' ? name : `${name.replaceAll('_', ' ')} (${offset})`;
}

/** Returns the end of an id, by which an operator tells people apart without their name. */
export function shortId(id: string): string {
  return id.length <= 12 ? id : `…${id.slice(-8)}`;
}
