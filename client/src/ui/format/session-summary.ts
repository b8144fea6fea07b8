import { permissionsOf } from '@televisit/shared/vocabulary';
import { locale } from '../../locales/index.ts';
import type { VisitState } from '../../sdk/index.ts';
import { dateTimeOf } from './formatters.ts';
import { nameOf } from './names.ts';

type Session = NonNullable<VisitState['session']>;
type Person = Session['people'][number];

/** Returns the names of all other people with a seat, `Dr. Weber and Li`; null if there are none. */
export function expectedNames(session: Session | null, ownId: string | null): string | null {
  return namesOf((session?.people ?? []).filter(({ userId }) => userId !== ownId));
}

/** Returns the names of the hosts, `Dr. Weber or Li`; null if there are none or more than two. */
export function hostNames(session: Session | null, ownId: string | null): string | null {
  const hosts = (session?.people ?? []).filter(
    ({ userId, role }) => userId !== ownId && permissionsOf(role).includes('moderate'),
  );
  return hosts.length > 2 ? null : namesOf(hosts, 'disjunction');
}

/** Returns names as a list in the page's language. */
function namesOf(
  people: readonly Person[],
  type: 'conjunction' | 'disjunction' = 'conjunction',
): string | null {
  if (people.length === 0) return null;
  return new Intl.ListFormat(locale(), { type, style: 'long' }).format(people.map(nameOf));
}

/** The planned time of a visit: the time only if it is today, else date and time. */
export interface PlannedTime {
  readonly today: boolean;
  readonly text: string;
}

/** Returns the planned time. `now` is in milliseconds since 1970; `timeZone` is the device's by default. */
export function plannedTime(
  { scheduledAt, durationMinutes }: Pick<Session, 'scheduledAt' | 'durationMinutes'>,
  now: number,
  language: string = locale(),
  timeZone?: string,
): PlannedTime {
  const start = Date.parse(scheduledAt);
  const day = new Intl.DateTimeFormat('en', { dateStyle: 'short', timeZone });
  if (day.format(start) !== day.format(now)) {
    return { today: false, text: dateTimeOf(start, language, timeZone).text };
  }
  const text = timeRange(start, start + durationMinutes * 60_000, language, timeZone);
  return { today: true, text };
}

/** Returns the times of a start and an end, `9:00 – 9:30 AM`, in milliseconds since 1970. */
export function timeRange(
  start: number,
  end: number,
  language: string = locale(),
  timeZone?: string,
): string {
  const day = new Intl.DateTimeFormat('en', { dateStyle: 'short', timeZone });
  const clock = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit', timeZone });
  // formatRange would add both dates to a range over midnight.
  const overMidnight = day.format(start) !== day.format(end);
  if (overMidnight) return `${clock.format(start)} – ${clock.format(end)}`;
  // When summer time ends, the clock shows the same times twice.
  const offset = new Intl.DateTimeFormat('en', { timeZoneName: 'longOffset', timeZone });
  const offsetAt = (at: number) =>
    offset.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
  if (offsetAt(start) === offsetAt(end)) return clock.formatRange(start, end);
  const zoned = new Intl.DateTimeFormat(language, {
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'shortOffset',
    timeZone,
  });
  return `${zoned.format(start)} – ${zoned.format(end)}`;
}

/** Returns the offset from UTC at a time, `GMT+02:00`. */
export function offsetAt(at: number, timeZone?: string): string | undefined {
  const format = new Intl.DateTimeFormat('en', { timeZoneName: 'longOffset', timeZone });
  return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
}
