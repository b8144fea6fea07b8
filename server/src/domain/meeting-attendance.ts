import { change, type Caused } from './change.ts';
import { SYSTEM, type SessionFact } from './events.ts';
import { expiryOf } from './lifecycle.ts';
import type { Attendee, MeetingEvent } from './meeting-events.ts';
import type { Meeting } from './meeting.ts';
import { meetingOf } from './meeting-steps.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, seatIndex, type Interval, type Session, type Visitor } from './session.ts';

/**
 * The attendance of meetings at other providers. Events come late, twice and in any order, so it is derived from all events
 * of a meeting at once: the order of their arrival makes no difference.
 */

/** A period for which a person was in a meeting. */
interface Presence {
  readonly person: Attendee;
  readonly joinedAt: number;
  /** Null while the person is in. */
  readonly leftAt: number | null;
}

/** The limit of periods per person, and of unknown people. */
const MAX_PERIODS = 100;
/** Why the end of a visit is worked out again when its attendance changes afterwards. */
const BY_ATTENDANCE: readonly Session['endReason'][] = ['no_show', 'host_absent', 'empty', 'window_closed'];

/**
 * Derives the attendance of one meeting from all its events.
 * @param generation identifies the meeting
 * @returns null if the session says so already
 */
export function applyMeetingEvents(
  session: Session,
  generation: number,
  events: readonly MeetingEvent[],
  now: number,
): SessionChange | null {
  const meeting = meetingOf(session, generation);
  if (!meeting) return null;
  const presences = presencesOf(events.map((event) => ({ ...event, at: clamped(session, event.at, now) })));
  const seated = new Map<number, Presence[]>();
  const strangers: Visitor[] = [];
  for (const presence of presences) {
    const seat = seatFor(session, meeting, presence.person);
    if (seat === -1) strangers.push(visitorOf(session, generation, presence));
    else seated.set(seat, [...(seated.get(seat) ?? []), presence]);
  }
  const mine = [...seated].flatMap(([seat, own]) =>
    merged(own).flatMap((presence) => intervalOf(session, seat, generation, presence) ?? []),
  );
  const others = session.intervals.filter((interval) => interval.meeting !== generation);
  const intervals = [...others, ...mine].sort((left, right) => left.joinedAt - right.joinedAt);
  const visitors = [
    ...session.visitors.filter((visitor) => visitor.generation !== generation),
    ...strangers.slice(0, MAX_PERIODS),
  ];
  const began = Math.min(
    ...events.filter(({ type }) => type === 'started' || type === 'joined').map(({ at }) => at),
  );
  return changed(session, { intervals, visitors }, clamped(session, began, now), now);
}

function changed(
  session: Session,
  attendance: Pick<Session, 'intervals' | 'visitors'>,
  began: number,
  now: number,
): SessionChange | null {
  const starts = Number.isFinite(began) && session.status !== 'cancelled';
  const startedAt = starts ? Math.min(began, session.startedAt ?? began) : session.startedAt;
  const next = { ...session, ...attendance, startedAt };
  const isSame =
    startedAt === session.startedAt &&
    JSON.stringify([session.intervals, session.visitors]) === JSON.stringify(Object.values(attendance));
  if (isSame) return null;
  if (isOver(session)) {
    const isDerived = BY_ATTENDANCE.includes(session.endReason);
    const endReason = isDerived ? expiryOf(next) : session.endReason;
    // Before report.ready, backends have not read the report.
    const facts: SessionFact[] = session.dueAt === null ? [{ type: 'report.updated' }] : [];
    return change(session, { ...attendance, startedAt, endReason }, now, SYSTEM, ...facts);
  }
  const started: Caused[] = starts && session.status === 'scheduled' ? [{ type: 'meeting.started' }] : [];
  return change(
    session,
    { ...attendance, startedAt, ...(starts ? { status: 'live' as const } : {}) },
    now,
    SYSTEM,
    ...started,
    ...attendanceFacts(session, attendance.intervals),
  );
}

/** Limits the time of an event: the provider's clock may be ahead, and no event precedes the session. */
function clamped({ createdAt }: Session, at: number, now: number): number {
  return Number.isFinite(at) ? Math.max(createdAt, Math.min(at, now)) : at;
}

/** Returns who was in when, in the order of joining. */
function presencesOf(events: readonly MeetingEvent[]): readonly Presence[] {
  const open = new Map<string, Presence>();
  const closed: Presence[] = [];
  const close = (id: string, leftAt: number) => {
    const presence = open.get(id);
    if (!presence) return;
    open.delete(id);
    closed.push({ ...presence, leftAt });
  };
  for (const event of inOrder(events)) {
    switch (event.type) {
      case 'joined':
        if (!open.has(event.stay.id)) {
          open.set(event.stay.id, { person: event.stay.person, joinedAt: event.at, leftAt: null });
        }
        break;
      case 'left':
        close(event.stay.id, event.at);
        break;
      case 'present':
        for (const id of [...open.keys()]) if (!event.stays.includes(id)) close(id, event.at);
        break;
      case 'emptied':
        for (const id of [...open.keys()]) close(id, event.at);
        break;
      case 'started':
        break;
    }
  }
  return [...closed, ...open.values()].sort((left, right) => left.joinedAt - right.joinedAt);
}

