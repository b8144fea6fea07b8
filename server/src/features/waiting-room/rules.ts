import { TelevisitError } from '@televisit/shared/errors';
import { isInterrupted } from '../../domain/attendance.ts';
import { change } from '../../domain/change.ts';
import type { Actor, SessionFact } from '../../domain/events.ts';
import { requireOpen } from '../../domain/lifecycle.ts';
import { actorOf, requireMember, requireSeat, type ActorRef } from '../../domain/people.ts';
import type { Command } from '../../domain/session-changes.ts';
import {
  isHost,
  isInside,
  isOver,
  notWaiting,
  seatIndex,
  type Seat,
  type Session,
} from '../../domain/session.ts';
import type { SessionChange } from '../../domain/session-store.ts';

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
  return withSeat(session, seat, {}, now, { type: 'participant', seat });
}

/** Admits a waiting participant. @throws {TelevisitError} `not_waiting` */
export function admit(session: Session, seat: number, by: Actor, now: number): SessionChange {
  requireWaiting(session, seat);
  return withSeat(session, seat, { admittedAt: now }, now, by, { type: 'participant.admitted', seat });
}

/** Declines a waiting participant, who may ask again. @throws {TelevisitError} `not_waiting` */
export function decline(session: Session, seat: number, by: Actor, now: number): SessionChange {
  requireWaiting(session, seat);
  return withSeat(session, seat, {}, now, by, { type: 'participant.declined', seat });
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

/** Ends the wait of a participant, if they wait, and changes their seat. */
function withSeat(
  session: Session,
  place: number,
  patch: Partial<Seat>,
  now: number,
  by: Actor,
  ...facts: SessionFact[]
): SessionChange {
  const seats = session.seats.map((seat, index) =>
    index === place ? { ...notWaiting(seat, now), ...patch } : seat,
  );
  return change(session, { seats }, now, by, ...facts);
}

/** Commands for `Sessions.apply`. */
export const waitingCommands = {
  /**
   * Records that a person waits. Does nothing if they already do.
   * @throws {TelevisitError} `session_over`, `not_open_yet`, `removed`
   */
  wait:
    (userId: string): Command =>
    (session, now) => {
      requireMember(session, userId);
      requireOpen(session, now);
      return wait(session, seatIndex(session, userId), now);
    },

  /** Records that a person no longer waits. Idempotent. */
  stopWaiting:
    (userId: string): Command =>
    (session, now) =>
      stopWaiting(session, seatIndex(session, userId), now),

  /** Admits a waiting person. @throws {TelevisitError} `participant_not_found`, `not_waiting` */
  admit:
    (userId: string, by: ActorRef): Command =>
    (session, now) =>
      admit(session, requireSeat(session, userId), actorOf(session, by), now),

  /** Declines a waiting person for now. @throws {TelevisitError} `participant_not_found`, `not_waiting` */
  decline:
    (userId: string, by: ActorRef): Command =>
    (session, now) =>
      decline(session, requireSeat(session, userId), actorOf(session, by), now),
};
