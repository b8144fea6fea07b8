import { TelevisitError } from '@televisit/shared/errors';
import type { Role } from '@televisit/shared/vocabulary';
import { change } from './change.ts';
import { SYSTEM, type Actor, type SessionFact } from './events.ts';
import { isReachable, numbered, requireSeat, sentOut, withdrawal, type Notice } from './people.ts';
import type { Command } from './session-changes.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, newSeat, seatIndex, type Seat, type Session } from './session.ts';

/**
 * Changes of the people of a visit. A link is valid for one version of a seat: a change that may concern another person, or
 * another address, increases it, which voids all former links and disconnects the pages that use them. Pure functions:
 * callers store the returned change; null means that nothing changes.
 */

/** The maximum number of seats, removed ones included: those of a new session, and as many again. */
export const MAX_SEATS = 204;

/** What is known of a person. Undefined fields keep their value, or are null in a new seat. */
export type PersonDetails = Partial<
  Pick<Seat, 'displayName' | 'email' | 'phone' | 'smsOptOut' | 'language' | 'timeZone'>
>;

/** A change in progress. */
interface Draft {
  readonly session: Session;
  readonly facts: readonly SessionFact[];
  readonly notices: readonly Notice[];
}

/**
 * Adds a person, corrects their seat, or restores it after they were removed.
 * @throws {TelevisitError} `session_closed`, `too_many_seats`
 */
export function putSeat(
  session: Session,
  userId: string,
  role: Role,
  details: PersonDetails,
  by: Actor,
  now: number,
): SessionChange | null {
  const draft = begin(session);
  const place = seatIndex(session, userId);
  const seat = session.seats[place];
  if (!seat) return commit(added(draft, userId, role, details), session, by, now);
  if (seat.removedAt !== null) return commit(restored(draft, place, role, details), session, by, now);
  const changed = corrected(draft, place, role, details, by, now);
  return changed && commit(changed, session, by, now);
}

/**
 * Gives the role of a person to another one. The first is removed and keeps their attendance; a repetition changes nothing.
 * @throws {TelevisitError} `session_closed`, `participant_not_found`, `removed`, `seat_taken`, `too_many_seats`
 */
export function replaceSeat(
  session: Session,
  former: number,
  userId: string,
  details: PersonDetails,
  by: Actor,
  now: number,
): SessionChange | null {
  const draft = begin(session);
  const { role, removedAt } = session.seats[former] as Seat;
  const place = seatIndex(session, userId);
  const other = session.seats[place];
  const isThere = other?.removedAt === null;
  if (removedAt !== null && isThere && other.role === role) return null;
  if (removedAt !== null) throw new TelevisitError('removed');
  if (isThere) throw new TelevisitError('seat_taken');
  const without = withoutPerson(draft, former, by, now);
  const next = other
    ? restored(without, place, role, details)
    : added(without, userId, role, details, former);
  return commit(next, session, by, now);
}

/** Voids the links of a person and disconnects them; new links work. @throws {TelevisitError} `session_closed` */
export function revokeLinks(session: Session, place: number, by: Actor, now: number): SessionChange | null {
  const draft = begin(session);
  if (session.seats[place]?.removedAt !== null) return null;
  const voided = withoutLinks(draft, place, by, now);
  const told = {
    ...voided,
    facts: [...voided.facts, { type: 'participant.links_revoked', seat: place } as const],
  };
  return commit(invited(told, place), session, by, now);
}

/** Returns the command that records that the person of a seat wants no text messages, as their provider reports. */
export function optOutOf(place: number): Command {
  return wantsMessages(place, 'smsOptOut', false, SYSTEM);
}

/** Returns the command that records whether the person of a seat wants text messages, or push messages. */
export function wantsMessages(
  place: number,
  field: 'smsOptOut' | 'pushOptOut',
  wanted: boolean,
  by: Actor,
): Command {
  return (session, now) => {
    const seat = session.seats[place];
    if (isOver(session) || seat?.removedAt !== null || seat[field] === !wanted) return null;
    const seats = session.seats.map((one) => (one === seat ? { ...one, [field]: !wanted } : one));
    const fact = { type: 'participant.updated', seat: place, fields: [field] } as const;
    return change(session, { seats }, now, by, fact);
  };
}

function begin(session: Session): Draft {
  if (isOver(session)) throw new TelevisitError('session_closed');
  return { session, facts: [], notices: [] };
}

function commit(
  { session: { seats, intervals }, facts, notices }: Draft,
  session: Session,
  by: Actor,
  now: number,
): SessionChange {
  const patch = { seats, intervals, notices: [...session.notices, ...numbered(session, notices)] };
  return change(session, patch, now, by, ...facts);
}

