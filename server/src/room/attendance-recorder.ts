import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { Left } from '../domain/attendance.ts';
import type { Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';

export interface AttendanceRecorderOptions {
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The pause before a leave that could not be stored is tried again, in milliseconds. */
const RETRY_MS = 2000;

/** Stores joins and leaves, and retries while the store is unavailable, during which the call continues. */
export class AttendanceRecorder {
  readonly #options: AttendanceRecorderOptions;
  readonly #writing = new Set<Promise<void>>();
  /** By session and user: leaves that are not stored yet, and need not be if the person returns before. */
  readonly #unstored = new Map<string, Left>();
  #closed = false;

  constructor(options: AttendanceRecorderOptions) {
    this.#options = options;
  }

  /**
   * Stores that a person left, in the background.
   * @param session as it is known here; once it lives elsewhere, nothing is stored
   */
  left(session: Session, userId: string, left: Left): void {
    this.#unstored.set(keyOf(session.sessionId, userId), left);
    const writing = this.#write(session, userId, left).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /**
   * Stores that a person entered. An earlier leave that is not stored yet is dropped, so that it cannot come after.
   * @param isIn whether the person is in already, and stays so if this fails
   * @throws {TelevisitError} as `Sessions.enter`
   */
  async enter(session: Session, userId: string, isIn = false): Promise<Session> {
    const { sessionId } = session;
    const key = keyOf(sessionId, userId);
    const unstored = this.#unstored.get(key);
    this.#unstored.delete(key);
    const { sessions, clock } = this.#options;
    try {
      return await sessions.enter(sessionId, userId);
    } catch (error) {
      // If the store did not respond, the entry may have been written; after a refusal it was not.
      const isUnknown = isUnavailable(error) && !isIn;
      const out = unstored ?? (isUnknown ? { at: clock.now(), reason: 'connection_lost' } : null);
      if (out && !this.#unstored.has(key)) this.left(session, userId, out);
      throw error;
    }
  }

  /** Stores in the background that a person is in who never left: back after a drop, or marked as gone by mistake. */
  returned(sessionId: string, userId: string): void {
    const { sessions, logger } = this.#options;
    const writing = sessions
      .enter(sessionId, userId)
      .then(() => undefined)
      .catch((error: unknown) => logger.warn({ err: error, sessionId }, 'failed to store a reconnect'))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Stores in the background how a person's media did here before it continued on another node. */
  handedOver(sessionId: string, userId: string, left: Left): void {
    const { sessions, logger } = this.#options;
    const writing = sessions
      .handOver(sessionId, userId, left)
      .then(() => undefined)
      .catch((error: unknown) => logger.warn({ err: error, sessionId }, 'failed to store connection quality'))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Stores in the background that a person's network has been poor for a while. */
  degraded(sessionId: string, userId: string): void {
    const { sessions, logger } = this.#options;
    sessions
      .degraded(sessionId, userId)
      .catch((error: unknown) =>
        logger.warn({ err: error, sessionId }, 'failed to store a degraded network'),
      );
  }

  /** Resolves once everything is stored that can be, without another try. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#writing);
  }

  async #write(session: Session, userId: string, left: Left): Promise<void> {
    const { sessions, clock, logger } = this.#options;
    const { sessionId } = session;
    const key = keyOf(sessionId, userId);
    try {
      await sessions.leave(session, userId, left);
      if (this.#unstored.get(key) === left) this.#unstored.delete(key);
    } catch (error) {
      // A session that was deleted needs no attendance.
      if (error instanceof TelevisitError && error.code === 'session_not_found') {
        this.#unstored.delete(key);
        return;
      }
      logger.warn({ err: error, sessionId }, 'failed to store a leave');
      clock.after(RETRY_MS, () => {
        if (!this.#closed && this.#unstored.get(key) === left) this.left(session, userId, left);
      });
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof TelevisitError && error.code === 'store_unavailable';
}

function keyOf(sessionId: string, userId: string): string {
  return `${sessionId} ${userId}`;
}
