import { TelevisitError } from '@televisit/shared/errors';
import { isInterrupted } from './attendance.ts';
import { change } from './change.ts';
import type { Actor, SessionFact } from './events.ts';
import { isHost, isInside, isOver, type Seat, type Session } from './session.ts';
import type { SessionChange } from './session-store.ts';

/** Rules of the waiting room. Pure functions: callers store the returned change; null means that nothing changes. */

/** The circumstances in which a participant wants to enter. */
export interface Arrival {
  /** Whether a host is in the visit. */
  readonly hostPresent: boolean;
  /** The grace period after a lost connection, in milliseconds. */
  readonly graceMs: number;
  readonly now: number;
}

/** Whether a participant who wants to enter has to wait. Hosts never do. */
export function mustWait(session: Session, seat: number, { hostPresent, graceMs, now }: Arrival): boolean {
  if (isHost(session, seat)) return false;
  const last = session.intervals.findLast((interval) => interval.seat === seat);
  if (last && isInterrupted(last, graceMs, now)) return false;
  const admittedAt = session.seats[seat]?.admittedAt ?? null;
  if (session.locked) {
    // Locking revokes unused admissions, so this one was granted while the visit was locked.
    return admittedAt === null || (last !== undefined && last.joinedAt >= admittedAt);
  }
  switch (session.options.waitingRoom) {
    case 'off':
      return false;
    case 'until-host':
      return !hostPresent;
    case 'admit':
      return admittedAt === null;
  }
}

/** Whether hosts admit participants individually; otherwise the arrival of a host admits all. */
export function needsAdmission(session: Session): boolean {
  return session.locked || session.options.waitingRoom === 'admit';
}

/**
 * Records that a participant waits. Does nothing if they already do.
 * @throws {TelevisitError} `session_over`, `removed`
 */
export function wait(session: Session, seat: number, now: number): SessionChange | null {
  if (isOver(session)) throw new TelevisitError('session_over');
  const { removedAt, waitingSince, firstWaitedAt } = seatAt(session, seat);
  if (removedAt !== null) throw new TelevisitError('removed');
  if (waitingSince !== null || isHost(session, seat) || isInside(session, seat)) return null;
  const patch: Partial<Seat> = { waitingSince: now, firstWaitedAt: firstWaitedAt ?? now };
  return withSeat(
    session,
    seat,
    patch,
    now,
    { type: 'participant', seat },
    { type: 'participant.waiting', seat },
  );
}

/** Records that a participant left the waiting room, or did not return to it. */
export function stopWaiting(session: Session, seat: number, now: number): SessionChange | null {
  if (session.seats[seat]?.waitingSince == null) return null;
  return withSeat(session, seat, { waitingSince: null }, now, { type: 'participant', seat });
}

/** Admits a waiting participant. @throws {TelevisitError} `not_waiting` */
export function admit(session: Session, seat: number, by: Actor, now: number): SessionChange {
  requireWaiting(session, seat);
  const patch: Partial<Seat> = { waitingSince: null, admittedAt: now };
  return withSeat(session, seat, patch, now, by, { type: 'participant.admitted', seat });
}

/** Declines a waiting participant, who may ask again. @throws {TelevisitError} `not_waiting` */
export function decline(session: Session, seat: number, by: Actor, now: number): SessionChange {
  requireWaiting(session, seat);
  return withSeat(session, seat, { waitingSince: null }, now, by, { type: 'participant.declined', seat });
}

/** Locks or unlocks a visit. Locking revokes unused admissions. @throws {TelevisitError} `session_over` */
export function setLocked(session: Session, locked: boolean, by: Actor, now: number): SessionChange | null {
  if (isOver(session)) throw new TelevisitError('session_over');
  if (session.locked === locked) return null;
  const seats = session.seats.map((seat, index) =>
    locked && isUnused(session, index) ? { ...seat, admittedAt: null } : seat,
  );
  return change(session, { locked, seats }, now, by, { type: locked ? 'room.locked' : 'room.unlocked' });
}

/** Whether a participant was admitted but has not entered since. */
function isUnused({ seats, intervals }: Session, place: number): boolean {
  const admittedAt = seats[place]?.admittedAt ?? null;
  return (
    admittedAt !== null && !intervals.some(({ seat, joinedAt }) => seat === place && joinedAt >= admittedAt)
  );
}

function requireWaiting(session: Session, seat: number): void {
  if (seatAt(session, seat).waitingSince === null) throw new TelevisitError('not_waiting');
}

/** Returns a seat. @throws {TelevisitError} `removed` if there is no such seat */
function seatAt(session: Session, seat: number): Seat {
  const found = session.seats[seat];
  if (!found) throw new TelevisitError('removed');
  return found;
}

function withSeat(
  session: Session,
  place: number,
  patch: Partial<Seat>,
  now: number,
  by: Actor,
  ...facts: SessionFact[]
): SessionChange {
  const seats = session.seats.map((seat, index) => (index === place ? { ...seat, ...patch } : seat));
  return change(session, { seats }, now, by, ...facts);
}
