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
  /** The address of a visit's page, where it is to stand in the calendar; it never holds a token. */
  readonly pageOf: ((session: Session) => string) | null;
  /** Who invites; the same as in mail, so that a calendar knows a visit again. */
  readonly organizer: CalendarPerson;
}

const PRODUCT = { company: 'Televisit', product: 'Televisit' };
const UNTITLED = 'Video visit';
/** How long before a visit a calendar reminds of it, in seconds. */
const ALARMS = [24 * 60 * 60, 15 * 60];

/**
 * Visits as iCalendar (RFC 5545) in UTC, which every calendar shows in its owner's zone. A title is all it says: names,
 * the description and tokens would travel to whoever hosts that calendar.
 */
export function visitCalendar(sessions: readonly Session[], { pageOf, organizer }: CalendarOptions): string {
  const [only, ...others] = sessions;
  const cancelled = only?.status === 'cancelled' && others.length === 0;
  const calendar = ical({
    prodId: PRODUCT,
    // A feed tells of cancelled visits by their status; a file about one withdraws it (RFC 5546, 3.2.5).
    method: cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.PUBLISH,
  });
  for (const session of sessions) {
    const event = addEvent(calendar, session, UNTITLED);
    setOrganizer(event, organizer);
    if (pageOf) event.url(pageOf(session));
  }
  return calendar.toString();
}

export interface InvitationOptions {
  readonly organizer: CalendarPerson;
  readonly attendee: CalendarPerson;
  /** What a visit without a title is called. */
  readonly untitled: string;
}

export interface CalendarPerson {
  readonly name: string | null;
  readonly address: string;
}

/** The method of an invitation by mail (RFC 5546, 3.2): it asks somebody to come, or takes that back. */
export function invitationMethod({ status }: Pick<Session, 'status'>): 'REQUEST' | 'CANCEL' {
  return status === 'cancelled' ? 'CANCEL' : 'REQUEST';
}

/** One visit as the invitation of one person (RFC 6047); the same UID and a greater SEQUENCE replace it. */
export function invitationCalendar(
  session: Session,
  { organizer, attendee, untitled }: InvitationOptions,
): string {
  const calendar = ical({ prodId: PRODUCT, method: ICalCalendarMethod[invitationMethod(session)] });
  const event = addEvent(calendar, session, untitled);
  setOrganizer(event, organizer);
  event.createAttendee({
    email: attendee.address,
    ...(attendee.name === null ? {} : { name: parameter(attendee.name) }),
    role: ICalAttendeeRole.REQ,
    // Whether somebody comes is agreed on elsewhere.
    status: ICalAttendeeStatus.ACCEPTED,
    rsvp: false,
  });
  return calendar.toString();
}

function setOrganizer(event: ICalEvent, { name, address }: CalendarPerson): void {
  event.organizer({ name: parameter(name ?? address), email: address });
}

/** A name as the value of a parameter, where neither a quote nor a line break nor an escape may stand (RFC 5545, 3.2). */
function parameter(name: string): string {
  return name
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replaceAll(/\p{Cc}+/gu, ' ');
}

function addEvent(calendar: ReturnType<typeof ical>, session: Session, untitled: string): ICalEvent {
  const cancelled = session.status === 'cancelled';
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
