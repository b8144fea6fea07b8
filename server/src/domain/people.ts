import { TelevisitError } from '@televisit/shared/errors';
import type { LeaveReason } from '@televisit/shared/vocabulary';
import { withoutPerson } from './meetings.ts';
import { leave, leftFact } from './attendance.ts';
import { change } from './change.ts';
import type { Actor, SessionFact } from './events.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, notWaiting, seatIndex, type Seat, type SeatNotice, type Session } from './session.ts';

/**
 * Seats, removal and erasure. Pure functions: callers store the returned change; null means that nothing changes.
 */

/** Returns the index of a user's seat. @throws {TelevisitError} `participant_not_found` */
export function requireSeat(session: Session, userId: string): number {
  const seat = seatIndex(session, userId);
  if (seat < 0) throw new TelevisitError('participant_not_found');
  return seat;
}

/** Returns a person as webhook events name them. */
export function eventPerson({ seats }: Session, seat: number): Pick<Seat, 'userId' | 'role'> {
  const found = seats[seat];
  if (!found) throw new Error(`There is no seat ${seat}.`);
  return { userId: found.userId, role: found.role };
}

/** @throws {TelevisitError} `removed` if the user has no seat, or was removed */
export function requireMember(session: Session, userId: string): void {
  if (session.seats[seatIndex(session, userId)]?.removedAt !== null) throw new TelevisitError('removed');
}

/** What a join link states of its holder: the user id, and the version of the seat's links. */
export interface LinkHolder {
  readonly sub: string;
  readonly ver: number;
}

/** Checks that a link is not void. @throws {TelevisitError} `token_revoked` */
export function requireLink(session: Session, { sub, ver }: LinkHolder): void {
  const seat = session.seats[seatIndex(session, sub)];
  if (seat && seat.linkVersion !== ver) throw new TelevisitError('token_revoked');
}

/** Identifies an actor, or the participant with this user id. */
export type ActorRef = Actor | { readonly userId: string };

/** Returns the actor that a reference identifies. */
export function actorOf(session: Session, by: ActorRef): Actor {
  return 'type' in by ? by : { type: 'participant', seat: seatIndex(session, by.userId) };
}

/** Removes a participant permanently. @throws {TelevisitError} `session_closed` */
export function remove(session: Session, seat: number, by: Actor, now: number): SessionChange | null {
  if (session.seats[seat]?.removedAt !== null) return null;
  if (isOver(session)) throw new TelevisitError('session_closed');
  // A host removes a person who is present, who needs no message about it.
  const told = by.type === 'backend' ? withdrawal(session, seat) : [];
  const notices = [...session.notices, ...numbered(session, told)];
  const fact = { type: 'participant.removed', seat } as const;
  return withoutSeat({ ...session, notices }, seat, { removedAt: now }, fact, by, now);
}

/** A message about a seat, without the version that requires it. */
export type Notice = Omit<SeatNotice, 'number'>;

/** Returns notices that the next version of a session requires. */
export function numbered({ version }: Session, notices: readonly Notice[]): readonly SeatNotice[] {
  return notices.map((notice) => ({ ...notice, number: version + 1 }));
}

/** Returns the notice for a person who is removed, if they have an address or a number. */
export function withdrawal({ seats }: Session, seat: number): readonly Notice[] {
  return isReachable(seats[seat]) ? [{ seat, kind: 'withdrawn', address: null }] : [];
}

/** Whether a person has an e-mail address or a number for text messages. */
export function isReachable(seat: Seat | undefined): boolean {
  return seat !== undefined && (seat.email !== null || seat.phone !== null);
}

/**
 * Erases the personal data of a user: a pseudonym replaces the user id, and the seat is removed if the visit is not
 * over. The history refers to the seat and stays correct.
 */
export function erase(
  session: Session,
  userId: string,
  pseudonym: string,
  by: Actor,
  now: number,
): SessionChange | null {
  const seat = seatIndex(session, userId);
  const old = session.seats[seat];
  if (!old) return null;
  const erased: Partial<Seat> = {
    userId: pseudonym,
    displayName: null,
    email: null,
    phone: null,
    smsOptOut: false,
    pushOptOut: false,
    language: null,
    timeZone: null,
    removedAt: old.removedAt ?? (isOver(session) ? null : now),
    unrecordedBefore: now,
  };
  const silent = {
    ...session,
    feedback: session.feedback.map((given) => (given.seat === seat ? { ...given, comment: null } : given)),
    // The notes may refer to any participant.
    hostNotes: null,
    // A digest of a request that contains the user id could confirm a guess. The key stays reserved.
    idempotency: session.idempotency && { ...session.idempotency, fingerprint: '' },
    notices: session.notices.filter((notice) => notice.seat !== seat),
    meetings: withoutPerson(session.meetings, old.userId),
    // One of them may be this person.
    visitors: session.visitors.map((visitor) => ({ ...visitor, name: null })),
  };
  return withoutSeat(silent, seat, erased, { type: 'user.erased', seat }, by, now);
}

/** Changes a seat and closes the attendance of its participant in one change. */
function withoutSeat(
  session: Session,
  seat: number,
  patch: Partial<Seat>,
  fact: SessionFact,
  by: Actor,
  now: number,
): SessionChange {
  const { session: next, facts } = sentOut(session, seat, 'removed', by, now);
  const seats = next.seats.map((one, index) => (index === seat ? { ...one, ...patch } : one));
  return change(session, { seats, intervals: next.intervals }, now, by, ...facts, fact);
}

/** Returns a session in which a participant neither is present nor waits, with the event of their departure, if any. */
export function sentOut(
  session: Session,
  seat: number,
  reason: LeaveReason,
  by: Actor,
  now: number,
): { readonly session: Session; readonly facts: readonly SessionFact[] } {
  const left = leave(session, seat, { at: now, reason }, by, now);
  const intervals = left?.next.intervals ?? session.intervals;
  const seats = session.seats.map((one, index) => (index === seat ? notWaiting(one, now) : one));
  return { session: { ...session, seats, intervals }, facts: left ? [leftFact(intervals, seat)] : [] };
}
