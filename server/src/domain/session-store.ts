import type { EndReason, ProviderId, SessionStatus } from '@televisit/shared/vocabulary';
import type { CalendarFeedStore } from './calendar-feed-store.ts';
import type { ConsoleLoginStore } from './console-login-store.ts';
import type { AuditNote, HistoryEntry, SessionEvent } from './events.ts';
import type { MeetingEvent } from './meeting-events.ts';
import type { MailStore } from './mail-store.ts';
import type { NodeStore } from './node-store.ts';
import type { NotificationStore } from './notification-store.ts';
import type { ObservationStore } from './observation-store.ts';
import type { PushStore } from './push-store.ts';
import type { Session } from './session.ts';
import type { WebhookStore } from './webhook-store.ts';

/** The next state of a session with the events that describe the change. Both are written in one operation. */
export interface SessionChange {
  readonly next: Session;
  readonly events: readonly SessionEvent[];
}

/** A filter for lists of sessions. Fields that are not set match every session. */
export interface SessionFilter {
  readonly statuses?: readonly SessionStatus[];
  readonly appointmentId?: string;
  /** A user with a seat, even if removed. */
  readonly userId?: string;
  readonly courseId?: string;
  readonly nodeId?: string;
  /** The earliest scheduled time, in milliseconds since the Unix epoch. */
  readonly from?: number;
  /** An exclusive upper limit for the scheduled time. */
  readonly to?: number;
  /** Sessions that are over for one of these reasons. */
  readonly endReasons?: readonly EndReason[];
  /** The earliest time of the end, or of the cancellation. */
  readonly endedFrom?: number;
  /** An exclusive upper limit for it. */
  readonly endedTo?: number;
}

/** The order of a list: by a time, then by id, both in one direction. */
export interface ListOrder {
  readonly by: 'createdAt' | 'scheduledAt';
  readonly direction: 'asc' | 'desc';
}

/** The only order in which no change of a session moves it, so that pages are stable under all writes. */
export const NEWEST_FIRST: ListOrder = { by: 'createdAt', direction: 'desc' };

/** No stores of features, as in tests of the core. */
export type NoStores = Readonly<Record<string, never>>;

/** All stores of a server. */
export interface Store<F extends FeatureStores = FeatureStores> extends SessionStore {
  /** The stores of features, by feature. */
  readonly features: F;
  readonly mail: MailStore;
  readonly notifications: NotificationStore;
  readonly push: PushStore;
  readonly webhooks: WebhookStore;
  readonly receivedEvents: ReceivedEvents;
  readonly meetingEvents: MeetingEventStore;
  readonly nodes: NodeStore;
  readonly calendarFeeds: CalendarFeedStore;
  readonly consoleLogins: ConsoleLoginStore;
  readonly observations: ObservationStore;
}

/**
 * Returns the value under which a store keeps the appointment of a session unique: ids hold no control characters, so that
 * the values of all sessions of an appointment are from `appointmentId` to `appointmentId` with a vertical tab.
 */
export function appointmentKey({ appointmentId, sessionId, status }: Session): string {
  return status === 'cancelled' ? `${appointmentId}\n${sessionId}` : appointmentId;
}

/** Returns the range of `appointmentKey` of all sessions of an appointment, the end exclusive. */
export function appointmentRange(appointmentId: string): readonly [from: string, to: string] {
  return [appointmentId, `${appointmentId}\v`];
}

/** A position in a list: the time by which it is sorted, and the id. */
export interface Position {
  readonly at: number;
  readonly sessionId: string;
}

/** Returns the position of a session in a list. */
export function positionOf(session: Session, { by }: ListOrder = NEWEST_FIRST): Position {
  return { at: session[by], sessionId: session.sessionId };
}

/** The maximum number of notes in a session's history. */
export const MAX_NOTES = 10_000;