function added(draft: Draft, userId: string, role: Role, details: PersonDetails, replaces?: number): Draft {
  const { seats } = draft.session;
  if (seats.length >= MAX_SEATS) throw new TelevisitError('too_many_seats');
  const seat = newSeat({ displayName: null, email: null, ...details, userId, role });
  const place = seats.length;
  const fact = {
    type: 'participant.added',
    seat: place,
    ...(replaces === undefined ? {} : { replaces }),
  } as const;
  const session = { ...draft.session, seats: [...seats, seat] };
  return invited({ ...draft, session, facts: [...draft.facts, fact] }, place);
}

/** The person is admitted again like a new one, and former links stay void. */
function restored(draft: Draft, place: number, role: Role, details: PersonDetails): Draft {
  const next = withSeat(draft, place, (seat) => ({
    ...seat,
    ...details,
    role,
    removedAt: null,
    admittedAt: null,
    linkVersion: seat.linkVersion + 1,
  }));
  return invited({ ...next, facts: [...next.facts, { type: 'participant.restored', seat: place }] }, place);
}

/** @returns null if nothing changes */
function corrected(
  draft: Draft,
  place: number,
  role: Role,
  details: PersonDetails,
  by: Actor,
  now: number,
): Draft | null {
  const before = draft.session.seats[place] as Seat;
  const given = { role, ...details };
  const fields = (Object.keys(given) as (keyof typeof given)[]).filter(
    (name) => given[name] !== before[name],
  );
  if (fields.length === 0) return null;
  const isMailMoved = fields.includes('email');
  const isPhoneMoved = fields.includes('phone');
  // The former address or number may be that of another person, who has a link.
  const isTaken = (isMailMoved && before.email !== null) || (isPhoneMoved && before.phone !== null);
  const isVoid = fields.includes('role') || isTaken;
  const voided = isVoid ? withoutLinks(draft, place, by, now) : draft;
  const next = withSeat(voided, place, (seat) => ({ ...seat, ...given }));
  const told: Draft = {
    ...next,
    facts: [...next.facts, { type: 'participant.updated', seat: place, fields }],
    notices:
      isMailMoved && before.email !== null
        ? [...next.notices, { seat: place, kind: 'withdrawn', address: before.email }]
        : next.notices,
  };
  return isMailMoved || isPhoneMoved || isVoid ? invited(told, place) : told;
}

function withoutPerson(draft: Draft, place: number, by: Actor, now: number): Draft {
  const { session, facts } = sentOut(draft.session, place, 'removed', by, now);
  const next = withSeat({ ...draft, session }, place, (seat) => ({ ...seat, removedAt: now }));
  return {
    ...next,
    facts: [...draft.facts, ...facts, { type: 'participant.removed', seat: place }],
    notices: [...next.notices, ...withdrawal(session, place)],
  };
}

/** The person may come back at once with a new link. */
function withoutLinks(draft: Draft, place: number, by: Actor, now: number): Draft {
  const { session, facts } = sentOut(draft.session, place, 'dismissed', by, now);
  const next = { ...draft, session, facts: [...draft.facts, ...facts] };
  return withSeat(next, place, (seat) => ({ ...seat, linkVersion: seat.linkVersion + 1 }));
}

function withSeat(draft: Draft, place: number, map: (seat: Seat) => Seat): Draft {
  const { session } = draft;
  const seats = session.seats.map((seat, index) => (index === place ? map(seat) : seat));
  return { ...draft, session: { ...session, seats } };
}

function invited(draft: Draft, place: number): Draft {
  if (!isReachable(draft.session.seats[place])) return draft;
  return { ...draft, notices: [...draft.notices, { seat: place, kind: 'invited', address: null }] };
}

/** Commands for `Sessions.apply`. */
export const seatCommands = {
  /** @throws {TelevisitError} as `putSeat` */
  put:
    (userId: string, role: Role, details: PersonDetails, by: Actor): Command =>
    (session, now) =>
      putSeat(session, userId, role, details, by, now),

  /** @throws {TelevisitError} as `replaceSeat` */
  replace:
    (former: string, userId: string, details: PersonDetails, by: Actor): Command =>
    (session, now) =>
      replaceSeat(session, requireSeat(session, former), userId, details, by, now),

  /** @throws {TelevisitError} `session_closed`, `participant_not_found` */
  revokeLinks:
    (userId: string, by: Actor): Command =>
    (session, now) =>
      revokeLinks(session, requireSeat(session, userId), by, now),
};
