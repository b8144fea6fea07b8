import type { SessionEvent } from './events.ts';
import type { Session } from './session.ts';

/** A session's next state with the events that led to it: written together or not at all. */
export interface SessionChange {
  readonly next: Session;
  readonly events: readonly SessionEvent[];
}

/**
 * Where sessions live. A promise that resolves means that the write is on disk. Every adapter passes the same contract
 * suite (`test/contract/session-store.ts`); none needs a transaction across sessions.
 */
export interface SessionStore {
  /**
   * Writes a new session, unless its appointment has one.
   * @returns the session that the store holds for the appointment afterwards: the new one, or the first.
   */
  insert(change: SessionChange): Promise<Session>;
  /**
   * Replaces a session whose stored version is `next.version - 1`.
   * @returns false where it is another one by now (or gone): read again and decide anew.
   */
  update(change: SessionChange): Promise<boolean>;
  get(sessionId: string): Promise<Session | undefined>;
  findByAppointment(appointmentId: string): Promise<Session | undefined>;
  /** The session's history in order of `seq`. */
  events(sessionId: string): Promise<readonly SessionEvent[]>;
  /** How many sessions that are not over each SFU node has. */
  countOpenByNode(): Promise<ReadonlyMap<string, number>>;
  /** Idempotent. Writes that were acknowledged stay. */
  close(): Promise<void>;
}
