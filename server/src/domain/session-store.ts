import type { SessionStatus } from '@televisit/shared/vocabulary';
import type { ChatStore } from './chat-store.ts';
import type { AuditNote, HistoryEntry, SessionEvent } from './events.ts';
import type { MailStore } from './mail-store.ts';
import type { NodeStore } from './node-store.ts';
import type { Session } from './session.ts';
import type { ReceivedEvents } from './received-events.ts';
import type { WebhookStore } from './webhook-store.ts';

/** A session's next state with the events that led to it: written together or not at all. */
export interface SessionChange {
  readonly next: Session;
  readonly events: readonly SessionEvent[];
}

/** Which sessions to list; what is not said does not matter. */
export interface SessionFilter {
  readonly statuses?: readonly SessionStatus[];
  readonly appointmentId?: string;
  /** Has a seat, be it a removed one. */
  readonly userId?: string;
  readonly courseId?: string;
  readonly nodeId?: string;
  /** Scheduled at this time or later, in milliseconds since the Unix epoch. */
  readonly from?: number;
  /** Scheduled before this time. */
  readonly to?: number;
}

/** A database with everything that a server keeps. */
export interface Store extends SessionStore {
  readonly chat: ChatStore;
  readonly mail: MailStore;
  readonly webhooks: WebhookStore;
  readonly receivedEvents: ReceivedEvents;
  readonly nodes: NodeStore;
}

/** The place of a session in a list. It never changes, so a page that starts behind it is stable under writes. */
export interface Position {
  readonly createdAt: number;
  readonly sessionId: string;
}

/** So many notes a session's history holds. */
export const MAX_NOTES = 10_000;

/**
 * Where sessions live. A promise that resolves means that the write is on disk. Every adapter passes the same contract
 * suite (`test/contract/session-store.ts`); none needs a transaction across sessions.
 * @throws TelevisitError `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface SessionStore {
  /**
   * Writes a new session.
   * @returns false, with nothing written, where its appointment or its idempotency key has a session already.
   */
  insert(change: SessionChange): Promise<boolean>;
  /**
   * Replaces a session whose stored version is `next.version - 1`.
   * @returns false where it is another one by now (or gone): read again and decide anew.
   */
  update(change: SessionChange): Promise<boolean>;
  /**
   * Appends to the history of a session without changing it; nothing where the session is gone, or holds `MAX_NOTES`
   * already: a backend that asks for ever must not fill it.
   */
  note(sessionId: string, note: AuditNote): Promise<void>;
  get(sessionId: string): Promise<Session | undefined>;
  /** The version that each of these sessions has now; those that are gone are missing. */
  versions(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  findByAppointment(appointmentId: string): Promise<Session | undefined>;
  findByIdempotencyKey(key: string): Promise<Session | undefined>;
  /** The session's events and notes in the order of writing. */
  history(sessionId: string): Promise<readonly HistoryEntry[]>;
  /** Up to `limit` sessions, newest first (by `createdAt`, then `sessionId`, both descending), behind `after`. */
  list(filter: SessionFilter, limit: number, after?: Position): Promise<readonly Session[]>;
  /** Up to `limit` sessions with `dueAt` at or before `now`. */
  due(now: number, limit: number): Promise<readonly Session[]>;
  /** Up to `limit` sessions with `remindAt` at or before `now`. */
  dueReminders(now: number, limit: number): Promise<readonly Session[]>;
  /** How many sessions that are not over each SFU node has. */
  countOpenByNode(): Promise<ReadonlyMap<string, number>>;
  /**
   * Deletes up to `limit` sessions that were over before a time, with all that hangs on them; those of which endpoints are
   * still to be told only where they were over before another, earlier time (the same one).
   * @returns how many
   */
  purge(endedBefore: number, limit: number, untoldBefore?: number): Promise<number>;
  /** Idempotent. Writes that were acknowledged stay. */
  close(): Promise<void>;
}
