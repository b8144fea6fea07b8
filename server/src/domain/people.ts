import { TelevisitError } from '@televisit/shared/errors';
import { leave } from './attendance.ts';
import { leftFact } from './attendance-facts.ts';
import { change } from './change.ts';
import type { Actor, SessionFact } from './events.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, seatIndex, type Seat, type Session } from './session.ts';

/** What happens to the people of a visit beside coming and going. Pure; null means that there is nothing to change. */

/** The place of a person's seat. @throws TelevisitError `participant_not_found` */
export function requireSeat(session: Session, userId: string): number {
  const seat = seatIndex(session, userId);
  if (seat < 0) throw new TelevisitError('participant_not_found');
  return seat;
}

/** The person is out and may not return. @throws TelevisitError `session_closed` */
export function remove(session: Session, seat: number, by: Actor, now: number): SessionChange | null {
  if (session.seats[seat]?.removedAt !== null) return null;
  if (isOver(session)) throw new TelevisitError('session_closed');
  return withoutSeat(
    session,
    seat,
    { removedAt: now, waitingSince: null },
    { type: 'participant.removed', seat },
    by,
    now,
  );
}

/** Stars and a comment, once for each person, also when the visit is over. @throws TelevisitError `feedback_given` */
export function giveFeedback(
  session: Session,
  seat: number,
  { rating, comment }: { rating: number; comment: string | null },
  by: Actor,
  now: number,
): SessionChange {
  if (session.feedback.some((given) => given.seat === seat)) throw new TelevisitError('feedback_given');
  const feedback = [...session.feedback, { seat, rating, comment, at: now }];
  return change(session, { feedback }, now, by, { type: 'feedback.submitted', seat, rating });
}

/**
 * Nothing personal stays of somebody: a pseudonym takes the place of the id, and a seat of a visit that is not over is
 * lost. What the history says of the seat stays true.
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
    waitingSince: null,
  };
  const silent = {
    ...session,
    feedback: session.feedback.map((given) => (given.seat === seat ? { ...given, comment: null } : given)),
    // Nobody can tell whom the notes speak of.
    hostNotes: null,
    // A digest of the request that named the person would confirm a guess; the key stays taken.
    idempotency: session.idempotency && { ...session.idempotency, fingerprint: '' },
  };
  return withoutSeat(silent, seat, erased, { type: 'user.erased', seat }, by, now);
}

/** Changes a seat and takes its person out of the visit, in one version. */
function withoutSeat(
  session: Session,
  seat: number,
  patch: Partial<Seat>,
  fact: SessionFact,
  by: Actor,
  now: number,
): SessionChange {
  const left = leave(session, seat, { at: now, reason: 'removed' }, by, now);
  const seats = session.seats.map((one, index) => (index === seat ? { ...one, ...patch } : one));
  const intervals = left?.next.intervals ?? session.intervals;
  const facts: SessionFact[] = [fact];
  if (left) facts.unshift(leftFact(intervals, seat));
  return change(session, { seats, intervals }, now, by, ...facts);
}
