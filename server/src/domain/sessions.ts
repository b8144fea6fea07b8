import { TelevisitError } from '@televisit/shared/errors';
import type { EndReason } from '@televisit/shared/session';
import * as attendance from './attendance.ts';
import type { Clock } from './clock.ts';
import { change } from './change.ts';
import type { StoredFile, StoredMessage } from './chat-store.ts';
import type { Actor, AuditNote, SessionFact } from './events.ts';
import type { Ids } from './ids.ts';
import * as lifecycle from './lifecycle.ts';
import * as people from './people.ts';
import * as reminders from './reminders.ts';
import { Placing, type Placement } from './placing.ts';
import { applyProviderEvent, type ProviderEvent } from './provider-events.ts';
import { isOver, sameSeats, seatIndex, type Feedback, type Session } from './session.ts';
import { MAX_ATTEMPTS, SessionChanges, type Changed } from './session-changes.ts';
import type { SessionStore } from './session-store.ts';
import * as waitingRoom from './waiting-room.ts';
import * as screenShare from './screen-share.ts';

export type { Changed, Placement };

export interface SessionsOptions {
  readonly store: SessionStore;
  readonly placement: Placement;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly rules: lifecycle.PlanRules;
  /** Who comes back this soon after losing the connection has not left, in milliseconds. */
  readonly graceMs: number;
}

/** `replayed`: the same Idempotency-Key made it before; `known`: the appointment had it already. */
export type CreateOutcome = 'created' | 'replayed' | 'known';

export type NewVisit = Omit<lifecycle.NewSession, 'sessionId' | 'nodeId'>;

/** Who does something: an actor, or the person in the seat of this user. */
export type Doer = Actor | { readonly userId: string };

