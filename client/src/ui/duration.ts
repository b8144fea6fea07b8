import { locale } from '../locales/index.ts';

const MINUTE = 60_000;

/** A length of time (milliseconds) in hours and minutes, `1 hour, 5 minutes`; null below a minute. */
export function duration(milliseconds: number, language: string = locale()): string | null {
  const minutes = Math.floor(milliseconds / MINUTE);
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
