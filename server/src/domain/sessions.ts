import { TelevisitError } from '@televisit/shared/errors';
import type { EndReason, ProviderId } from '@televisit/shared/vocabulary';
import * as attendance from './attendance.ts';
import type { Clock } from '../core/clock.ts';
import { change } from './change.ts';
import { SYSTEM, type Actor, type AuditNote } from './events.ts';
import type { Ids } from './ids.ts';
import * as lifecycle from './lifecycle.ts';
import * as people from './people.ts';
import * as reminders from './reminders.ts';
import { applyProviderEvent, type ProviderEvent } from './provider-events.ts';
import { Scheduler, type Placement } from './scheduler.ts';
import { hasSeats, seatIndex, type Session } from './session.ts';
import { MAX_ATTEMPTS, SessionChanges, withTrace, type Changed, type Command } from './session-changes.ts';
import type { SessionChange, SessionStore } from './session-store.ts';

export type { Changed, Placement };

export interface SessionsOptions {
  readonly store: SessionStore;
  readonly placement: Placement;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly rules: lifecycle.PlanRules;
  /** The grace period after a lost connection, in milliseconds. */
  readonly graceMs: number;
  /** Whether absent people are notified when a host enters; default: no. */
  readonly notifiesAbsent?: boolean;
}

/** `replayed`: created before with the same Idempotency-Key; `known`: the appointment already had a session. */
export type CreateOutcome = 'created' | 'replayed' | 'known';

export type NewVisit = Omit<lifecycle.NewSession, 'sessionId' | 'nodeId'>;

/** Chooses the provider of a new session. @throws {TelevisitError} `provider_unavailable`, `provider_not_configured` */
export type ChooseCarrier = (excluded: readonly ProviderId[]) => Promise<lifecycle.Carrier>;

/** The node of a session that another provider carries while no node has room. */
const NO_NODE = 'none';

