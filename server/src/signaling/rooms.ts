import type { LeaveReason } from '@televisit/shared/signaling';
import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Chats } from '../domain/chats.ts';
import type { Clock } from '../domain/clock.ts';
import type { Session } from '../domain/session.ts';
import type { Changed, Sessions } from '../domain/sessions.ts';
import type { VisitRouter } from '../media/visit-router.ts';
import { AttendanceRecorder } from './attendance-recorder.ts';
import { VisitRoom } from './visit-room.ts';

export interface RoomsOptions {
  readonly sessions: Sessions;
  readonly chats: Chats;
  /** A router for a visit on the node that it is placed on. */
  readonly createRouter: (nodeId: string) => Promise<VisitRouter>;
  readonly clock: Clock;
  readonly graceMs: number;
  readonly logger: Logger;
}

/** How often rooms are held against the store, in milliseconds. */
const RECONCILE_MS = 1000;

/** The rooms that have somebody in them, by session. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Promise<VisitRoom>>();
  readonly #attendance: AttendanceRecorder;
  #cancel: () => void = () => undefined;
  #closed = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#attendance = new AttendanceRecorder(options);
    options.sessions.onChange((changed) => {
      this.#follow(changed).catch((error: unknown) =>
        options.logger.error({ err: error }, 'a change could not be carried out'),
      );
    });
    this.#schedule();
  }

  get size(): number {
    return this.#rooms.size;
  }

  /** The room of a session, made where there is none. @throws TelevisitError `media_unavailable`, `shutting_down` */
  async open(session: Session): Promise<VisitRoom> {
    if (this.#closed) throw new TelevisitError('shutting_down');
    const { sessionId } = session;
    const known = this.#rooms.get(sessionId);
    if (known) {
      const room = await known;
      room.follow(session);
      return room;
    }
    const opening = this.#create(session);
    this.#rooms.set(sessionId, opening);
    const forget = () => {
      if (this.#rooms.get(sessionId) === opening) this.#rooms.delete(sessionId);
    };
    try {
      const room = await opening;
      room.onClose(forget);
      return room;
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** The room of a session, if there is one that is open. */
  async find(sessionId: string): Promise<VisitRoom | undefined> {
    const room = await this.#rooms.get(sessionId)?.catch(() => undefined);
    return room?.closed ? undefined : room;
  }

  /** Carries out what another server has stored of a session; nothing where nobody is in it here. */
  async refresh(sessionId: string): Promise<void> {
    const room = await this.find(sessionId);
    const session = room && (await this.#options.sessions.find(sessionId));
    if (session) room.follow(session);
    else room?.end('cancelled');
  }

  /** Shows a line to everybody who is in a visit here. @returns how many people there are */
  async announce(sessionId: string, text: string): Promise<number> {
    const room = await this.find(sessionId);
    return room?.announce(text) ?? 0;
  }

  /** Idempotent; resolves when it is stored who was in a visit until now. */
  async close(reason: LeaveReason): Promise<void> {
    this.#closed = true;
    this.#cancel();
    const rooms = await Promise.allSettled(this.#rooms.values());
    for (const room of rooms) if (room.status === 'fulfilled') room.value.close(reason);
    await this.#attendance.close();
  }

  /** What was decided about a visit, by whomever, is carried out on those who are in it here. */
  async #follow({ previous, next, events }: Changed): Promise<void> {
    const room = await this.find(previous.sessionId);
    if (!room) return;
    for (const event of events) {
      const userId = 'seat' in event ? previous.seats[event.seat]?.userId : undefined;
      if (userId === undefined) continue;
      if (event.type === 'participant.declined') room.waiting.declined(userId);
    }
    room.follow(next);
  }

  #schedule(): void {
    this.#cancel = this.#options.clock.after(RECONCILE_MS, () => {
      this.#reconcile()
        .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'rooms could not be compared'))
        .finally(() => this.#closed || this.#schedule());
    });
  }

  /**
   * Holds the rooms against the store. A change whose answer was lost, or that another server made and could not tell, has
   * told nobody here.
   */
  async #reconcile(): Promise<void> {
    const rooms = (await Promise.all([...this.#rooms.keys()].map((id) => this.find(id)))).filter(
      (room) => room !== undefined,
    );
    if (rooms.length === 0) return;
    const versions = await this.#options.sessions.versions(rooms.map(({ sessionId }) => sessionId));
    for (const { sessionId, rules } of rooms) {
      if (versions.get(sessionId) !== rules.session.version) await this.refresh(sessionId);
    }
  }

  async #create(session: Session): Promise<VisitRoom> {
    const { sessions, chats, createRouter, clock, graceMs, logger } = this.#options;
    const { sessionId } = session;
    const { nodeId } = session.placement;
    const loading = chats.messages(sessionId);
    loading.catch(() => undefined);
    const newRouter = () => createRouter(nodeId);
    const router = await newRouter();
    const history = await loading.catch((error: unknown) => {
      router.close();
      throw error;
    });
    if (router.closed) throw new TelevisitError('media_unavailable');
    return new VisitRoom({
      session,
      chats,
      history,
      router,
      createRouter: newRouter,
      sessions,
      attendance: this.#attendance,
      clock,
      graceMs,
      logger: logger.child({ sessionId, nodeId }),
    });
  }
}
