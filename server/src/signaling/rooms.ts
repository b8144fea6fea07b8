import type { EndReason } from '@televisit/shared/session';
import type { LeaveReason } from '@televisit/shared/signaling';
import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';
import type { Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { VisitRouter } from '../media/visit-router.ts';
import { VisitRoom } from './visit-room.ts';

export interface RoomsOptions {
  readonly sessions: Sessions;
  /** A router for a visit on the node that it is placed on. */
  readonly createRouter: (nodeId: string) => Promise<VisitRouter>;
  readonly clock: Clock;
  readonly graceMs: number;
  readonly logger: Logger;
}

/** The rooms that have somebody in them, by session. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Promise<VisitRoom>>();
  #closed = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#rooms.size;
  }

  /** The room of a session, made where there is none. @throws TelevisitError `media_unavailable`, `shutting_down` */
  async open({ sessionId, placement }: Session): Promise<VisitRoom> {
    if (this.#closed) throw new TelevisitError('shutting_down');
    const known = this.#rooms.get(sessionId);
    if (known) return known;
    const opening = this.#create(sessionId, placement.nodeId);
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

  /** Ends the visit for those who are in it here. */
  async end(sessionId: string, reason: EndReason): Promise<void> {
    const room = await this.#rooms.get(sessionId);
    room?.end(reason);
  }

  /** Idempotent. */
  async close(reason: LeaveReason): Promise<void> {
    this.#closed = true;
    const rooms = await Promise.allSettled(this.#rooms.values());
    for (const room of rooms) if (room.status === 'fulfilled') room.value.close(reason);
  }

  async #create(sessionId: string, nodeId: string): Promise<VisitRoom> {
    const { sessions, createRouter, clock, graceMs, logger } = this.#options;
    const router = await createRouter(nodeId);
    if (router.closed) throw new TelevisitError('media_unavailable');
    return new VisitRoom({
      sessionId,
      router,
      sessions,
      clock,
      graceMs,
      logger: logger.child({ sessionId, nodeId }),
    });
  }
}
