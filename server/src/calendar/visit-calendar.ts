import ical, {
  ICalAlarmType,
  ICalAttendeeRole,
  ICalAttendeeStatus,
  ICalCalendarMethod,
  ICalEventStatus,
  type ICalEvent,
} from 'ical-generator';
import type { Session } from '../domain/session.ts';

export interface CalendarOptions {
  /** Returns the address of a visit's page, without a token; null to leave it out. */
  readonly pageOf: ((session: Session) => string) | null;
  /** The same organizer as in e-mails, so that calendars recognize a visit. */
  readonly organizer: CalendarPerson;
}

const PRODUCT = { company: 'Televisit', product: 'Televisit' };
const UNTITLED = 'Video visit';
/** How long before a visit calendars show an alarm, in seconds. */
const ALARMS = [24 * 60 * 60, 15 * 60];

/**
 * Writes visits as iCalendar (RFC 5545) in UTC, which calendars show in their own time zone. Contains titles only: the
 * calendar's provider must not learn names, descriptions or tokens.
 */
export function visitCalendar(sessions: readonly Session[], { pageOf, organizer }: CalendarOptions): string {
  const [only, ...others] = sessions;
  const cancelled = only?.status === 'cancelled' && others.length === 0;
  const calendar = ical({
    prodId: PRODUCT,
    // A feed marks cancelled visits by their status; a file about one visit removes it (RFC 5546, 3.2.5).
    method: cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.PUBLISH,
  });
  for (const session of sessions) {
    const event = addEvent(calendar, session, UNTITLED, session.status === 'cancelled');
    setOrganizer(event, organizer);
    if (pageOf) event.url(pageOf(session));
  }
  return calendar.toString();
}

export interface InvitationOptions {
  /** Invites the person, or withdraws that (RFC 5546, 3.2). */
  readonly method: 'REQUEST' | 'CANCEL';
  readonly organizer: CalendarPerson;
  readonly attendee: CalendarPerson;
  /** The summary of a visit without a title. */
  readonly untitled: string;
}

export interface CalendarPerson {
  readonly name: string | null;
  readonly address: string;
}

/** Writes the invitation of one person to a visit (RFC 6047). A later one with the same UID and a greater SEQUENCE replaces it. */
export function invitationCalendar(
  session: Session,
  { method, organizer, attendee, untitled }: InvitationOptions,
): string {
  const calendar = ical({ prodId: PRODUCT, method: ICalCalendarMethod[method] });
  const event = addEvent(calendar, session, untitled, method === 'CANCEL');
  setOrganizer(event, organizer);
  event.createAttendee({
    email: attendee.address,
    ...(attendee.name === null ? {} : { name: parameter(attendee.name) }),
    role: ICalAttendeeRole.REQ,
    // Attendance is agreed on elsewhere.
    status: ICalAttendeeStatus.ACCEPTED,
    rsvp: false,
  });
  return calendar.toString();
}

function setOrganizer(event: ICalEvent, { name, address }: CalendarPerson): void {
  event.organizer({ name: parameter(name ?? address), email: address });
}

/** Replaces the characters that a parameter value must not contain: quotes, control characters, backslashes (RFC 5545, 3.2). */
function parameter(name: string): string {
  return name
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replaceAll(/\p{Cc}+/gu, ' ');
}

function addEvent(
  calendar: ReturnType<typeof ical>,
  session: Session,
  untitled: string,
  cancelled: boolean,
): ICalEvent {
  const summary = session.title ?? untitled;
  const event = calendar.createEvent({
    id: `${session.sessionId}@televisit`,
    sequence: session.calendarSequence,
    stamp: new Date(session.updatedAt),
    created: new Date(session.createdAt),
    lastModified: new Date(session.updatedAt),
    start: new Date(session.scheduledAt),
    end: new Date(session.scheduledAt + session.durationMinutes * 60_000),
    summary,
    status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  });
  if (!cancelled) {
    for (const triggerBefore of ALARMS) {
      event.createAlarm({ type: ICalAlarmType.display, triggerBefore, description: summary });
    }
  }
  return event;
}
