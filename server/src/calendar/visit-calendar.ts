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
  /** The links to visits; null to leave them out. */
  readonly links: CalendarLinks | null;
  /** The name of a feed; null for a file about one visit. */
  readonly name: string | null;
  /** The same organizer as in e-mails, so that calendars recognize a visit. */
  readonly organizer: CalendarPerson;
}

export interface CalendarLinks {
  /** Whether they are a person's own, which the event shows wherever calendars look for a link. */
  readonly personal: boolean;
  /** Returns the link to a visit, if it has one. */
  readonly of: (session: Session) => string | null;
}

const PRODUCT = { company: 'Televisit', product: 'Televisit' };
const UNTITLED = 'Video visit';
/** How often calendars read a feed again (RFC 7986, 5.7), in seconds. */
const REFRESH_SECONDS = 60 * 60;
/** How long before a visit calendars show an alarm, in seconds. */
const ALARMS = [24 * 60 * 60, 15 * 60];

/**
 * Writes visits as iCalendar (RFC 5545) in UTC, which calendars show in their own time zone. Contains titles, and links only on
 * request: the calendar's provider must not learn names and descriptions.
 */
export function visitCalendar(
  sessions: readonly Session[],
  { links, name, organizer }: CalendarOptions,
): string {
  const [only, ...others] = sessions;
  const cancelled = only?.status === 'cancelled' && others.length === 0;
  const calendar = ical({
    prodId: PRODUCT,
    // A feed marks cancelled visits by their status; a file about one visit removes it (RFC 5546, 3.2.5).
    method: cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.PUBLISH,
    ...(name === null ? {} : { name, ttl: REFRESH_SECONDS }),
  });
  const conferences = new Map<string, string>();
  for (const session of sessions) {
    const event = addEvent(calendar, session, UNTITLED, session.status === 'cancelled');
    setOrganizer(event, organizer);
    const link = links?.of(session) ?? null;
    if (link === null) continue;
    if (links?.personal) conferences.set(...addPersonalLink(event, link));
    else event.url(link);
  }
  return inOrder(calendar.toString(), conferences);
}

export interface InvitationOptions {
  /** Invites the person, or withdraws that (RFC 5546, 3.2). */
  readonly method: 'REQUEST' | 'CANCEL';
  readonly organizer: CalendarPerson;
  readonly attendee: CalendarPerson;
  /** The person's own link to the visit; null to leave it out. */
  readonly link: string | null;
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
  { method, organizer, attendee, link, untitled }: InvitationOptions,
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
  const conferences = link === null ? [] : [addPersonalLink(event, link)];
  return inOrder(calendar.toString(), new Map(conferences));
}

/** Adds a person's own link. @returns the event's UID with the property that the library does not know (RFC 7986, 5.11) */
function addPersonalLink(event: ICalEvent, link: string): [uid: string, conference: string] {
  event.url(link);
  event.location(link);
  event.description(link);
  return [event.uid(), folded(`CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO:${link}`)];
}

/**
 * Moves the alarms of events behind the properties, as RFC 5545, 3.6.1 requires.
 * @param conferences a further property of events, with its line break, by UID
 */
function inOrder(calendar: string, conferences: ReadonlyMap<string, string>): string {
  return calendar.replaceAll(
    /(BEGIN:VEVENT\r\n)([\s\S]*?)(END:VEVENT\r\n)/g,
    (_, begin: string, body: string, end: string) => {
      const alarms = body.match(ALARM) ?? [];
      const conference = conferences.get(/^UID:(.+)\r$/m.exec(body)?.[1] ?? '') ?? '';
      return `${begin}${body.replaceAll(ALARM, '')}${conference}${alarms.join('')}${end}`;
    },
  );
}

const ALARM = /BEGIN:VALARM\r\n[\s\S]*?END:VALARM\r\n/g;

/** Folds a line of ASCII after 75 octets (RFC 5545, 3.1). */
function folded(line: string): string {
  return `${line.replaceAll(/(?<=^.{75}(?:.{74})*)(?=.)/g, '\r\n ')}\r\n`;
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
