import type { LeaveReason } from '@televisit/shared/vocabulary';
import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { AdmissionControl } from '../cluster/admission-control.ts';
import type { Chats } from '../domain/chats.ts';
import { iso, type Clock } from '../domain/clock.ts';
import type { Session } from '../domain/session.ts';
import type { Changed, Sessions } from '../domain/sessions.ts';
import type { SessionRouter } from '../media/session-router.ts';
import { AttendanceRecorder } from './attendance-recorder.ts';
import { VisitRoom } from './visit-room.ts';

export interface RoomsOptions {
  readonly sessions: Sessions;
  readonly chats: Chats;
  /** A router for a visit on the node that it is placed on. */
  readonly createRouter: (nodeId: string) => Promise<SessionRouter>;
  readonly clock: Clock;
  readonly graceMs: number;
  /** Whether there is room for somebody new. */
  readonly limits: Pick<AdmissionControl, 'enter'>;
  readonly logger: Logger;
}

/** How often rooms are held against the store, in milliseconds. */
const RECONCILE_MS = 1000;

/** The rooms that have somebody in them, by session. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Promise<VisitRoom>>();
  /** Those of visits that have gone over to another node, until all of their people have. */
  readonly #leaving = new Set<VisitRoom>();
  readonly #attendance: AttendanceRecorder;
  #cancel: () => void = () => undefined;
  #closed = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#attendance = new AttendanceRecorder(options);
    this.#schedule();
  }

  /** Applies a change that this process stored to the rooms of its session. */
  sessionChanged(changed: Changed): void {
    this.#follow(changed).catch((error: unknown) =>
      this.#options.logger.error({ err: error }, 'failed to apply a change to a room'),
    );
  }

  get size(): number {
    return this.#rooms.size + this.#leaving.size;
  }

  /** Whether a visit that lives here has somebody in it, or expects them. */
  has(sessionId: string): boolean {
    return this.#rooms.has(sessionId);
  }

  /** The visits that have a room on a node. */
  async on(nodeId: string): Promise<readonly VisitRoom[]> {
    const rooms = await Promise.all([...this.#rooms.keys()].map((sessionId) => this.find(sessionId)));
    return rooms.filter((room) => room?.nodeId === nodeId) as VisitRoom[];
  }

  /** Moves a visit to another node; people follow by themselves. @throws TelevisitError as `Sessions.move` */
  async move(room: VisitRoom): Promise<void> {
    await room.moveAway((session) => this.#options.sessions.move(session));
    if (room.closed) return;
    // Who comes now comes to the other node, which may be this process's, too.
    this.#rooms.delete(room.sessionId);
    this.#leaving.add(room);
    room.onClose(() => this.#leaving.delete(room));
  }

  /** Another process runs a node of this one now: its visits are no longer ours. */
  async abandon(nodeId: string): Promise<void> {
    for (const room of await this.on(nodeId)) room.lose();
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
    if ((await this.#all(sessionId)).length === 0) return;
    const session = await this.#options.sessions.find(sessionId);
    for (const room of await this.#all(sessionId)) {
      if (session) room.follow(session);
      else room.end('cancelled');
    }
  }

  /** Shows a line to everybody who is in a visit here. @returns how many people there are */
  async announce(sessionId: string, text: string): Promise<number> {
    const line = { text, at: iso(this.#options.clock.now()) };
    const here = (await this.#all(sessionId)).flatMap((room) => room.announce(line));
    return new Set(here).size;
  }

  /** Idempotent; resolves when it is stored who was in a visit until now. */
  async close(reason: LeaveReason): Promise<void> {
    this.#closed = true;
    this.#cancel();
    const rooms = await Promise.allSettled(this.#rooms.values());
    for (const room of rooms) if (room.status === 'fulfilled') room.value.close(reason);
    for (const room of this.#leaving) room.close(reason);
    await this.#attendance.close();
  }

  /** What was decided about a visit, by whomever, is carried out on those who are in it here. */
  async #follow({ previous, next, events }: Changed): Promise<void> {
    for (const room of await this.#all(previous.sessionId)) {
      for (const event of events) {
        const userId = 'seat' in event ? previous.seats[event.seat]?.userId : undefined;
        if (userId !== undefined && event.type === 'participant.declined') room.waiting.declined(userId);
      }
      room.follow(next);
    }
  }

  /** The room of a session, and that of before where it is just moving. */
  async #all(sessionId: string): Promise<readonly VisitRoom[]> {
    const room = await this.find(sessionId);
    const leaving = [...this.#leaving].filter((one) => one.sessionId === sessionId);
    return room ? [room, ...leaving] : leaving;
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
    const leaving = [...this.#leaving].map(({ sessionId }) => sessionId);
    const sessionIds = [...new Set([...this.#rooms.keys(), ...leaving])];
    if (sessionIds.length === 0) return;
    const versions = await this.#options.sessions.versions(sessionIds);
    for (const sessionId of sessionIds) {
      const version = versions.get(sessionId);
      const rooms = await this.#all(sessionId);
      if (rooms.some(({ rules }) => rules.session.version !== version)) await this.refresh(sessionId);
    }
  }

  async #create(session: Session): Promise<VisitRoom> {
    const { sessions, chats, createRouter, clock, graceMs, limits, logger } = this.#options;
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
      limits,
      logger: logger.child({ sessionId, nodeId }),
    });
  }
}
