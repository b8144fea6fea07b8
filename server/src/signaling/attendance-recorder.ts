import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';
import type { Left } from '../domain/attendance.ts';
import type { Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';

export interface AttendanceRecorderOptions {
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a leave that could not be stored waits for the next try, in milliseconds. */
const RETRY_MS = 2000;

/** Writes down who comes and goes, for as long as it takes: the visit goes on while the database can't be reached. */
export class AttendanceRecorder {
  readonly #options: AttendanceRecorderOptions;
  readonly #writing = new Set<Promise<void>>();
  /** By session and user: what is to be written still, unless the person comes back before. */
  readonly #waiting = new Map<string, Left>();
  #closed = false;

  constructor(options: AttendanceRecorderOptions) {
    this.#options = options;
  }

  /** A person left; nobody waits for it. The visit is as it is known here: once it lives elsewhere, nothing is written. */
  left(session: Session, userId: string, left: Left): void {
    this.#waiting.set(keyOf(session.sessionId, userId), left);
    const writing = this.#write(session, userId, left).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /**
   * A person enters. A leave from before that waits to be written must not be written after this.
   * @param isIn whether they are in already, and stay so whatever comes of this
   * @throws TelevisitError as `Sessions.enter`
   */
  async enter(session: Session, userId: string, isIn = false): Promise<Session> {
    const { sessionId } = session;
    const key = keyOf(sessionId, userId);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    const { sessions, clock } = this.#options;
    try {
      return await sessions.enter(sessionId, userId);
    } catch (error) {
      // Whether it was written is not known where the database did not answer; who was told no is out.
      const unknown = isUnavailable(error) && !isIn;
      const out = waiting ?? (unknown ? { at: clock.now(), reason: 'connection_lost' } : null);
      if (out && !this.#waiting.has(key)) this.left(session, userId, out);
      throw error;
    }
  }

  /** A person who never left is in: back after a drop, or taken for gone by mistake. Nobody waits for it. */
  returned(sessionId: string, userId: string): void {
    const { sessions, logger } = this.#options;
    const writing = sessions
      .enter(sessionId, userId)
      .then(() => undefined)
      .catch((error: unknown) => logger.warn({ err: error, sessionId }, 'a reconnect could not be stored'))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** A person's media goes on at another node; nobody waits for it. */
  handedOver(sessionId: string, userId: string, left: Left): void {
    const { sessions, logger } = this.#options;
    const writing = sessions
      .handOver(sessionId, userId, left)
      .then(() => undefined)
      .catch((error: unknown) => logger.warn({ err: error, sessionId }, 'a quality could not be stored'))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Idempotent; resolves when all is written that can be, without another try. */
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
      if (this.#waiting.get(key) === left) this.#waiting.delete(key);
    } catch (error) {
      // A session that is gone needs no attendance.
      if (error instanceof TelevisitError && error.code === 'session_not_found') {
        this.#waiting.delete(key);
        return;
      }
      logger.warn({ err: error, sessionId }, 'a leave could not be stored');
      clock.after(RETRY_MS, () => {
        if (!this.#closed && this.#waiting.get(key) === left) this.left(session, userId, left);
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