/** The operations on sessions, for HTTP, signaling and background tasks. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #changes: SessionChanges;
  readonly #scheduler: Scheduler;
  readonly #creationListeners: ((session: Session) => void)[] = [];

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#changes = new SessionChanges(options.store, options.clock);
    this.#scheduler = new Scheduler(options.placement, this.#changes);
  }

  /** Registers a listener for every session change stored by this process. */
  onChange(listener: (changed: Changed) => void): void {
    this.#changes.onChange(listener);
  }

  /** Registers a listener for every session created by this process. */
  onCreate(listener: (session: Session) => void): void {
    this.#creationListeners.push(listener);
  }

  /**
   * Creates the session of an appointment, or returns the existing one that was not cancelled.
   * @param choose chooses the provider of a new session; without it, this server carries the visit
   * @throws {TelevisitError} `appointment_conflict` if the existing one lacks one of the people; `idempotency_conflict`,
   * `plan_over`, `no_capacity`, and as `choose`
   */
  async create(
    visit: NewVisit,
    by: Actor,
    choose?: ChooseCarrier,
  ): Promise<{ session: Session; outcome: CreateOutcome }> {
    const { placement } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const known = await this.#find(visit);
      if (known) return known;
      const { nodeId, ...placed } = await this.#place(visit, choose);
      const inserted = await this.#insert({ ...visit, ...placed }, nodeId, by).catch((error: unknown) => {
        placement.release(nodeId);
        throw error;
      });
      if (inserted) {
        for (const listener of this.#creationListeners) listener(inserted);
        return { session: inserted, outcome: 'created' };
      }
      placement.release(nodeId);
    }
    throw new TelevisitError('conflict');
  }

  find(sessionId: string): Promise<Session | undefined> {
    return this.#options.store.get(sessionId);
  }

  /** Returns the current versions of sessions. Deleted sessions are missing. */
  versions(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#options.store.versions(sessionIds);
  }

  /** Returns a session. @throws {TelevisitError} `session_not_found` */
  get(sessionId: string): Promise<Session> {
    return this.#changes.get(sessionId);
  }

  /**
   * Returns a session that the user may enter now, placed on an available node.
   * @throws {TelevisitError} `session_not_found`, `removed`, `token_revoked`, `not_open_yet`, `session_over`, `no_capacity`,
   * `conflict`
   */
  async admit(sessionId: string, holder: people.LinkHolder): Promise<Session> {
    const session = await this.get(sessionId);
    this.requireEntry(session, holder);
    return session.provider === 'sfu' ? this.#scheduler.ensurePlaced(session) : session;
  }

  /**
   * Moves a session and its participants to another node.
   * @throws {TelevisitError} `no_capacity`, `session_not_found`, `session_over`, `conflict`
   */
  move(session: Session): Promise<Session> {
    return this.#scheduler.move(session);
  }

  /**
   * Checks that the holder of a link may enter the given state of a session.
   * @throws {TelevisitError} `removed`, `token_revoked`, `not_open_yet`, `session_over`
   */
  requireEntry(session: Session, holder: people.LinkHolder): void {
    people.requireMember(session, holder.sub);
    people.requireLink(session, holder);
    lifecycle.requireOpen(session, this.#options.clock.now());
  }

  /** Checks that a session is open to people. @throws {TelevisitError} `not_open_yet`, `session_over` */
  requireWindow(session: Session): void {
    lifecycle.requireOpen(session, this.#options.clock.now());
  }

  /**
   * Returns a session in which the user is present, or was until losing the connection within the grace period, with
   * the index of their seat.
   * @throws {TelevisitError} `session_not_found`, `session_over`, `removed`, `not_joined`
   */
  async present(sessionId: string, userId: string): Promise<{ session: Session; seat: number }> {
    const { graceMs, clock } = this.#options;
    const session = await this.get(sessionId);
    return { session, seat: attendance.requirePresent(session, userId, graceMs, clock.now()) };
  }

  /**
   * Returns the session for a join link, and records the link in the audit log.
   * @throws {TelevisitError} `session_not_found`, `seat_mismatch`, `removed`, `not_open_yet`, `session_over`
   */
  async issueLink(sessionId: string, userId: string, role: string, by: Actor): Promise<Session> {
    const session = await this.get(sessionId);
    const seat = seatIndex(session, userId);
    if (session.seats[seat]?.role !== role) throw new TelevisitError('seat_mismatch');
    people.requireMember(session, userId);
    lifecycle.requireOpen(session, this.#options.clock.now());
    await this.note(sessionId, { type: 'link.issued', seat, by });
    return session;
  }

  /** Records an action in the audit log of a session. */
  note(sessionId: string, note: DistributiveOmit<AuditNote, 'seq' | 'at'>): Promise<void> {
    return this.#options.store.note(sessionId, { ...note, seq: null, at: this.#options.clock.now() });
  }

  /**
   * Changes the plan of a visit.
   * @throws {TelevisitError} `session_not_found`, `session_closed`, `plan_over`, `conflict`
   */
  update(
    sessionId: string,
    plan: (session: Session) => Partial<lifecycle.VisitPlan>,
    by: people.ActorRef,
  ): Promise<Session> {
    const { rules } = this.#options;
    return this.#changes.run(sessionId, (session, now) =>
      lifecycle.update(session, plan(session), rules, people.actorOf(session, by), now),
    );
  }

  /** Makes a visit live. Idempotent. @throws {TelevisitError} `session_not_found`, `session_closed`, `conflict` */
  start(sessionId: string, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => lifecycle.start(session, by, now));
  }

  /** Ends a visit; the first end wins. @throws {TelevisitError} `session_not_found`, `session_closed`, `conflict` */
  end(sessionId: string, reason: Exclude<EndReason, 'cancelled'>, by: people.ActorRef): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      lifecycle.end(session, reason, people.actorOf(session, by), now),
    );
  }

  /** Cancels a visit. Idempotent. @throws {TelevisitError} `session_not_found`, `session_closed`, `conflict` */
  cancel(sessionId: string, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => lifecycle.cancel(session, by, now));
  }

  /**
   * Makes a visit live again that was ended by mistake. Idempotent.
   * @throws {TelevisitError} `session_not_found`, `session_over`, `session_closed`, `conflict`
   */
  reopen(sessionId: string, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => lifecycle.reopen(session, by, now));
  }

  /** Applies the change of a session that is due, if any. @throws {TelevisitError} `session_not_found`, `conflict` */
  expire(sessionId: string): Promise<Session> {
    return this.#changes.run(sessionId, lifecycle.expire);
  }

  /**
   * Issues the due reminder of a visit.
   * @param toPeople whether it is also sent to people
   * @throws {TelevisitError} `session_not_found`, `conflict`
   */
  remind(sessionId: string, toPeople: boolean): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => reminders.remind(session, toPeople, now));
  }

  /**
   * Replaces the reminders of a visit according to the settings.
   * @throws {TelevisitError} `session_not_found`, `conflict`
   */
  replanReminders(sessionId: string): Promise<Session> {
    const { reminderMinutes } = this.#options.rules;
    return this.#changes.run(sessionId, (session, now) => reminders.replan(session, reminderMinutes, now));
  }

  /**
   * Records that the messages required by the state `planned` are in the store.
   * @param wrote whether they have any recipient
   * @throws {TelevisitError} `session_not_found`, `conflict`
   */
  messagesPlanned(planned: Session, wrote: boolean): Promise<Session> {
    return this.#changes.run(planned.sessionId, (session, now) =>
      reminders.messagesPlanned(session, planned, wrote, now),
    );
  }

  /**
   * Records that a participant enters the visit.
   * @throws {TelevisitError} `session_not_found`, `session_over`, `not_open_yet`, `removed`, `visit_full`, `conflict`
   */
  enter(sessionId: string, userId: string): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => {
      people.requireMember(session, userId);
      lifecycle.requireOpen(session, now);
      return this.#arriving(
        attendance.enter(session, seatIndex(session, userId), this.#options.graceMs, now),
      );
    });
  }

  /**
   * Records that a participant left the visit.
   * @param seen the state known to the caller; ignored if the visit has been placed again since, because the new owner
   * knows its participants better
   * @throws {TelevisitError} `session_not_found`, `conflict`
   */
  leave(seen: Session, userId: string, left: attendance.Left): Promise<Session> {
    return this.#changes.run(seen.sessionId, (session, now) => {
      if (session.placement.epoch !== seen.placement.epoch) return null;
      const seat = seatIndex(session, userId);
      return attendance.leave(session, seat, left, { type: 'participant', seat }, now);
    });
  }

  /**
   * Records the quality of a participant whose media moves to another node.
   * @throws {TelevisitError} `session_not_found`, `conflict`
   */
  handOver(sessionId: string, userId: string, left: attendance.Left): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      attendance.handOver(session, seatIndex(session, userId), left, now),
    );
  }

  /**
   * Records that all participants of a visit left when its process was last alive.
   * @param seen the visit as it was on that process; ignored if it has been placed again since
   * @throws {TelevisitError} `session_not_found`, `conflict`
   */
  abandon(seen: Session, lastAlive: number): Promise<Session> {
    return this.#changes.run(seen.sessionId, (session, now) =>
      session.placement.epoch === seen.placement.epoch ? attendance.abandon(session, lastAlive, now) : null,
    );
  }

  /**
   * Disconnects a participant, who may come back.
   * @throws {TelevisitError} `session_not_found`, `participant_not_found`, `conflict`
   */
  dismiss(sessionId: string, userId: string, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
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
   * Removes a participant permanently.
   * @throws {TelevisitError} `session_not_found`, `participant_not_found`, `session_closed`, `conflict`
   */
  remove(sessionId: string, userId: string, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      people.remove(session, people.requireSeat(session, userId), by, now),
    );
  }

  /**
   * Applies a command of a feature to the stored session.
   * @throws {TelevisitError} `session_not_found`, `conflict`, and as the command
   */
  apply(sessionId: string, command: Command): Promise<Session> {
    return this.#changes.run(sessionId, command);
  }

  /**
   * Records that the network of a participant has been poor for a while.
   * @throws {TelevisitError} `session_not_found`, `conflict`
   */
  degraded(sessionId: string, userId: string): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      attendance.degraded(session, seatIndex(session, userId), now),
    );
  }

  /**
   * Applies an event reported by another meeting provider. A repeated event changes nothing.
   * @throws {TelevisitError} `session_not_found`, `participant_not_found`, `session_closed`, `session_over`,
   * `not_open_yet`, `removed`, `visit_full`, `conflict`
   */
  report(sessionId: string, event: ProviderEvent, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      this.#arriving(applyProviderEvent(session, event, this.#options.graceMs, by, now)),
    );
  }

  /** Replaces a user with a pseudonym. @throws {TelevisitError} `session_not_found`, `conflict` */
  erase(sessionId: string, userId: string, pseudonym: string, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => people.erase(session, userId, pseudonym, by, now));
  }

  #arriving<C extends SessionChange | null>(change: C): C | SessionChange {
    return change && this.#options.notifiesAbsent ? reminders.withArrival(change) : change;
  }

  /** Stores a new session. @returns null if the appointment or the idempotency key has one by now */
  async #insert(visit: NewVisit, nodeId: string, by: Actor): Promise<Session | null> {
    const { store, clock, ids, rules } = this.#options;
    const fresh = { ...visit, sessionId: ids.session(), nodeId };
    const created = withTrace(lifecycle.create(fresh, rules, by, clock.now()));
    return (await store.insert(created)) ? created.next : null;
  }

  /** Reserves a node for a new session, and chooses its provider. */
  async #place(
    { region }: NewVisit,
    choose: ChooseCarrier | undefined,
  ): Promise<{ nodeId: string; carrier?: lifecycle.Carrier }> {
    const { placement } = this.#options;
    const carrier = await choose?.([]);
    try {
      return { nodeId: placement.reserve({ region }), ...(carrier ? { carrier } : {}) };
    } catch (error) {
      if (!choose || !(error instanceof TelevisitError) || error.code !== 'no_capacity') throw error;
      // A visit that another provider carries needs no node, unless it comes back.
      if (carrier && carrier.provider !== 'sfu') return { nodeId: NO_NODE, carrier };
      if (!carrier || carrier.fallbacks.length === 0) throw error;
      return { nodeId: NO_NODE, carrier: await choose(['sfu']) };
    }
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
    if (known.status === 'cancelled') {
      // Stored by a release in which a cancelled session kept its appointment; a write makes it give that up.
      await this.#changes.run(known.sessionId, (session, now) => change(session, {}, now, SYSTEM));
      return undefined;
    }
    if (!hasSeats(known, visit.seats)) throw new TelevisitError('appointment_conflict');
    return { session: known, outcome: 'known' };
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
