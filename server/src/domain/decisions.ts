import { intervalsOf } from './attendance.ts';
import { isInside, type Session } from './session.ts';

/** Who was in at an earlier version of a session, has been made to leave since, by whomever, and has not come back. */
export function dismissed(before: Session, after: Session): readonly string[] {
  return after.seats
    .filter((_, seat) => isInside(before, seat) && intervalsOf(after, seat).at(-1)?.reason === 'dismissed')
    .map(({ userId }) => userId);
}
