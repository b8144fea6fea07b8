import { TelevisitError } from '@televisit/shared/errors';
import type { EndReason } from '@televisit/shared/session';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import * as lifecycle from './lifecycle.ts';
import { isOver, sameSeats, seatOf, type Seat, type Session } from './session.ts';
import type { SessionChange, SessionStore } from './session-store.ts';

/** Chooses the SFU node of a session. */
export interface Placement {
  /** Whether the node is there to carry media. */
  has(nodeId: string): boolean;
  /** Counts a session onto the least loaded node and names it. @throws TelevisitError `no_capacity` */
  reserve(): string;
  /** Takes a session off a node again. */
  release(nodeId: string): void;
}

export interface SessionsOptions {
  readonly store: SessionStore;
  readonly placement: Placement;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** How often a lost compare-and-set is decided anew before the caller hears of it. */
const MAX_ATTEMPTS = 16;

/** What can be done to sessions, whoever asks for it. */
export class Sessions {
  readonly #store: SessionStore;
  readonly #placement: Placement;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor({ store, placement, clock, ids }: SessionsOptions) {
    this.#store = store;
    this.#placement = placement;
    this.#clock = clock;
    this.#ids = ids;
  }

  /**
   * Creates the session of an appointment, or finds the one it has.
   * @throws TelevisitError `appointment_conflict` where that one seats other people; `no_capacity`
   */
  async create(
    appointmentId: string,
    seats: readonly Seat[],
  ): Promise<{ session: Session; created: boolean }> {
    const known = await this.#store.findByAppointment(appointmentId);
    if (known) return { session: samePeople(known, seats), created: false };
    const nodeId = this.#placement.reserve();
    const sessionId = this.#ids.session();
    const change = lifecycle.create({ sessionId, appointmentId, seats, nodeId }, this.#clock.now());
    let session: Session;
    try {
      session = await this.#store.insert(change);
    } catch (error) {
      this.#placement.release(nodeId);
      throw error;
    }
    const created = session.sessionId === sessionId;
    if (!created) this.#placement.release(nodeId);
    return { session: samePeople(session, seats), created };
  }

  /** @throws TelevisitError `session_not_found` */
  async get(sessionId: string): Promise<Session> {
    const session = await this.#store.get(sessionId);
    if (!session) throw new TelevisitError('session_not_found');
    return session;
  }

  /**
   * A session that people can still enter, on a node that is there: one whose node is gone is placed anew.
   * @throws TelevisitError `session_not_found`, `session_over`, `no_capacity`, `conflict`
   */
  async getOpen(sessionId: string): Promise<Session> {
    const session = await this.get(sessionId);
    if (isOver(session)) throw new TelevisitError('session_over');
    if (this.#placement.has(session.placement.nodeId)) return session;
    const nodeId = this.#placement.reserve();
    const moved = await this.#transition(sessionId, (current) =>
      this.#placement.has(current.placement.nodeId)
        ? null
        : lifecycle.place(current, nodeId, this.#clock.now()),
    );
    if (moved.placement.nodeId !== nodeId) this.#placement.release(nodeId);
    return moved;
  }

  /** The seat that a join link is for. @throws TelevisitError `session_not_found`, `session_over`, `seat_mismatch` */
  async seat(sessionId: string, userId: string, role: string): Promise<{ session: Session; seat: Seat }> {
    const session = await this.get(sessionId);
    const seat = seatOf(session, userId);
    if (seat?.role !== role) throw new TelevisitError('seat_mismatch');
    if (isOver(session)) throw new TelevisitError('session_over');
    return { session, seat };
  }

  /** Somebody entered. Idempotent. @throws TelevisitError `session_not_found`, `session_over`, `conflict` */
  start(sessionId: string): Promise<Session> {
    return this.#transition(sessionId, (session) => lifecycle.start(session, this.#clock.now()));
  }

  /** Ends a visit; the first end wins. @throws TelevisitError `session_not_found`, `conflict` */
  async end(sessionId: string, reason: EndReason): Promise<Session> {
    const attempt = { change: null as SessionChange | null };
    const session = await this.#transition(sessionId, (current) => {
      attempt.change = lifecycle.end(current, reason, this.#clock.now());
      return attempt.change;
    });
    if (attempt.change) this.#placement.release(session.placement.nodeId);
    return session;
  }

  async #transition(sessionId: string, decide: (session: Session) => SessionChange | null): Promise<Session> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const session = await this.get(sessionId);
      const change = decide(session);
      if (!change) return session;
      if (await this.#store.update(change)) return change.next;
    }
    throw new TelevisitError('conflict');
  }
}

function samePeople(session: Session, seats: readonly Seat[]): Session {
  if (!sameSeats(session.seats, seats)) throw new TelevisitError('appointment_conflict');
  return session;
}
