import { TelevisitError } from '@televisit/shared/errors';
import type { EndReason } from '@televisit/shared/session';
import * as attendance from './attendance.ts';
import type { Clock } from './clock.ts';
import type { Actor, AuditNote, SessionEvent } from './events.ts';
import type { Ids } from './ids.ts';
import * as lifecycle from './lifecycle.ts';
import * as people from './people.ts';
import { isOver, sameSeats, seatIndex, type Feedback, type Session } from './session.ts';
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
  readonly margins: lifecycle.WindowMargins;
  /** Who comes back this soon after losing the connection has not left, in milliseconds. */
  readonly graceMs: number;
}

/** What a change of a session looks like to those who follow it. */
export interface Changed {
  readonly previous: Session;
  readonly next: Session;
  readonly events: readonly SessionEvent[];
}

/** `replayed`: the same Idempotency-Key made it before; `known`: the appointment had it already. */
export type CreateOutcome = 'created' | 'replayed' | 'known';

export type NewVisit = Omit<lifecycle.NewSession, 'sessionId' | 'nodeId'>;

/** Who does something: an actor, or the person in the seat of this user. */
export type Doer = Actor | { readonly userId: string };

type Decision = (session: Session, now: number) => SessionChange | null;

/** A node that was marked alive this lately is there, in milliseconds. */
const ALIVE_MS = 10_000;
/** How often a lost compare-and-set is decided anew before the caller hears of it. */
const MAX_ATTEMPTS = 16;

