import type { Role } from '@televisit/shared/permissions';
import type { EndReason, SessionStatus } from '@televisit/shared/session';

/** A user allowed into a session. */
export interface Seat {
  readonly userId: string;
  readonly role: Role;
  readonly displayName: string | null;
}

/** One visit, as it is stored. Times are milliseconds since the Unix epoch. */
export interface Session {
  readonly sessionId: string;
  readonly appointmentId: string;
  readonly seats: readonly Seat[];
  readonly status: SessionStatus;
  /** Where its media lives; `epoch` grows at every move. */
  readonly placement: { readonly nodeId: string; readonly epoch: number };
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly endReason: EndReason | null;
  /** How many events the session has caused so far; the next one has this plus one as its `seq`. */
  readonly eventCount: number;
  /** Grows by one with every write; writes are compare-and-set on it. */
  readonly version: number;
}

/** The name that a session's room goes by outside. */
export function roomName(session: Session): string {
  return `room_${session.sessionId}`;
}

/** Whether the visit is over for good. */
export function isOver(session: Session): boolean {
  return session.status === 'ended' || session.status === 'cancelled';
}

/** The seat of a user, if there is one. */
export function seatOf(session: Session, userId: string): Seat | undefined {
  return session.seats.find((seat) => seat.userId === userId);
}

/** Whether two lists seat the same users in the same roles, in any order. */
export function sameSeats(left: readonly Seat[], right: readonly Seat[]): boolean {
  const key = (seats: readonly Seat[]) =>
    JSON.stringify(seats.map((seat) => [seat.userId, seat.role]).sort());
  return key(left) === key(right);
}
