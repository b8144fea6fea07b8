import { setImmediate as nextTurn } from 'node:timers/promises';
import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { withTimeout } from '../core/timing.ts';
import { isOver, type Session } from '../domain/session.ts';
import type { Changed, Sessions } from '../domain/sessions.ts';
import type { Bus } from './bus.ts';

/** The rooms that this process runs. */
export interface LocalRooms {
  /** Applies the stored state of a session. */
  refresh(sessionId: string): Promise<void>;
  /** Asks the part of a feature in the rooms of a session. @returns the answers */
  ask(sessionId: string, feature: string, request: object): Promise<readonly unknown[]>;
}

export interface SessionCommandsOptions {
  readonly bus: Bus;
  readonly sessions: Sessions;
  /** The process that runs the room of a session; null if none does at the moment. */
  readonly processOf: (session: Session) => string | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The longest wait for another process to apply a change, in milliseconds. */
const APPLY_TIMEOUT_MS = 2000;

/** The commands about sessions that processes of a cluster send to each other. */
export class SessionCommands {
  readonly #options: SessionCommandsOptions;
  /** By session: the last notification that the owner has not confirmed yet. Resolves to whether it did. */
  readonly #notifying = new Map<string, Promise<boolean>>();

  constructor(options: SessionCommandsOptions) {
    this.#options = options;
  }

  /** Carries out the commands of other processes on the rooms of this one. */
  serve(rooms: LocalRooms): void {
    const { bus } = this.#options;
    bus.handle('session:changed', async ({ sessionId }) => {
      await rooms.refresh(sessionId);
      // Participants are disconnected after the last message to them.
      await nextTurn();
      return null;
    });
    bus.handle('session:ask', async ({ sessionId, feature, request }) => ({
      answers: [...(await rooms.ask(sessionId, feature, request))],
    }));
  }

  /** Notifies the process that runs the session's room about a change that this process stored. */
  sessionChanged({ next }: Changed): void {
    const { bus, processOf, logger } = this.#options;
    const { sessionId } = next;
    const owner = processOf(next);
    if (!bus.linked || owner === null || owner === bus.processId) return;
    const notifying = bus.request(owner, 'session:changed', { sessionId }).then(
      () => true,
      (error: unknown) => {
        logger.warn({ err: error, sessionId }, 'failed to notify the owner of a session about a change');
        return false;
      },
    );
    this.#notifying.set(sessionId, notifying);
    void notifying.then(() => {
      if (this.#notifying.get(sessionId) === notifying) this.#notifying.delete(sessionId);
    });
  }

  /**
   * Resolves when the process that runs the session's room has applied the last change, or after 2 s: that process applies it
   * later, when it compares its rooms with the store.
   */
  async carriedOut({ sessionId }: Session): Promise<void> {
    const notifying = this.#notifying.get(sessionId);
    if (!notifying) return;
    const { clock, logger } = this.#options;
    const isApplied = await withTimeout(clock, APPLY_TIMEOUT_MS, notifying, () => false);
    if (!isApplied) logger.warn({ sessionId }, 'answered before the owner of the session applied the change');
  }

  /**
   * Asks the part of a feature in the rooms of a session, on whichever process they are.
   * @returns their answers
   * @throws {TelevisitError} `session_not_found`, `session_closed`, `node_unreachable`
   */
  async ask(sessionId: string, feature: string, request: object): Promise<readonly unknown[]> {
    const { sessions, bus, processOf } = this.#options;
    const session = await sessions.get(sessionId);
    if (isOver(session)) throw new TelevisitError('session_closed');
    const owner = processOf(session);
    if (owner === null) throw new TelevisitError('node_unreachable');
    const payload = { sessionId, feature, request: { ...request } };
    const { answers } = await bus.request(owner, 'session:ask', payload);
    return answers;
  }
}