/** What can be done to sessions, whoever asks for it. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #changes: SessionChanges;
  readonly #placing: Placing;
  readonly #creationListeners: ((session: Session) => void)[] = [];

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#changes = new SessionChanges(options.store, options.clock);
    this.#placing = new Placing(options.placement, this.#changes);
    this.onChange(({ previous, next }) => {
      if (isOver(next) && !isOver(previous)) options.placement.release(next.placement.nodeId);
    });
  }

  /** Calls back after every stored change of a session by this process. */
  onChange(listener: (changed: Changed) => void): void {
    this.#changes.onChange(listener);
  }

  /** Calls back after this process has stored a new session. */
  onCreate(listener: (session: Session) => void): void {
    this.#creationListeners.push(listener);
  }

  /**
   * Creates the session of an appointment, or finds the one it has.
   * @throws TelevisitError `appointment_conflict` where that one seats other people; `idempotency_conflict`,
   * `no_capacity`
   */
  async create(visit: NewVisit, by: Actor): Promise<{ session: Session; outcome: CreateOutcome }> {
    const { store, placement, clock, ids, rules } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const known = await this.#find(visit);
      if (known) return known;
      const nodeId = placement.reserve({ region: visit.region });
      const fresh = { ...visit, sessionId: ids.session(), nodeId };
      const change = lifecycle.create(fresh, rules, by, clock.now());
      const inserted = await store.insert(change).catch((error: unknown) => {
        placement.release(nodeId);
        throw error;
      });
      if (inserted) {
        for (const listener of this.#creationListeners) listener(change.next);
        return { session: change.next, outcome: 'created' };
      }
      placement.release(nodeId);
    }
    throw new TelevisitError('conflict');
  }

  find(sessionId: string): Promise<Session | undefined> {
    return this.#options.store.get(sessionId);
  }

  /** The version that each of these sessions has now; those that are gone are missing. */
  versions(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#options.store.versions(sessionIds);
  }

  /** @throws TelevisitError `session_not_found` */
  get(sessionId: string): Promise<Session> {
    return this.#changes.get(sessionId);
  }

  /**
   * A session that this person may enter now, on a node that is there: one whose node is lost is placed anew.
   * @throws TelevisitError `session_not_found`, `removed`, `not_open_yet`, `session_over`, `no_capacity`, `conflict`
   */
  async admit(sessionId: string, userId: string): Promise<Session> {
    const session = await this.get(sessionId);
    this.requireEntry(session, userId);
    return this.#placing.settle(session);
  }

  /**
   * Moves a session to another node, with everybody who is in it.
   * @throws TelevisitError `no_capacity`, `session_not_found`, `session_over`, `conflict`
   */
  move(session: Session): Promise<Session> {
    return this.#placing.move(session);
  }

  /**
   * Checks that this person may enter a session as it is known here.
   * @throws TelevisitError `removed`, `not_open_yet`, `session_over`
   */
  requireEntry(session: Session, userId: string): void {
    requireMember(session, userId);
    lifecycle.requireOpen(session, this.#options.clock.now());
  }

  /**
   * A session that this person is in, with the place of their seat. Who lost the connection within the grace is in.
   * @throws TelevisitError `session_not_found`, `session_over`, `removed`, `not_joined`
   */
  async present(sessionId: string, userId: string): Promise<{ session: Session; seat: number }> {
    const { graceMs, clock } = this.#options;
    const session = await this.get(sessionId);
    return { session, seat: attendance.requirePresent(session, userId, graceMs, clock.now()) };
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
    const { rules } = this.#options;
    return this.#changes.run(sessionId, (session, now) =>
      lifecycle.update(session, plan(session), rules, by, now),
    );
  }

  /** Makes a visit live. Idempotent. @throws TelevisitError `session_not_found`, `session_closed`, `conflict` */
  start(sessionId: string, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => lifecycle.start(session, by, now));
  }

  /** Ends a visit; the first end wins. @throws TelevisitError `session_not_found`, `session_closed`, `conflict` */
  end(sessionId: string, reason: Exclude<EndReason, 'cancelled'>, by: Doer): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      lifecycle.end(session, reason, actorOf(session, by), now),
    );
  }

  /** Cancels a visit. Idempotent. @throws TelevisitError `session_not_found`, `session_closed`, `conflict` */
  cancel(sessionId: string, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => lifecycle.cancel(session, by, now));
  }

  /** Ends a visit whose time has run out. @throws TelevisitError `session_not_found`, `conflict` */
  expire(sessionId: string): Promise<Session> {
    return this.#changes.run(sessionId, lifecycle.expire);
  }

  /**
   * Gives the reminders of a visit that are due.
   * @param byMail whether people are to be written to as well
   * @throws TelevisitError `session_not_found`, `conflict`
   */
  remind(sessionId: string, byMail: boolean): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => reminders.remind(session, byMail, now));
  }

  /** Brings the reminders of a visit in line with the settings. @throws TelevisitError `session_not_found`, `conflict` */
  replanReminders(sessionId: string): Promise<Session> {
    const { reminderMinutes } = this.#options.rules;
    return this.#changes.run(sessionId, (session, now) => reminders.replan(session, reminderMinutes, now));
  }

  /**
   * The mail that `planned` asked for is in the store.
   * @param wrote whether there was anybody to write to
   * @throws TelevisitError `session_not_found`, `conflict`
   */
  mailPlanned(planned: Session, wrote: boolean): Promise<Session> {
    return this.#changes.run(planned.sessionId, (session, now) =>
      reminders.mailPlanned(session, planned, wrote, now),
    );
  }

  /**
   * A person is in the visit from now on.
   * @throws TelevisitError `session_not_found`, `session_over`, `not_open_yet`, `removed`, `visit_full`, `conflict`
   */
  enter(sessionId: string, userId: string): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => {
      requireMember(session, userId);
      lifecycle.requireOpen(session, now);
      return attendance.enter(session, seatIndex(session, userId), this.#options.graceMs, now);
    });
  }

  /**
   * A person is out of the visit.
   * @param seen the visit as it was known where they were; once it lives elsewhere, others know better who is in it
   * @throws TelevisitError `session_not_found`, `conflict`
   */
  leave(seen: Session, userId: string, left: attendance.Left): Promise<Session> {
    return this.#changes.run(seen.sessionId, (session, now) => {
      if (session.placement.epoch !== seen.placement.epoch) return null;
      const seat = seatIndex(session, userId);
      return attendance.leave(session, seat, left, { type: 'participant', seat }, now);
    });
  }

  /** A person's media goes on at another node. @throws TelevisitError `session_not_found`, `conflict` */
  handOver(sessionId: string, userId: string, left: attendance.Left): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      attendance.handOver(session, seatIndex(session, userId), left, now),
    );
  }

  /**
   * Everybody in a visit left when its process was last alive.
   * @param seen the visit as it was on that process; one that lives elsewhere by now is left alone
   * @throws TelevisitError `session_not_found`, `conflict`
   */
  abandon(seen: Session, lastAlive: number): Promise<Session> {
    return this.#changes.run(seen.sessionId, (session, now) =>
      session.placement.epoch === seen.placement.epoch ? attendance.abandon(session, lastAlive, now) : null,
    );
  }

  /** The backend makes a person leave. @throws TelevisitError `session_not_found`, `participant_not_found`, `conflict` */
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
   * A person is out for good.
   * @throws TelevisitError `session_not_found`, `participant_not_found`, `session_closed`, `conflict`
   */
  remove(sessionId: string, userId: string, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      people.remove(session, people.requireSeat(session, userId), by, now),
    );
  }

  /**
   * A person is in the waiting room from now on; who is there already goes on waiting.
   * @throws TelevisitError `session_not_found`, `session_over`, `not_open_yet`, `removed`, `conflict`
   */
  wait(sessionId: string, userId: string): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => {
      requireMember(session, userId);
      lifecycle.requireOpen(session, now);
      return waitingRoom.wait(session, seatIndex(session, userId), now);
    });
  }

  /** A person is no longer in the waiting room. Idempotent. @throws TelevisitError `session_not_found`, `conflict` */
  stopWaiting(sessionId: string, userId: string): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      waitingRoom.stopWaiting(session, seatIndex(session, userId), now),
    );
  }

  /**
   * A waiting person may enter.
   * @throws TelevisitError `session_not_found`, `participant_not_found`, `not_waiting`, `conflict`
   */
  admitWaiting(sessionId: string, userId: string, by: Doer): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      waitingRoom.admit(session, people.requireSeat(session, userId), actorOf(session, by), now),
    );
  }

  /**
   * A waiting person may not enter for now.
   * @throws TelevisitError `session_not_found`, `participant_not_found`, `not_waiting`, `conflict`
   */
  declineWaiting(sessionId: string, userId: string, by: Doer): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      waitingRoom.decline(session, people.requireSeat(session, userId), actorOf(session, by), now),
    );
  }

  /** Locks a visit, or unlocks it. Idempotent. @throws TelevisitError `session_not_found`, `session_over`, `conflict` */
  setLocked(sessionId: string, locked: boolean, by: Doer): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      waitingRoom.setLocked(session, locked, actorOf(session, by), now),
    );
  }

  /**
   * Lets people who are no hosts share their screens, or no longer. Idempotent.
   * @throws TelevisitError `session_not_found`, `session_over`, `conflict`
   */
  allowScreenShare(sessionId: string, allowed: boolean, by: Doer): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      screenShare.allow(session, allowed, actorOf(session, by), now),
    );
  }

  /**
   * A person in the visit shares their screen from now on. Idempotent; nothing where they are not in the visit.
   * @throws TelevisitError `session_not_found`, `participant_not_found`, `session_over`, `screen_share_off`, `conflict`
   */
  startShare(sessionId: string, userId: string): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      screenShare.start(session, people.requireSeat(session, userId), now),
    );
  }

  /** A person's screen is no longer shared. Idempotent. @throws TelevisitError `session_not_found`, `conflict` */
  stopShare(sessionId: string, userId: string): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      screenShare.stop(session, seatIndex(session, userId), now),
    );
  }

  /** A person's network has been poor for a while. @throws TelevisitError `session_not_found`, `conflict` */
  degraded(sessionId: string, userId: string): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      attendance.degraded(session, seatIndex(session, userId), now),
    );
  }

  /**
   * Replaces the hosts' notes; an empty text clears them.
   * @throws TelevisitError `session_not_found`, `session_closed`, `conflict`
   */
  setHostNotes(sessionId: string, text: string, by: Doer): Promise<Session> {
    const { rules } = this.#options;
    return this.#changes.run(sessionId, (session, now) =>
      lifecycle.update(session, { hostNotes: text || null }, rules, actorOf(session, by), now),
    );
  }

  /**
   * A chat message was stored; one that brings a file goes into the history.
   * @throws TelevisitError `session_not_found`, `conflict`
   */
  said(
    sessionId: string,
    { seq, seat }: Pick<StoredMessage, 'seq' | 'seat'>,
    file: Pick<StoredFile, 'bytes' | 'contentType'> | null,
  ): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => {
      if (isOver(session) || (seq <= session.messages && !file)) return null;
      const facts: SessionFact[] = file
        ? [{ type: 'chat.file_shared', seat, bytes: file.bytes, contentType: file.contentType }]
        : [];
      const messages = Math.max(session.messages, seq);
      return change(session, { messages }, now, { type: 'participant', seat }, ...facts);
    });
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
    return this.#changes.run(sessionId, (session, now) => {
      const seat = people.requireSeat(session, userId);
      return people.giveFeedback(session, seat, feedback, actorOf(session, by), now);
    });
  }

  /**
   * Another provider, which runs the meeting, tells what happened in it; a repetition changes nothing.
   * @throws TelevisitError `session_not_found`, `participant_not_found`, `session_closed`, `session_over`, `not_open_yet`,
   * `removed`, `visit_full`, `conflict`
   */
  report(sessionId: string, event: ProviderEvent, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) =>
      applyProviderEvent(session, event, this.#options.graceMs, by, now),
    );
  }

  /** A pseudonym takes a person's place. @throws TelevisitError `session_not_found`, `conflict` */
  erase(sessionId: string, userId: string, pseudonym: string, by: Actor): Promise<Session> {
    return this.#changes.run(sessionId, (session, now) => people.erase(session, userId, pseudonym, by, now));
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
}

function actorOf(session: Session, by: Doer): Actor {
  return 'type' in by ? by : { type: 'participant', seat: seatIndex(session, by.userId) };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** @throws TelevisitError `removed` where the person has no seat (any more) */
function requireMember(session: Session, userId: string): void {
  if (session.seats[seatIndex(session, userId)]?.removedAt !== null) throw new TelevisitError('removed');
}