/** What can be done to sessions, whoever asks for it. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #listeners: ((changed: Changed) => void)[] = [];
  /** The last change of each session that is being written: changes of one process never race with each other. */
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Calls back after every stored change of a session by this process. */
  onChange(listener: (changed: Changed) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Creates the session of an appointment, or finds the one it has.
   * @throws TelevisitError `appointment_conflict` where that one seats other people; `idempotency_conflict`,
   * `no_capacity`
   */
  async create(visit: NewVisit, by: Actor): Promise<{ session: Session; outcome: CreateOutcome }> {
    const { store, placement, clock, ids, margins } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const known = await this.#find(visit);
      if (known) return known;
      const nodeId = placement.reserve();
      const fresh = { ...visit, sessionId: ids.session(), nodeId };
      const change = lifecycle.create(fresh, margins, by, clock.now());
      const inserted = await store.insert(change).catch((error: unknown) => {
        placement.release(nodeId);
        throw error;
      });
      if (inserted) return { session: change.next, outcome: 'created' };
      placement.release(nodeId);
    }
    throw new TelevisitError('conflict');
  }

  find(sessionId: string): Promise<Session | undefined> {
    return this.#options.store.get(sessionId);
  }

  /** @throws TelevisitError `session_not_found` */
  async get(sessionId: string): Promise<Session> {
    const session = await this.find(sessionId);
    if (!session) throw new TelevisitError('session_not_found');
    return session;
  }

  /**
   * A session that this person may enter now, on a node that is there: one whose node is gone is placed anew.
   * @throws TelevisitError `session_not_found`, `removed`, `not_open_yet`, `session_over`, `no_capacity`, `conflict`
   */
  async admit(sessionId: string, userId: string): Promise<Session> {
    const { placement, clock } = this.#options;
    const session = await this.get(sessionId);
    requireMember(session, userId);
    lifecycle.requireOpen(session, clock.now());
    return placement.has(session.placement.nodeId) ? session : this.#place(session);
  }

  /**
   * The seat that a join link is for; the audit log keeps that there was one.
   * @throws TelevisitError `session_not_found`, `seat_mismatch`, `removed`, `not_open_yet`, `session_over`
   */
  async issueLink(sessionId: string, userId: string, role: string, by: Actor): Promise<Session> {
    const session = await this.get(sessionId);
    const seat = seatIndex(session, userId);
    if (session.seats[seat]?.role !== role) throw new TelevisitError('seat_mismatch');
    requireMember(session, userId);
    lifecycle.requireOpen(session, this.#options.clock.now());
    await this.note(sessionId, { type: 'link.issued', seat, by });
    return session;
  }

  /** Keeps in the audit log what was done with a session. */
  note(sessionId: string, note: DistributiveOmit<AuditNote, 'seq' | 'at'>): Promise<void> {
    return this.#options.store.note(sessionId, { ...note, seq: null, at: this.#options.clock.now() });
  }

  /** Changes the plan of a visit. @throws TelevisitError `session_not_found`, `session_closed`, `conflict` */
  update(
    sessionId: string,
    plan: (session: Session) => Partial<lifecycle.VisitPlan>,
    by: Actor,
  ): Promise<Session> {
    const { margins } = this.#options;
    return this.#change(sessionId, (session, now) =>
      lifecycle.update(session, plan(session), margins, by, now),
    );
  }

  /** Makes a visit live. Idempotent. @throws TelevisitError `session_not_found`, `session_closed`, `conflict` */
  start(sessionId: string, by: Actor): Promise<Session> {
    return this.#change(sessionId, (session, now) => lifecycle.start(session, by, now));
  }

  /** Ends a visit; the first end wins. @throws TelevisitError `session_not_found`, `session_closed`, `conflict` */
  end(sessionId: string, reason: Exclude<EndReason, 'cancelled'>, by: Doer): Promise<Session> {
    return this.#change(sessionId, (session, now) =>
      lifecycle.end(session, reason, actorOf(session, by), now),
    );
  }

  /** Cancels a visit. Idempotent. @throws TelevisitError `session_not_found`, `session_closed`, `conflict` */
  cancel(sessionId: string, by: Actor): Promise<Session> {
    return this.#change(sessionId, (session, now) => lifecycle.cancel(session, by, now));
  }

  /** Ends a visit whose time has run out. @throws TelevisitError `session_not_found`, `conflict` */
  expire(sessionId: string): Promise<Session> {
    return this.#change(sessionId, lifecycle.expire);
  }

  /**
   * A person is in the visit from now on.
   * @throws TelevisitError `session_not_found`, `session_over`, `not_open_yet`, `removed`, `visit_full`, `conflict`
   */
  enter(sessionId: string, userId: string): Promise<Session> {
    return this.#change(sessionId, (session, now) => {
      requireMember(session, userId);
      lifecycle.requireOpen(session, now);
      return attendance.enter(session, seatIndex(session, userId), this.#options.graceMs, now);
    });
  }

  /** A person is out of the visit. @throws TelevisitError `session_not_found`, `conflict` */
  leave(sessionId: string, userId: string, left: attendance.Left): Promise<Session> {
    return this.#change(sessionId, (session, now) => {
      const seat = seatIndex(session, userId);
      return attendance.leave(session, seat, left, { type: 'participant', seat }, now);
    });
  }

  /** Everybody in a visit left when its process was last alive. @throws TelevisitError `session_not_found`, `conflict` */
  abandon(sessionId: string, lastAlive: number): Promise<Session> {
    return this.#change(sessionId, (session, now) => attendance.abandon(session, lastAlive, now));
  }

  /** The backend makes a person leave. @throws TelevisitError `session_not_found`, `participant_not_found`, `conflict` */
  dismiss(sessionId: string, userId: string, by: Actor): Promise<Session> {
    return this.#change(sessionId, (session, now) =>
      attendance.leave(
        session,
        people.requireSeat(session, userId),
        { at: now, reason: 'dismissed' },
        by,
        now,
      ),
    );
  }

  /**
   * A person is out for good.
   * @throws TelevisitError `session_not_found`, `participant_not_found`, `session_closed`, `conflict`
   */
  remove(sessionId: string, userId: string, by: Actor): Promise<Session> {
    return this.#change(sessionId, (session, now) =>
      people.remove(session, people.requireSeat(session, userId), by, now),
    );
  }

  /**
   * Keeps a person's feedback.
   * @throws TelevisitError `session_not_found`, `participant_not_found`, `feedback_given`, `conflict`
   */
  giveFeedback(
    sessionId: string,
    userId: string,
    feedback: Pick<Feedback, 'rating' | 'comment'>,
    by: Doer,
  ): Promise<Session> {
    return this.#change(sessionId, (session, now) => {
      const seat = people.requireSeat(session, userId);
      return people.giveFeedback(session, seat, feedback, actorOf(session, by), now);
    });
  }

  /** A pseudonym takes a person's place. @throws TelevisitError `session_not_found`, `conflict` */
  erase(sessionId: string, userId: string, pseudonym: string, by: Actor): Promise<Session> {
    return this.#change(sessionId, (session, now) => people.erase(session, userId, pseudonym, by, now));
  }

  async #find(visit: NewVisit): Promise<{ session: Session; outcome: CreateOutcome } | undefined> {
    const { store } = this.#options;
    const { idempotency } = visit;
    const replayed = idempotency && (await store.findByIdempotencyKey(idempotency.key));
    if (replayed) {
      if (replayed.idempotency?.fingerprint !== idempotency.fingerprint) {
        throw new TelevisitError('idempotency_conflict');
      }
      return { session: replayed, outcome: 'replayed' };
    }
    const known = await store.findByAppointment(visit.appointmentId);
    if (!known) return undefined;
    if (!sameSeats(known.seats, visit.seats)) throw new TelevisitError('appointment_conflict');
    return { session: known, outcome: 'known' };
  }

  /** Moves a session off a node that is not there any more; of several who try one does. */
  async #place({ sessionId, placement: { nodeId: lost } }: Session): Promise<Session> {
    const { store, placement, clock } = this.#options;
    const lastAlive = (await store.lastAlive(lost)) ?? 0;
    // Another server runs that node: the visit is there, and the person has come to the wrong place.
    if (clock.now() - lastAlive < ALIVE_MS) throw new TelevisitError('media_unavailable', { retryAfter: 5 });
    const nodeId = placement.reserve();
    const decided = { byUs: false };
    try {
      const session = await this.#change(sessionId, (current, now) => {
        decided.byUs = !placement.has(current.placement.nodeId);
        return decided.byUs ? lifecycle.place(current, nodeId, lastAlive, now) : null;
      });
      if (!decided.byUs) placement.release(nodeId);
      return session;
    } catch (error) {
      placement.release(nodeId);
      throw error;
    }
  }

  /** Decides on the stored state and writes, one change of a session after the other. */
  async #change(sessionId: string, decide: Decision): Promise<Session> {
    const before = this.#writing.get(sessionId) ?? Promise.resolve();
    const mine = before.then(
      () => this.#attempt(sessionId, decide),
      () => this.#attempt(sessionId, decide),
    );
    this.#writing.set(sessionId, mine);
    try {
      return await mine;
    } finally {
      if (this.#writing.get(sessionId) === mine) this.#writing.delete(sessionId);
    }
  }

  /** Other processes may write at the same time: what they changed is read, and decided on, anew. */
  async #attempt(sessionId: string, decide: Decision): Promise<Session> {
    const { store, clock, placement } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const previous = await this.get(sessionId);
      const change = decide(previous, clock.now());
      if (!change) return previous;
      if (!(await store.update(change))) continue;
      const { next, events } = change;
      if (isOver(next) && !isOver(previous)) placement.release(next.placement.nodeId);
      for (const listener of this.#listeners) listener({ previous, next, events });
      return next;
    }
    throw new TelevisitError('conflict');
  }
}

function actorOf(session: Session, by: Doer): Actor {
  return 'type' in by ? by : { type: 'participant', seat: seatIndex(session, by.userId) };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** @throws TelevisitError `removed` where the person has no seat (any more) */
function requireMember(session: Session, userId: string): void {
  if (session.seats[seatIndex(session, userId)]?.removedAt !== null) throw new TelevisitError('removed');
}
