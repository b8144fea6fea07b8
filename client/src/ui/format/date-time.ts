import { locale } from '../../locales/index.ts';

/** A point in time as text, and the language of the text (BCP 47). */
export interface DateTime {
  readonly text: string;
  readonly language: string;
}

/**
 * Returns weekday, date, time and time zone of a point in time (milliseconds since 1970), by default in
 * the page's language and the device's time zone.
 */
export function dateTimeOf(at: number, language: string = locale(), timeZone?: string): DateTime {
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
