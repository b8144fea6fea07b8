import type { Role } from '@televisit/shared/permissions';
import { locale, t } from '../locales/index.ts';

const KILO = 1000;
const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** How long since `startedAt`, both in milliseconds, as `m:ss` or `h:mm:ss`; never negative. */
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

/** A number as people of the language write it. */
export function numberText(value: number, language: string = locale()): string {
  return new Intl.NumberFormat(language).format(value);
}

/** The hour and minute of a point in time (milliseconds since 1970), by default in the device's zone. */
export function timeText(at: number, language: string = locale(), timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit', timeZone }).format(at);
}

/** The day of a point in time (milliseconds since 1970), by default in the device's zone. */
export function dateText(at: number, language: string = locale(), timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone }).format(at);
}

/** Several names or words in one sentence: `Ana, Ben and Carla`. */
export function listText(words: readonly string[], language: string = locale()): string {
  return new Intl.ListFormat(language, { type: 'conjunction', style: 'long' }).format(words);
}

/** The size of a file (bytes) with at most one decimal: `1.5 MB`. */
export function sizeText(bytes: number, language: string = locale()): string {
  let size = bytes;
  let step = 0;
  // Rounding must not end in 1,000 of a smaller unit.
  while (Math.round(size * 10) / 10 >= KILO && step < SIZE_UNITS.length - 1) {
    size /= KILO;
    step += 1;
  }
  const unit = SIZE_UNITS[step];
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: unit === 'byte' ? 'long' : 'short',
    maximumFractionDigits: 1,
  }).format(size);
}

/** What a person is called: their name, else their role. */
export function nameOf(person: { displayName: string | null; role: Role }): string {
  return person.displayName ?? t(`role.${person.role}`);
}

/** Up to two letters for a person without a picture. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => /\p{L}/u.test(word));
  const first = words[0]?.match(/\p{L}/u)?.[0] ?? '';
  const last = words.length > 1 ? (words.at(-1)?.match(/\p{L}/u)?.[0] ?? '') : '';
  return (first + last).toLocaleUpperCase(locale());
}