/**
 * Stores sessions. A resolved promise means that the write is on disk. Every adapter passes the same contract suite
 * (`test/contract/session-store.ts`); none needs a transaction across sessions.
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface SessionStore {
  /**
   * Inserts a new session.
   * @returns false, without writing, if its appointment or its idempotency key already has a session. A cancelled session
   * gives its appointment up with the write that cancels it.
   */
  insert(change: SessionChange): Promise<boolean>;
  /**
   * Replaces a session whose stored version is `next.version - 1`.
   * @returns false if the stored version is another one, or the session is gone; the caller reads and decides again.
   */
  update(change: SessionChange): Promise<boolean>;
  /**
   * Appends to the history of a session without changing the session. Does nothing if the session is gone, or already
   * has `MAX_NOTES` notes, so that repeated requests cannot fill it.
   */
  note(sessionId: string, note: AuditNote): Promise<void>;
  get(sessionId: string): Promise<Session | undefined>;
  /** Returns the current versions of sessions. Deleted sessions are missing. */
  versions(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Returns the session of an appointment that was not cancelled. */
  findByAppointment(appointmentId: string): Promise<Session | undefined>;
  findByIdempotencyKey(key: string): Promise<Session | undefined>;
  /** Returns the events and notes of a session in the order of writing. */
  history(sessionId: string): Promise<readonly HistoryEntry[]>;
  /** Returns up to `limit` sessions after a position, newest first by default. */
  list(
    filter: SessionFilter,
    limit: number,
    after?: Position,
    order?: ListOrder,
  ): Promise<readonly Session[]>;
  /** Returns up to `limit` sessions with `dueAt` at or before `now`. */
  due(now: number, limit: number): Promise<readonly Session[]>;
  /** Returns up to `limit` sessions with `remindAt` at or before `now`. */
  dueReminders(now: number, limit: number): Promise<readonly Session[]>;
  /** Returns up to `limit` sessions with `meetingAt` at or before `now`. */
  dueMeetings(now: number, limit: number): Promise<readonly Session[]>;
  /** Returns the session that has, or had, a meeting at a provider. */
  findByMeeting(provider: ProviderId, meetingId: string): Promise<Session | undefined>;
  /** Returns the number of sessions that are not over, for each SFU node. */
  countOpenByNode(): Promise<ReadonlyMap<string, number>>;
  /**
   * Deletes up to `limit` sessions that ended before `endedBefore`, with all their data. Sessions with undelivered
   * webhooks are deleted only if they ended before `undeliveredBefore` (default: `endedBefore`).
   * @returns the number of deleted sessions
   */
  purge(endedBefore: number, limit: number, undeliveredBefore?: number): Promise<number>;
  /** Closes the store. Idempotent. Acknowledged writes persist. */
  close(): Promise<void>;
}

/**
 * Stores the ids of accepted events of other meeting providers. Every adapter passes the same contract suite
 * (`test/contract/received-events.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface ReceivedEvents {
  has(eventId: string): Promise<boolean>;
  /** Adds an id and deletes those added before `forgetBefore`. Safe to repeat, also by several processes at once. */
  add(eventId: string, at: number, forgetBefore: number): Promise<void>;
}

/** A meeting with events that have not been applied to its session. */
export interface MeetingInbox {
  readonly sessionId: string;
  readonly generation: number;
  /** Grows with every event. */
  readonly mark: number;
}

/**
 * Stores events of meetings at other providers until their session is deleted. Every adapter passes the same contract suite
 * (`test/contract/meeting-events.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface MeetingEventStore {
  /** Adds events, and marks the meeting as having new ones. An event with a known key stays as it is. */
  add(sessionId: string, generation: number, events: readonly MeetingEvent[]): Promise<void>;
  /** Returns all events of a meeting, in any order. */
  ofMeeting(sessionId: string, generation: number): Promise<readonly MeetingEvent[]>;
  /** Returns up to `limit` meetings that are marked. */
  inbox(limit: number): Promise<readonly MeetingInbox[]>;
  /** Removes the mark of a meeting, unless events came in the meantime. */
  applied(inbox: MeetingInbox): Promise<void>;
  /** Replaces the stored events of a session with what `change` returns for them. */
  rewrite(
    sessionId: string,
    change: (event: MeetingEvent, generation: number) => MeetingEvent,
  ): Promise<void>;
}

/**
 * What a feature stores beside the sessions. Deletion, erasure and export are not optional, so that no data of people can be
 * forgotten. Every adapter passes the contract suite of its feature.
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface FeatureStore {
  /** Deletes everything of these sessions. */
  purge(sessionIds: readonly string[]): Promise<void>;
  /** Deletes what the person in a seat contributed; what refers to it stays valid. */
  erase(sessionId: string, seat: number): Promise<void>;
  /** Returns what the person in a seat contributed. */
  export(sessionId: string, seat: number): Promise<unknown>;
}

/** The stores of all features that have one, by feature. */
export type FeatureStores = Readonly<Record<string, FeatureStore>>;

/** The number of sessions read at a time. */
const PAGE = 200;

/** Iterates over all matching sessions, newest first, holding one page in memory at a time. */
export async function* allSessions(
  store: SessionStore,
  filter: SessionFilter,
): AsyncGenerator<readonly Session[], void, void> {
  let after: Position | undefined;
  do {
    const page = await store.list(filter, PAGE, after);
    yield page;
    const last = page.length === PAGE ? page.at(-1) : undefined;
    after = last && positionOf(last);
  } while (after);
}
