import { locale } from '../../locales/index.ts';

const MINUTE_MS = 60_000;
const UNITS = ['byte', 'kilobyte', 'megabyte'] as const;

/** Returns the size of a file with its unit, `1.4 MB`; units are powers of 1,000. */
export function fileSize(bytes: number, language: string = locale()): string {
  const step = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : 2;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[step],
    unitDisplay: 'short',
    maximumFractionDigits: step === 2 ? 1 : 0,
  }).format(bytes / 1000 ** step);
}

/** Returns the full minutes between two times in milliseconds; never negative. */
export function wholeMinutes(from: number, to: number): number {
  return Math.max(0, Math.floor((to - from) / MINUTE_MS));
}

/** Returns the time of day. `at` is RFC 3339, or milliseconds since 1970. */
export function clockTime(at: string | number, language: string = locale(), timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone }).format(new Date(at));
}

/** A point in time as text, and the language of the text (BCP 47). */
export interface DateTimeText {
  readonly text: string;
  readonly language: string;
}

/**
 * Returns weekday, date, time and time zone of a point in time (milliseconds since 1970), by default in
 * the page's language and the device's time zone.
 */
export function dateTimeOf(at: number, language: string = locale(), timeZone?: string): DateTimeText {
  const format = new Intl.DateTimeFormat(language, {
    weekday: 'long',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  });
  return { text: format.format(at), language: format.resolvedOptions().locale };
}

/** Returns the time since `startedAt` as `m:ss` or `h:mm:ss`, both in milliseconds; never negative. */
export function elapsed(startedAt: number, now: number, language: string = locale()): string {
  const seconds = Math.max(0, Math.floor((now - startedAt) / 1000));
  const hours = Math.floor(seconds / 3600);
  const parts = [...(hours > 0 ? [hours] : []), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts
    .map((part, index) =>
      new Intl.NumberFormat(language, {
        minimumIntegerDigits: index === 0 ? 1 : 2,
        useGrouping: false,
      }).format(part),
    )
    .join(':');
}

/** Returns a duration (milliseconds) in hours and minutes, `1 hour, 5 minutes`; null below a minute. */
export function duration(milliseconds: number, language: string = locale()): string | null {
  const minutes = Math.floor(milliseconds / MINUTE_MS);
  if (!(minutes >= 1)) return null;
  const parts = [
    ...(minutes >= 60 ? [unit(Math.floor(minutes / 60), 'hour', language)] : []),
    ...(minutes % 60 > 0 ? [unit(minutes % 60, 'minute', language)] : []),
  ];
  return new Intl.ListFormat(language, { type: 'unit', style: 'long' }).format(parts);
}

function unit(count: number, name: 'hour' | 'minute', language: string): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'long' }).format(count);
}
