import { intervalsOf, timeIn } from './attendance.ts';
import { isHost, type Seat, type Session } from './session.ts';

/** How long people waited: in the waiting room, or in the visit without a host. Pure functions; times in milliseconds. */

/** Whether a host, or anyone else, has come to the visit or its waiting room. */
export function hasCome(session: Session, host: boolean): boolean {
  return Number.isFinite(arrivalOf(session, host));
}

/** Returns when the first host, or the first guest, came to the visit or its waiting room; infinity if none did. */
function arrivalOf(session: Session, host: boolean): number {
  const { intervals, seats } = session;
  return Math.min(
    ...intervals.filter(({ seat }) => isHost(session, seat) === host).map(({ joinedAt }) => joinedAt),
    ...seats.flatMap(({ firstWaitedAt }, seat) =>
      firstWaitedAt !== null && isHost(session, seat) === host ? [firstWaitedAt] : [],
    ),
  );
}

/** Returns how long a person has been in the waiting room, and in the visit if no host ever came. */
export function waitOf(session: Session, seat: number, now: number): number {
  const { waitedMs, waitingSince } = session.seats[seat] as Seat;
  const inRoom = waitedMs + (waitingSince === null ? 0 : Math.max(0, now - waitingSince));
  return hasCome(session, true) ? inRoom : inRoom + timeIn(intervalsOf(session, seat), now);
}

/**
 * Returns how long the visit waited for a host: from the arrival of the first guest, possibly in the waiting room, to that
 * of the first host; 0 if a host came first. If the visit is over and no host ever came, the longest wait of a guest. Null
 * if no guest came, or no host has come yet.
 */
export function waitForHost(session: Session, now: number): number | null {
  const [guest, host] = [arrivalOf(session, false), arrivalOf(session, true)];
  if (!Number.isFinite(guest)) return null;
  if (Number.isFinite(host)) return Math.max(0, host - guest);
  if (session.endedAt === null) return null;
  return Math.max(...session.seats.map((_, seat) => waitOf(session, seat, now)));
}
