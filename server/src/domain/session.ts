import {
  type EndReason,
  type SessionStatus,
  type LeaveReason,
  type ProviderId,
  permissionsOf,
  type Role,
} from '@televisit/shared/vocabulary';
import type { ConsentPurpose } from '@televisit/shared/features/recording.vocabulary';
import type { SessionOptions } from '@televisit/shared/session';
import type { Actor } from './events.ts';
import type { Meeting } from './meeting.ts';

/** A user allowed into a session. Seats keep their index, by which the history refers to them. */
export interface Seat {
  /** A pseudonym after the user was erased. */
  readonly userId: string;
  readonly role: Role;
  readonly displayName: string | null;
  readonly email: string | null;
  /** The number for text messages (E.164); null for none. */
  readonly phone: string | null;
  /** Whether this user wants no text messages. */
  readonly smsOptOut: boolean;
  /** Whether this user wants no push messages, although browsers of theirs are subscribed. */
  readonly pushOptOut: boolean;
  /** BCP 47 tag of the language of mail to this user; null for that of the visit. */
  readonly language: string | null;
  /** IANA name of the time zone of mail to this user; null for the server's setting. */
  readonly timeZone: string | null;
  /** When the user was removed permanently. */
  readonly removedAt: number | null;
  /** When the user entered the waiting room; null while they are not in it. */
  readonly waitingSince: number | null;
  /** When the user first entered the waiting room; null if they never did. */
  readonly firstWaitedAt: number | null;
  /** How long the user was in the waiting room before, in milliseconds; the time since `waitingSince` comes on top. */
  readonly waitedMs: number;
  /** When the user was last admitted from the waiting room. */
  readonly admittedAt: number | null;
  /** The version of the seat's links; links of earlier versions are void. */
  readonly linkVersion: number;
  /** Nothing that was recorded of the user before this may be kept; null if all may. */
  readonly unrecordedBefore: number | null;
}

/** mediasoup's score, 0 to 10, as a mean over time; null if nothing was sent. */
export interface Quality {
  readonly sent: number | null;
  readonly received: number | null;
}

/** A continuous period for which a participant was in the visit. */
export interface Interval {
  /** The index of the seat in `seats`. */
  readonly seat: number;
  readonly joinedAt: number;
  /** Null while the participant is present. */
  readonly leftAt: number | null;
  /** Null while the participant is present. */
  readonly reason: LeaveReason | null;
  /** The number of reconnects within it. */
  readonly reconnects: number;
  readonly quality: Quality;
  /** Milliseconds of poor network within it. */
  readonly impairedMs: number;
  /** The generation of the other provider's meeting in which it was; absent for this server's own. */
  readonly meeting?: number;
}

/** A period of a person in another provider's meeting for whom no seat is known. */
export interface Visitor {
  readonly generation: number;
  /** The name that they chose there; null if the provider does not say it, or after an erasure. */
  readonly name: string | null;
  readonly joinedAt: number;
  /** Null while the person is present. */
  readonly leftAt: number | null;
}

/** A period for which a participant shared a screen. */
export interface Share {
  readonly seat: number;
  readonly startedAt: number;
  /** Null while it is active. */
  readonly endedAt: number | null;
}

/** The last answer of a person to a question for consent. */
export interface Consent {
  readonly seat: number;
  readonly purpose: ConsentPurpose;
  readonly given: boolean;
  /** The version of the wording that the person read, and its language (BCP 47). */
  readonly wording: string;
  readonly language: string;
  readonly askedBy: 'page' | 'backend';
  readonly at: number;
}

/** A recording of the visit. Its files are in the store of recordings. */
export interface Recording {
  readonly recordingId: string;
  readonly startedAt: number;
  readonly paused: boolean;
  /** Null while it may still run. */
  readonly stoppedAt: number | null;
  /** When all its files were stored; null before. */
  readonly readyAt: number | null;
  /** Whether no file is missing. */
  readonly complete: boolean;
  /** How many files had been recorded when it last became ready; absent before. */
  readonly files?: number;
  readonly legalHold: boolean;
  /** When it is to be deleted; null for never. */
  readonly expiresAt: number | null;
}

export interface Feedback {
  readonly seat: number;
  /** 1 to 5. */
  readonly rating: number;
  readonly comment: string | null;
  readonly at: number;
}

/** An e-mail or text message that a change of a seat requires. */
export interface SeatNotice {
  /** The version of the session that requires it. */
  readonly number: number;
  readonly seat: number;
  readonly kind: 'invited' | 'withdrawn';
  /** The address, if it is no longer that of the seat; null otherwise. */
  readonly address: string | null;
}

/** The state of a session's mail. */
export interface MailState {
  /** The last `calendarSequence` announced by mail; null before the first mail. */
  readonly told: number | null;
  /** The lead time, in minutes, of an issued reminder that has not been mailed yet. */
  readonly reminder: number | null;
}

