import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { AdmissionControl } from '../cluster/admission-control.ts';
import type { Clock } from '../core/clock.ts';
import { withoutRequest } from '../core/request-context.ts';
import { every, type Loop } from '../core/timing.ts';
import type { QualityPoint } from '../domain/observation-store.ts';
import type { Session } from '../domain/session.ts';
import type { Changed, Sessions } from '../domain/sessions.ts';
import type { SessionRouter } from '../media/session-router.ts';
import { AttendanceRecorder } from './attendance-recorder.ts';
import { qualityPoints } from './quality-points.ts';
import type { RoomFeature, RoomObserver } from './room-part.ts';
import { Room } from './room.ts';

export interface RoomsOptions {
  readonly sessions: Sessions;
  /** By name, in the order in which their parts of a room are called. */
  readonly features: ReadonlyMap<string, RoomFeature>;
  /** Creates a router on the node that a session is placed on. */
  readonly createRouter: (nodeId: string) => Promise<SessionRouter>;
  readonly clock: Clock;
  /** How long the place of a dropped connection is kept, in milliseconds. */
  readonly graceMs: number;
  /** Decides whether the process has capacity for another participant. */
  readonly limits: Pick<AdmissionControl, 'enter'>;
  readonly logger: Logger;
  readonly observer?: RoomObserver | undefined;
}

/** The pause between two comparisons of the rooms with the store, in milliseconds. */
const RECONCILE_MS = 1000;