const RANK = { started: 0, joined: 1, present: 2, left: 3, emptied: 4 } as const;

/** Orders events by their own times. Ties are ordered, too, so that the order of arrival makes no difference. */
function inOrder(events: readonly MeetingEvent[]): readonly MeetingEvent[] {
  return events.toSorted(
    (left, right) =>
      left.at - right.at || RANK[left.type] - RANK[right.type] || (left.key < right.key ? -1 : 1),
  );
}

/** Joins periods that overlap: a person with two devices, or one reported by webhook and by record. */
function merged(presences: readonly Presence[]): readonly Presence[] {
  const result: Presence[] = [];
  for (const presence of presences) {
    const last = result.at(-1);
    if (last && presence.joinedAt <= (last.leftAt ?? Infinity)) {
      const leftAt =
        last.leftAt === null || presence.leftAt === null ? null : Math.max(last.leftAt, presence.leftAt);
      result[result.length - 1] = { ...last, leftAt };
    } else if (result.length < MAX_PERIODS) {
      result.push(presence);
    }
  }
  return result;
}

/** Returns the interval of a presence, within the visit; null if it is entirely after its end. */
function intervalOf(
  { endedAt }: Session,
  seat: number,
  meeting: number,
  { joinedAt, leftAt }: Presence,
): Interval | null {
  const isCut = endedAt !== null && (leftAt === null || leftAt > endedAt);
  if (endedAt !== null && joinedAt >= endedAt) return null;
  return {
    seat,
    meeting,
    joinedAt,
    leftAt: isCut ? endedAt : leftAt,
    reason: isCut ? 'session_ended' : leftAt === null ? null : 'left',
    reconnects: 0,
    quality: { sent: null, received: null },
    impairedMs: 0,
  };
}

function visitorOf({ endedAt }: Session, generation: number, presence: Presence): Visitor {
  const { person, joinedAt, leftAt } = presence;
  return { generation, name: person.name ?? null, joinedAt, leftAt: leftAt ?? endedAt };
}

/** Returns the seat of a person, or -1: by our own id, then by what identifies them, then by an unmistakable name. */
export function seatFor(session: Session, { data }: Pick<Meeting, 'data'>, person: Attendee): number {
  const { userId, reference, email, name } = person;
  if (userId !== undefined) return seatIndex(session, userId);
  if (reference !== undefined) {
    const key = Object.keys(data).find((one) => one.startsWith('person:') && data[one] === reference);
    if (key !== undefined) return seatIndex(session, key.slice('person:'.length));
  }
  const only = (matches: (seat: Session['seats'][number]) => boolean) => {
    const found = session.seats.flatMap((seat, index) => (matches(seat) ? index : []));
    return found.length === 1 ? (found[0] as number) : -1;
  };
  const folded = (text: string) => text.normalize('NFKC').trim().toLowerCase();
  if (email) {
    const seat = only((one) => one.email !== null && folded(one.email) === folded(email));
    if (seat !== -1) return seat;
  }
  if (!name) return -1;
  return only((one) => one.displayName !== null && folded(one.displayName) === folded(name));
}

/** Returns the events of people joining and leaving that the session has not recorded yet. */
function attendanceFacts(session: Session, intervals: readonly Interval[]): Caused[] {
  const before = new Map(session.intervals.map((interval) => [keyOf(interval), interval]));
  const counts = new Map<number, number>();
  const facts: { at: number; fact: Caused }[] = [];
  for (const { seat, joinedAt, leftAt, reason, reconnects, ...rest } of intervals) {
    const number = (counts.get(seat) ?? 0) + 1;
    counts.set(seat, number);
    const known = before.get(keyOf({ seat, joinedAt, ...rest }));
    const by = { type: 'participant', seat } as const;
    if (!known) {
      const interval = { number, joinedAt, reconnects };
      facts.push({ at: joinedAt, fact: { type: 'participant.joined', seat, interval, by } });
    }
    if (leftAt !== null && reason !== null && known?.leftAt !== leftAt) {
      const interval = { number, joinedAt, leftAt, reconnects };
      facts.push({ at: leftAt, fact: { type: 'participant.left', seat, reason, interval, by } });
    }
  }
  return facts.sort((left, right) => left.at - right.at).map(({ fact }) => fact);
}

function keyOf({ seat, joinedAt, meeting }: Pick<Interval, 'seat' | 'joinedAt' | 'meeting'>): string {
  return `${meeting}.${seat}.${joinedAt}`;
}