/** The stored state of a visit. Times are milliseconds since the Unix epoch. */
export interface Session {
  readonly sessionId: string;
  readonly appointmentId: string;
  /** The idempotency key of its creation, with a digest of the request. */
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
  readonly title: string | null;
  readonly description: string | null;
  readonly courseId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly options: SessionOptions;
  /** Whether everyone except hosts has to be admitted. */
  readonly locked: boolean;
  /**
   * Whether participants who are not hosts may share their screen now. Starts with the value of `options.screenShare`.
   */
  readonly screenShareAllowed: boolean;
  /** Notes shared by hosts and backend. */
  readonly hostNotes: string | null;
  /** The page to return to after the visit; null for the server's `RETURN_URL`. */
  readonly returnUrl: string | null;
  readonly seats: readonly Seat[];
  readonly status: SessionStatus;
  readonly scheduledAt: number;
  readonly durationMinutes: number;
  /** The join window, from `opensAt` (inclusive) to `closesAt` (exclusive). */
  readonly opensAt: number;
  readonly closesAt: number;
  /** The preferred region of its node; null for any. */
  readonly region: string | null;
  /** The node of its media. `epoch` increases with every move. */
  readonly placement: { readonly nodeId: string; readonly epoch: number };
  /** What carries the visit: this server's SFU, or another provider. */
  readonly provider: ProviderId;
  /** Why it is not the first choice: a code; null if it is. */
  readonly providerReason: string | null;
  /** The providers to try if `provider` fails, in order. */
  readonly fallbacks: readonly ProviderId[];
  /** The meetings at other providers, by generation. The last one is that of `provider`, unless that is `sfu`. */
  readonly meetings: readonly Meeting[];
  /** The entry in an outside calendar; null if the server keeps none. */
  readonly calendar: Meeting | null;
  /** People in those meetings for whom no seat is known. */
  readonly visitors: readonly Visitor[];
  /** The time of the next step for the meetings; null if there is none. */
  readonly meetingAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly endReason: EndReason | null;
  readonly endedBy: Actor | null;
  /** In the order of joining. */
  readonly intervals: readonly Interval[];
  /** In the order of their start. */
  readonly shares: readonly Share[];
  readonly feedback: readonly Feedback[];
  /** At most one of each person for each purpose. */
  readonly consents: readonly Consent[];
  /** In the order of their start; at most one of them may still run. */
  readonly recordings: readonly Recording[];
  /** The number of chat messages. */
  readonly messages: number;
  /** The calendar's SEQUENCE (RFC 5545, 3.8.7.4), increased by rescheduling and cancelling. */
  readonly calendarSequence: number;
  /** The reminders that have not been issued, in minutes before `scheduledAt`. */
  readonly reminders: readonly number[];
  /** The last issued reminder of `scheduledAt`, in minutes before it. No earlier one may follow. */
  readonly reminded: number | null;
  readonly mail: MailState;
  /** The messages about changed seats that have not been planned yet. */
  readonly notices: readonly SeatNotice[];
  /** The version in which a host last entered, until messages to absent people are planned; null if none are to be. */
  readonly hostEntered: number | null;
  /** The time of the next action for reminders and mail; null if there is none. */
  readonly remindAt: number | null;
  /**
   * The time since which a visit counts as empty, which is in the future while a participant waits. Null while a
   * participant is present, or if none ever was.
   */
  readonly emptySince: number | null;
  /** The `closesAt` that backends were warned of shortly before; null if of none. */
  readonly warnedOf: number | null;
  /** The time at which the session changes without any action; null once its report is complete. */
  readonly dueAt: number | null;
  /** The number of recorded events, which is the `seq` of the last one. */
  readonly eventCount: number;
  /** Increases by one with every write. Writes are compare-and-set on it. */
  readonly version: number;
}

export const NOTHING_MAILED: MailState = { told: null, reminder: null };

/** Returns a seat without any attendance. */
export function newSeat(
  given: Pick<Seat, 'userId' | 'role' | 'displayName' | 'email'> &
    Partial<Pick<Seat, 'phone' | 'smsOptOut' | 'pushOptOut' | 'language' | 'timeZone'>>,
): Seat {
  return {
    phone: null,
    smsOptOut: false,
    pushOptOut: false,
    language: null,
    timeZone: null,
    ...given,
    removedAt: null,
    waitingSince: null,
    firstWaitedAt: null,
    waitedMs: 0,
    admittedAt: null,
    linkVersion: 0,
    unrecordedBefore: null,
  };
}

/** Returns a seat whose user no longer waits. */
export function notWaiting(seat: Seat, now: number): Seat {
  const { waitingSince, waitedMs } = seat;
  if (waitingSince === null) return seat;
  return { ...seat, waitingSince: null, waitedMs: waitedMs + Math.max(0, now - waitingSince) };
}

/** Returns the public name of a session's room. */
export function roomName(session: Session): string {
  return `room_${session.sessionId}`;
}

/** Whether the visit has ended or was cancelled. */
export function isOver(session: Session): boolean {
  return session.status === 'ended' || session.status === 'cancelled';
}

/** Returns the index of a user's seat, or -1. */
export function seatIndex(session: Session, userId: string): number {
  return session.seats.findIndex((seat) => seat.userId === userId);
}

/** Returns the seat of a user, if any. */
export function seatOf(session: Session, userId: string): Seat | undefined {
  return session.seats[seatIndex(session, userId)];
}

/** Whether the user of a seat may moderate. */
export function isHost(session: Session, seat: number): boolean {
  const role = session.seats[seat]?.role;
  return role !== undefined && permissionsOf(role).includes('moderate');
}

/** Whether the user of a seat is in the visit, according to the stored state. */
export function isInside(session: Session, seat: number): boolean {
  return session.intervals.some((interval) => interval.seat === seat && interval.leftAt === null);
}

/** Whether any participant is in the visit, according to the stored state. */
export function isOccupied({ intervals }: Session): boolean {
  return intervals.some(({ leftAt }) => leftAt === null);
}

/** Whether each of these users has, or had, a seat with their role. */
export function hasSeats(session: Session, seats: readonly Seat[]): boolean {
  return seats.every(({ userId, role }) => seatOf(session, userId)?.role === role);
}
