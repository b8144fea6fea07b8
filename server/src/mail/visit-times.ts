import type { Session } from '../domain/session.ts';

const MINUTE_MS = 60_000;

/** The times of a visit in a language and time zone. */
export interface VisitTimes {
  /** Day, date, time and zone. */
  readonly when: string;
  readonly day: string;
  /** Start and end time. */
  readonly hours: string;
  /** The name of the time zone. */
  readonly zone: string;
  readonly length: string;
  /** When people may enter: the time, with the date if that is another day. */
  readonly opens: string;
}

/**
 * Formats the times of a visit.
 * @param locale a BCP 47 tag
 * @param timeZone an IANA name
 */
export function visitTimes(
  { scheduledAt, durationMinutes, opensAt }: Pick<Session, 'scheduledAt' | 'durationMinutes' | 'opensAt'>,
  locale: string,
  timeZone: string,
): VisitTimes {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const time = { hour: 'numeric', minute: '2-digit' } as const;
  const date = { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' } as const;
  const days = format(date);
  const opensThatDay = days.format(opensAt) === days.format(scheduledAt);
  const end = scheduledAt + durationMinutes * MINUTE_MS;
  const zone = format({ timeZoneName: 'long' })
    .formatToParts(scheduledAt)
    .find(({ type }) => type === 'timeZoneName')?.value;
  return {
    when: format({ ...date, ...time, timeZoneName: 'short' }).format(scheduledAt),
    day: days.format(scheduledAt),
    hours: hoursOf(locale, timeZone, scheduledAt, end),
    zone: zone ?? timeZone,
    length: new Intl.NumberFormat(locale, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(
      durationMinutes,
    ),
    opens: format(opensThatDay ? time : { ...date, ...time }).format(opensAt),
  };
}

/** Formats start and end, with their offsets if these differ: the clock may show the same time twice in that night. */
function hoursOf(locale: string, timeZone: string, start: number, end: number): string {
  const time = { timeZone, hour: 'numeric', minute: '2-digit' } as const;
  const offset = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const offsetAt = (at: number) =>
    offset.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
  if (offsetAt(start) === offsetAt(end)) {
    return new Intl.DateTimeFormat(locale, time).formatRange(start, end);
  }
  const zoned = new Intl.DateTimeFormat(locale, { ...time, timeZoneName: 'shortOffset' });
  return `${zoned.format(start)} – ${zoned.format(end)}`;
}