/** The rooms of this process, by session. A room exists while it has members. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Promise<Room>>();
  /** The rooms of sessions that have migrated to another node, until all participants have. */
  readonly #migrating = new Set<Room>();
  readonly #attendance: AttendanceRecorder;
  readonly #reconciling: Loop;
  #closed = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#attendance = new AttendanceRecorder(options);
    const { clock, logger } = options;
    this.#reconciling = every(
      clock,
      RECONCILE_MS,
      () => this.#reconcile(),
      (error) => logger.warn({ err: error }, 'failed to compare rooms with the store'),
    );
  }

  get size(): number {
    return this.#rooms.size + this.#migrating.size;
  }

  /** Carries out a change that this process stored in the rooms of its session. */
  sessionChanged(changed: Changed): void {
    this.#apply(changed).catch((error: unknown) =>
      this.#options.logger.error({ err: error }, 'failed to carry out a change of a session'),
    );
  }

  /** Whether a session that lives here has members, or expects them. */
  has(sessionId: string): boolean {
    return this.#rooms.has(sessionId);
  }

  /** Returns the rooms on a node. */
  async on(nodeId: string): Promise<readonly Room[]> {
    const rooms = await Promise.all([...this.#rooms.keys()].map((sessionId) => this.find(sessionId)));
    return rooms.filter((room) => room?.nodeId === nodeId) as Room[];
  }

  /** Migrates a session to another node; clients follow by themselves. @throws {TelevisitError} as `Sessions.move` */
  async move(room: Room): Promise<void> {
    await room.migrate((session) => this.#options.sessions.move(session));
    if (room.closed) return;
    // From now on people come to the other node, which may be one of this process, too.
    this.#rooms.delete(room.sessionId);
    this.#migrating.add(room);
    room.onClose(() => this.#migrating.delete(room));
  }

  /** Closes the rooms on a node that another process now runs. */
  async abandon(nodeId: string): Promise<void> {
    for (const room of await this.on(nodeId)) room.lose();
  }

  /**
   * Returns the room of a session; opens one if there is none.
   * @throws {TelevisitError} `media_unavailable`, `shutting_down`
   */
  async open(session: Session): Promise<Room> {
    if (this.#closed) throw new TelevisitError('shutting_down');
    const { sessionId } = session;
    const known = this.#rooms.get(sessionId);
    if (known) {
      const room = await known;
      room.applySession(session);
      return room;
    }
    // A room outlives the request of the page that opens it.
    const opening = withoutRequest(() => this.#create(session));
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

  /** Returns the open room of a session, if there is one. */
  async find(sessionId: string): Promise<Room | undefined> {
    const room = await this.#rooms.get(sessionId)?.catch(() => undefined);
    return room?.closed ? undefined : room;
  }

  /** Carries out what another process has stored of a session, if it has a room here. */
  async refresh(sessionId: string): Promise<void> {
    if ((await this.#all(sessionId)).length === 0) return;
    const session = await this.#options.sessions.find(sessionId);
    for (const room of await this.#all(sessionId)) {
      if (session) room.applySession(session);
      else room.end('cancelled');
    }
  }

  /** Returns how well the media of the people in each call arrives now, by session. */
  async quality(): Promise<ReadonlyMap<string, readonly QualityPoint[]>> {
    const rooms = await Promise.all([...this.#rooms.keys()].map((sessionId) => this.find(sessionId)));
    return new Map(rooms.flatMap((room) => (room ? [[room.sessionId, qualityPoints(room)] as const] : [])));
  }

  /** Asks the part of a feature in the rooms that a session has here. @returns the answers */
  async ask(sessionId: string, feature: string, request: unknown): Promise<readonly unknown[]> {
    return Promise.all((await this.#all(sessionId)).map((room) => room.request(feature, request)));
  }

  /** Closes all rooms; resolves once their attendance is stored. Idempotent. */
  async close(departure: 'server_shutdown'): Promise<void> {
    this.#closed = true;
    void this.#reconciling.stop();
    const rooms = await Promise.allSettled(this.#rooms.values());
    for (const room of rooms) if (room.status === 'fulfilled') room.value.close(departure);
    for (const room of this.#migrating) room.close(departure);
    await this.#attendance.close();
  }

  async #apply({ previous, next, events }: Changed): Promise<void> {
    for (const room of await this.#all(previous.sessionId)) {
      for (const event of events) {
        room.applyFact(event, 'seat' in event ? previous.seats[event.seat]?.userId : undefined);
      }
      room.applySession(next);
    }
  }

  /** Returns the room of a session, and while it migrates also the previous one. */
  async #all(sessionId: string): Promise<readonly Room[]> {
    const room = await this.find(sessionId);
    const migrating = [...this.#migrating].filter((one) => one.sessionId === sessionId);
    return room ? [room, ...migrating] : migrating;
  }

  /**
   * Compares the rooms with the store. A change whose answer was lost, or of which another process could not tell this
   * one, has not been carried out here.
   */
  async #reconcile(): Promise<void> {
    const migrating = [...this.#migrating].map(({ sessionId }) => sessionId);
    const sessionIds = [...new Set([...this.#rooms.keys(), ...migrating])];
    if (sessionIds.length === 0) return;
    const versions = await this.#options.sessions.versions(sessionIds);
    for (const sessionId of sessionIds) {
      const version = versions.get(sessionId);
      const rooms = await this.#all(sessionId);
      if (rooms.some(({ session }) => session.version !== version)) await this.refresh(sessionId);
    }
  }

  async #create(session: Session): Promise<Room> {
    const { createRouter, features, logger } = this.#options;
    const { sessionId } = session;
    const { nodeId } = session.placement;
    const newRouter = () => createRouter(nodeId);
    // Features load what they need while the worker creates the router.
    const preparing = Promise.all(
      [...features].map(async ([name, feature]) => [name, await feature.prepare(session)] as const),
    );
    preparing.catch(() => undefined);
    const router = await newRouter();
    const parts = await preparing.catch((error: unknown) => {
      router.close();
      throw error;
    });
    if (router.closed) throw new TelevisitError('media_unavailable');
    return new Room({
      ...this.#options,
      session,
      features: new Map(parts),
      router,
      createRouter: newRouter,
      attendance: this.#attendance,
      logger: logger.child({ sessionId, nodeId }),
    });
  }
}
