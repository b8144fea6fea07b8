import { intervalsOf } from './attendance.ts';
import { isInside, seatIndex, type Session } from './session.ts';

/** Who was in at an earlier version of a session, has been made to leave since, by whomever, and has not come back. */
export function dismissed(before: Session, after: Session): readonly string[] {
  return after.seats
    .filter((_, seat) => isInside(before, seat) && intervalsOf(after, seat).at(-1)?.reason === 'dismissed')
    .map(({ userId }) => userId);
}

/** Whether somebody has left only because their connection is thought to be lost. */
export function isTakenForGone(session: Session, userId: string): boolean {
  const last = intervalsOf(session, seatIndex(session, userId)).at(-1);
  return last !== undefined && last.leftAt !== null && last.reason === 'connection_lost';
}
