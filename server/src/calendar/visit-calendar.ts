import ical, { ICalAlarmType, ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import type { Session } from '../domain/session.ts';

export interface CalendarOptions {
  /** The address of a visit's page, where it is to stand in the calendar; it never holds a token. */
  readonly pageOf: ((session: Session) => string) | null;
  /** The host name that people reach us by; it makes the organizer's address. */
  readonly host: string;
}

const PRODUCT = { company: 'Televisit', product: 'Televisit' };
const UNTITLED = 'Video visit';
/** How long before a visit a calendar reminds of it, in seconds. */
const ALARMS = [24 * 60 * 60, 15 * 60];

/**
 * Visits as iCalendar (RFC 5545) in UTC, which every calendar shows in its owner's zone. A title is all it says: names,
 * the description and tokens would travel to whoever hosts that calendar.
 */
export function visitCalendar(sessions: readonly Session[], options: CalendarOptions): string {
  const [only, ...others] = sessions;
  const cancelled = only?.status === 'cancelled' && others.length === 0;
  const calendar = ical({
    prodId: PRODUCT,
    // A feed tells of cancelled visits by their status; a file about one withdraws it (RFC 5546, 3.2.5).
    method: cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.PUBLISH,
  });
  for (const session of sessions) addEvent(calendar, session, options);
  return calendar.toString();
}

function addEvent(
  calendar: ReturnType<typeof ical>,
  session: Session,
  { pageOf, host }: CalendarOptions,
): void {
  const cancelled = session.status === 'cancelled';
  const event = calendar.createEvent({
    id: `${session.sessionId}@televisit`,
    sequence: session.calendarSequence,
    stamp: new Date(session.updatedAt),
    created: new Date(session.createdAt),
    lastModified: new Date(session.updatedAt),
    start: new Date(session.scheduledAt),
    end: new Date(session.scheduledAt + session.durationMinutes * 60_000),
    summary: session.title ?? UNTITLED,
    status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    organizer: { name: 'Televisit', email: `no-reply@${host}` },
    ...(pageOf ? { url: pageOf(session) } : {}),
  });
  if (cancelled) return;
  for (const triggerBefore of ALARMS) {
    event.createAlarm({ type: ICalAlarmType.display, triggerBefore, description: session.title ?? UNTITLED });
  }
}
