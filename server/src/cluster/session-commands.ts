import { setImmediate as turn } from 'node:timers/promises';
import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';
import type { Actor } from '../domain/events.ts';
import { isOver, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { Bus } from './bus.ts';

/** The rooms that this process runs. */
export interface OwnRooms {
  /** Carries out what was stored of a session. */
  refresh(sessionId: string): Promise<void>;
  /** @returns how many people were shown the line */
  announce(sessionId: string, text: string): Promise<number>;
}

export interface SessionCommandsOptions {
  readonly bus: Bus;
  readonly sessions: Sessions;
  /** The process that runs the room of a session; null where none does at the moment. */
  readonly processOf: (session: Session) => string | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who waits for a change to be carried out on another server waits this long at most, in milliseconds. */
const CARRIED_OUT_MS = 2000;

/** What the processes of a cluster ask of each other about sessions. */
export class SessionCommands {
  readonly #options: SessionCommandsOptions;
  /** By session: the last change that its process has not said to have carried out. */
  readonly #telling = new Map<string, Promise<boolean>>();

  constructor(options: SessionCommandsOptions) {
    this.#options = options;
    options.sessions.onChange(({ next }) => this.#tell(next));
  }

  /** Does here what other processes ask for. */
  serve(rooms: OwnRooms): void {
    const { bus } = this.#options;
    bus.handle('session:changed', async ({ sessionId }) => {
      await rooms.refresh(sessionId);
      // People are disconnected behind the last message to them.
      await turn();
      return null;
    });
    bus.handle('session:announce', async ({ sessionId, text }) => ({
      delivered: await rooms.announce(sessionId, text),
    }));
  }

  /**
   * Resolves when the process that runs the session's room has carried the last change out, after 2 s anyway: it is stored,
   * and carried out as soon as that process compares its rooms with the store.
   */
  async carriedOut({ sessionId }: Session): Promise<void> {
    const telling = this.#telling.get(sessionId);
    if (!telling) return;
    const { clock, logger } = this.#options;
    let giveUp: () => void = () => undefined;
    const late = new Promise<boolean>((resolve) => {
      giveUp = clock.after(CARRIED_OUT_MS, () => resolve(false));
    });
    const done = await Promise.race([telling, late]);
    giveUp();
    if (!done) logger.warn({ sessionId }, 'answered before the server that runs the visit carried it out');
  }

  /**
   * Shows a line to everybody who is in a visit now, wherever its room is.
   * @returns to how many people
   * @throws TelevisitError `session_not_found`, `session_closed`, `nobody_here`, `node_unreachable`
   */
  async announce(sessionId: string, text: string, by: Actor): Promise<number> {
    const { sessions, bus, processOf } = this.#options;
    const session = await sessions.get(sessionId);
    if (isOver(session)) throw new TelevisitError('session_closed');
    const owner = processOf(session);
    if (owner === null) throw new TelevisitError('node_unreachable');
    const { delivered } = await bus.request(owner, 'session:announce', { sessionId, text });
    if (delivered === 0) throw new TelevisitError('nobody_here');
    await sessions.note(sessionId, { type: 'announcement.made', by });
    return delivered;
  }

  /** A change by this process is news to the one that runs the room. */
  #tell(session: Session): void {
    const { bus, processOf, logger } = this.#options;
    const { sessionId } = session;
    const owner = processOf(session);
    if (!bus.linked || owner === null || owner === bus.processId) return;
    const telling = bus.request(owner, 'session:changed', { sessionId }).then(
      () => true,
      (error: unknown) => {
        logger.warn(
          { err: error, sessionId },
          'the server that runs the visit could not be told of a change',
        );
        return false;
      },
    );
    this.#telling.set(sessionId, telling);
    void telling.then(() => {
      if (this.#telling.get(sessionId) === telling) this.#telling.delete(sessionId);
    });
  }
}
