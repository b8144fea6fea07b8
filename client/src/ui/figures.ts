import { locale } from '../locales/index.ts';

const UNITS = ['byte', 'kilobyte', 'megabyte'] as const;

/** The size of a file as people read it, `1.4 MB`; steps of 1,000. */
export function fileSize(bytes: number, language: string = locale()): string {
  const step = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : 2;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[step],
    unitDisplay: 'short',
    maximumFractionDigits: step === 2 ? 1 : 0,
  }).format(bytes / 1000 ** step);
}

/** Whole minutes from one time to another, both in milliseconds; never negative. */
export function wholeMinutes(from: number, to: number): number {
  return Math.max(0, Math.floor((to - from) / 60_000));
}

/** The time of day. `at` is RFC 3339, or milliseconds since 1970. */
export function clockTime(at: string | number, language: string = locale(), timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone }).format(new Date(at));
}
