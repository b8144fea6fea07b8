import { TelevisitError } from '@televisit/shared/errors';
import { leave, leftFact } from './attendance.ts';
import { change } from './change.ts';
import type { Actor, SessionFact } from './events.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, notWaiting, seatIndex, type Seat, type Session } from './session.ts';

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
  return withoutSeat(session, seat, { removedAt: now }, { type: 'participant.removed', seat }, by, now);
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
    language: null,
    timeZone: null,
    removedAt: old.removedAt ?? (isOver(session) ? null : now),
  };
  const silent = {
    ...session,
    feedback: session.feedback.map((given) => (given.seat === seat ? { ...given, comment: null } : given)),
    // The notes may refer to any participant.
    hostNotes: null,
    // A digest of a request that contains the user id could confirm a guess. The key stays reserved.
    idempotency: session.idempotency && { ...session.idempotency, fingerprint: '' },
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
  const left = leave(session, seat, { at: now, reason: 'removed' }, by, now);
  const seats = session.seats.map((one, index) =>
    index === seat ? { ...notWaiting(one, now), ...patch } : one,
  );
  const intervals = left?.next.intervals ?? session.intervals;
  const facts: SessionFact[] = [fact];
  if (left) facts.unshift(leftFact(intervals, seat));
  return change(session, { seats, intervals }, now, by, ...facts);
}
