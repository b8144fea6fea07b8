import { TelevisitError } from '@televisit/shared/errors';
import { change } from '../../domain/change.ts';
import type { Actor } from '../../domain/events.ts';
import { actorOf, type ActorRef } from '../../domain/people.ts';
import type { Command } from '../../domain/session-changes.ts';
import type { SessionChange } from '../../domain/session-store.ts';
import { isOver, type Session } from '../../domain/session.ts';

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

/** Commands for `Sessions.apply`. */
export const moderationCommands = {
  /** Locks or unlocks a visit. Idempotent. @throws {TelevisitError} `session_over` */
  setLocked:
    (locked: boolean, by: ActorRef): Command =>
    (session, now) =>
      setLocked(session, locked, actorOf(session, by), now),
};
