import { permissionsOf, type Role } from '@televisit/shared/permissions';
import type { EndReason, SessionStatus } from '@televisit/shared/vocabulary';
import type { SessionOptions } from '@televisit/shared/session';
import type { LeaveReason } from '@televisit/shared/vocabulary';
import type { Actor } from './events.ts';

/** A user allowed into a session. Seats keep their place: the history names them by it. */
export interface Seat {
  /** A pseudonym once the person was erased. */
  readonly userId: string;
  readonly role: Role;
  readonly displayName: string | null;
  readonly email: string | null;
  /** BCP 47 tag of the language in which the person is written to; null for that of the visit. */
  readonly language: string | null;
  /** IANA name of the zone whose times the person is written; null for the server's own setting. */
  readonly timeZone: string | null;
  /** When the person lost the seat for good. */
  readonly removedAt: number | null;
  /** Since when the person is in the waiting room; null while they are not. */
  readonly waitingSince: number | null;
  /** When the person first came to the waiting room; null where they never did. */
  readonly firstWaitedAt: number | null;
  /** When the person was last let in from the waiting room. */
  readonly admittedAt: number | null;
}

/** mediasoup's score, 0 to 10, as a mean over time; null where nothing was sent. */
export interface Quality {
  readonly sent: number | null;
  readonly received: number | null;
}

/** One stretch of time that somebody was in the visit. */
export interface Interval {
  /** The seat's place in `seats`. */
  readonly seat: number;
  readonly joinedAt: number;
  /** Null while the person is in. */
  readonly leftAt: number | null;
  /** Null while the person is in. */
  readonly reason: LeaveReason | null;
  /** How often the connection dropped and came back within it. */
  readonly reconnects: number;
  readonly quality: Quality;
  /** For how long of it the person's network was poor, in milliseconds. */
  readonly impairedMs: number;
}

/** One stretch of time that somebody's screen was shared. */
export interface Share {
  readonly seat: number;
  readonly startedAt: number;
  /** Null while it goes on. */
  readonly endedAt: number | null;
}

export interface Feedback {
  readonly seat: number;
  /** 1 to 5. */
  readonly rating: number;
  readonly comment: string | null;
  readonly at: number;
}

/** What becomes of a session's mail. */
export interface MailState {
  /** The `calendarSequence` that people know from a mail of ours; null while nobody was written to. */
  readonly told: number | null;
  /** A reminder that was due and is still to be written to people, in minutes before the visit. */
  readonly reminder: number | null;
}

/** One visit, as it is stored. Times are milliseconds since the Unix epoch. */
export interface Session {
  readonly sessionId: string;
  readonly appointmentId: string;
  /** The key under which it was created, with a digest of that request. */
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
  readonly title: string | null;
  readonly description: string | null;
  readonly courseId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly options: SessionOptions;
  /** While locked everybody but hosts has to be admitted. */
  readonly locked: boolean;
  /** Whether people who are no hosts may share their screen now; `options.screenShare` is what it begins with. */
  readonly screenShareAllowed: boolean;
  /** What hosts and the backend write down for each other. */
  readonly hostNotes: string | null;
  /** Where the page leads after the visit; null for the server's own `RETURN_URL`. */
  readonly returnUrl: string | null;
  readonly seats: readonly Seat[];
  readonly status: SessionStatus;
  readonly scheduledAt: number;
  readonly durationMinutes: number;
  /** The join window: people may enter from `opensAt` (inclusive) to `closesAt` (exclusive). */
  readonly opensAt: number;
  readonly closesAt: number;
  /** Where its people are, by the name of the nodes there; null for anywhere. */
  readonly region: string | null;
  /** Where its media lives; `epoch` grows at every move. */
  readonly placement: { readonly nodeId: string; readonly epoch: number };
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly endReason: EndReason | null;
  readonly endedBy: Actor | null;
  /** In the order in which people came. */
  readonly intervals: readonly Interval[];
  /** In the order in which they began. */
  readonly shares: readonly Share[];
  readonly feedback: readonly Feedback[];
  /** How many chat messages were sent. */
  readonly messages: number;
  /** The calendar's SEQUENCE (RFC 5545, 3.8.7.4): grows with every new time, and on cancelling. */
  readonly calendarSequence: number;
  /** The reminders that are still to come, in minutes before `scheduledAt`. */
  readonly reminders: readonly number[];
  /** The last reminder that was given of `scheduledAt`, in minutes before it; no earlier one follows it. */
  readonly reminded: number | null;
  readonly mail: MailState;
  /** When there is something to remind of or to write next; null where there is nothing. */
  readonly remindAt: number | null;
  /**
   * Since when a visit that people were in counts as empty, which lies ahead while somebody waits; null while somebody is
   * in, or nobody ever was.
   */
  readonly emptySince: number | null;
  /** When time alone next changes the session; null once it is over and its report complete. */
  readonly dueAt: number | null;
  /** How many events the session has caused so far; the next one has this plus one as its `seq`. */
  readonly eventCount: number;
  /** Grows by one with every write; writes are compare-and-set on it. */
  readonly version: number;
}

export const NOTHING_MAILED: MailState = { told: null, reminder: null };

/** The seat of somebody who has not come yet. */
export function newSeat(
  given: Pick<Seat, 'userId' | 'role' | 'displayName' | 'email'> &
    Partial<Pick<Seat, 'language' | 'timeZone'>>,
): Seat {
  return {
    language: null,
    timeZone: null,
    ...given,
    removedAt: null,
    waitingSince: null,
    firstWaitedAt: null,
    admittedAt: null,
  };
}

/** The name that a session's room goes by outside. */
export function roomName(session: Session): string {
  return `room_${session.sessionId}`;
}

/** Whether the visit is over for good. */
export function isOver(session: Session): boolean {
  return session.status === 'ended' || session.status === 'cancelled';
}

/** The place of a user's seat, -1 where there is none. */
export function seatIndex(session: Session, userId: string): number {
  return session.seats.findIndex((seat) => seat.userId === userId);
}

/** The seat of a user, if there is one. */
export function seatOf(session: Session, userId: string): Seat | undefined {
  return session.seats[seatIndex(session, userId)];
}

/** Whether the person in a seat may moderate. */
export function isHost(session: Session, seat: number): boolean {
  const role = session.seats[seat]?.role;
  return role !== undefined && permissionsOf(role).includes('moderate');
}

/** Whether the person in a seat is in the visit, as far as is stored. */
export function isInside(session: Session, seat: number): boolean {
  return session.intervals.some((interval) => interval.seat === seat && interval.leftAt === null);
}

/** Whether anybody is in the visit, as far as is stored. */
export function isOccupied({ intervals }: Session): boolean {
  return intervals.some(({ leftAt }) => leftAt === null);
}

/** Whether two lists seat the same users in the same roles, in any order. */
export function sameSeats(left: readonly Seat[], right: readonly Seat[]): boolean {
  const key = (seats: readonly Seat[]) =>
    JSON.stringify(seats.map((seat) => JSON.stringify([seat.userId, seat.role])).sort());
  return key(left) === key(right);
}
