import type { EndReason } from '@televisit/shared/vocabulary';
import type { CORE_MESSAGES } from '@televisit/shared/core/messages';
import type {
  ClientMessage,
  JoinResult,
  ParticipantView,
  ServerToClientEvents,
} from '@televisit/shared/signaling';
import type { Logger } from 'pino';
import type { AdmissionControl } from '../cluster/admission-control.ts';
import type { Clock } from '../core/clock.ts';
import { dismissed, isTakenForGone } from '../domain/attendance.ts';
import type { Actor, SessionEvent } from '../domain/events.ts';
import type { Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { RtpReceiver, RtpReceiverOptions } from '../media/rtp-receiver.ts';
import type { SessionRouter } from '../media/session-router.ts';
import { Admission } from './admission.ts';
import type { AttendanceRecorder } from './attendance-recorder.ts';
import { Departures } from './departures.ts';
import type { Departure, RoomDeparture } from './departure-rules.ts';
import type { MemberConnection } from './member-connection.ts';
import type { Member } from './member.ts';
import { Members } from './members.ts';
import { NetworkReports } from './network-reports.ts';
import { PartList } from './part-list.ts';
import { RoomMedia } from './room-media.ts';
import { RoomMigration } from './room-migration.ts';
import type { Arrival, Handler, Handlers, PartFactory, RoomContext, RoomObserver } from './room-part.ts';
import { RoomState } from './room-state.ts';
import { Streams } from './streams.ts';

export interface RoomOptions {
  /** The session as it was last stored. */
  readonly session: Session;
  /** Creates the part of each feature, in the order in which they are called. */
  readonly features: ReadonlyMap<string, PartFactory>;
  readonly router: SessionRouter;
  /** Creates another router if the worker of this one dies. */
  readonly createRouter: () => Promise<SessionRouter>;
  readonly sessions: Sessions;
  readonly attendance: AttendanceRecorder;
  readonly clock: Clock;
  /** How long the place of a dropped connection is kept, in milliseconds. */
  readonly graceMs: number;
  /** Decides whether the process has capacity for another participant. */
  readonly limits: Pick<AdmissionControl, 'enter'>;
  readonly logger: Logger;
  readonly observer?: RoomObserver | undefined;
}

/** The live session: its members, and a list of parts that share the work. */
export class Room implements RoomContext {
  readonly sessionId: string;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly members: Members;
  readonly #options: RoomOptions;
  readonly #state: RoomState;
  readonly #parts = new PartList();
  readonly #media: RoomMedia;
  readonly #departures: Departures;
  readonly #admission: Admission;
  readonly #migration: RoomMigration;
  readonly #closeListeners: (() => void)[] = [];
  #closed = false;

  constructor(options: RoomOptions) {
    const { session, sessions, clock, logger, attendance } = options;
    this.sessionId = session.sessionId;
    this.sessions = sessions;
    this.clock = clock;
    this.logger = logger;
    this.#options = options;
    const onDegraded = ({ userId }: Member) => attendance.degraded(this.sessionId, userId);
    this.members = new Members({ clock, onDegraded });
    this.#state = new RoomState(
      session,
      () => this.#parts.roomFields(),
      (view) => this.broadcast('room:updated', view),
    );
    this.#media = new RoomMedia({
      ...options,
      onActiveSpeaker: (userId) => this.#state.setActiveSpeaker(userId),
      onLost: () => streams.mediaLost(),
      onRenewed: () => options.observer?.workerReplaced('moved'),
      onFailed: () => {
        options.observer?.workerReplaced('failed');
        this.#mediaFailed();
      },
    });
    const shared = { ...options, room: this, parts: this.#parts, media: this.#media };
    this.#departures = new Departures({ ...shared, closeIfEmpty: () => this.closeIfEmpty() });
    const streams = new Streams(shared);
    this.#admission = new Admission({
      ...shared,
      departures: this.#departures,
      state: this.#state,
      applySession: (stored) => this.applySession(stored),
    });
    this.#migration = new RoomMigration({
      clock,
      connections: () => [...this.participants].flatMap(({ connection }) => connection ?? []),
      onDone: () => this.#close('migrated'),
    });
    const network = new NetworkReports(this, options.observer);
    // Fails to compile if a message of the core has no handler.
    ({
      ...streams.handlers,
      ...this.#admission.handlers,
      ...network.handlers,
      ...this.#handlers,
    }) satisfies Handlers<keyof typeof CORE_MESSAGES>;
    this.#parts.add(streams, this.#admission, network, { handlers: this.#handlers });
    for (const [name, makePart] of options.features) this.#parts.addFeature(name, makePart(this));
    for (const member of this.members.expectReturns(session)) this.#departures.startGrace(member);
  }

  readonly #handlers: Handlers<'leave' | 'moved' | 'session:end' | 'presence:set'> = {
    leave: ({ connection }) => {
      this.leave(connection);
      return null;
    },

    moved: ({ connection }) => {
      this.#migration.complete(connection);
      return null;
    },

    'session:end': async ({ member }) => {
      await this.sessions.end(this.sessionId, 'host_ended', this.actor(member.userId));
      return null;
    },

    'presence:set': ({ member }, { away }) => {
      if (member.participation?.setInBackground(away)) this.changed(member);
      return null;
    },
  };

  get session(): Session {
    return this.#state.session;
  }

  /** The node that the room lives on. */
  get nodeId(): string {
    return this.#options.session.placement.nodeId;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get participants(): ReadonlySet<Member> {
    return this.members.participants;
  }

  /** Whether any page is connected. */
  get connected(): boolean {
    return this.members.connections.length > 0;
  }

  /** Calls back once when the room closes, for whatever reason. */
  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  /** Returns the handler of a message; undefined if no part handles it. */
  handler<M extends ClientMessage>(message: M): Handler<M> | undefined {
    return this.#parts.handler(message);
  }

  isAttached(connection: MemberConnection): boolean {
    const member = this.members.get(connection.userId);
    return !this.#closed && !connection.closed && member?.connections.has(connection) === true;
  }

  actor(userId: string): Actor {
    return this.#state.actor(userId);
  }

  viewOf(member: Member): ParticipantView {
    return { ...member.view(), ...this.#parts.participantFields(member) };
  }

  broadcast<E extends keyof ServerToClientEvents>(
    event: E,
    payload: Parameters<ServerToClientEvents[E]>[0],
    except?: Member,
  ): void {
    const args = [payload] as Parameters<ServerToClientEvents[E]>;
    for (const member of this.participants) {
      if (member !== except) member.connection?.emit(event, ...args);
    }
  }

  changed(member: Member): void {
    this.#parts.changed(member);
    if (member.isParticipant) this.broadcast('participant:updated', this.viewOf(member), member);
  }

  async openReceiver(options: RtpReceiverOptions): Promise<RtpReceiver> {
    const router = await this.#media.open();
    return router.openReceiver(options);
  }

  enter(arrival: Arrival): Promise<() => JoinResult> {
    return this.#admission.enter(arrival);
  }

  /** Passes a request on to the part of a feature. @returns its answer */
  request(feature: string, request: unknown): unknown {
    return this.#parts.request(feature, request);
  }

  /** Adds a page, which begins in the preview. */
  attach(connection: MemberConnection): Member {
    const member = this.members.attach(connection);
    const surplus = member.surplusPage;
    surplus?.emit('replaced');
    if (surplus) this.leave(surplus);
    this.#parts.connected(connection);
    this.#expelUnwelcome();
    this.members.identify(this.session);
    return member;
  }

  /** A page leaves on purpose: the preview, the waiting room or the call. */
  leave(connection: MemberConnection): void {
    this.disconnected(connection, 'left');
    connection.dismiss();
  }

  /** A connection is gone. If it dropped, the member's place is kept for the grace period. */
  disconnected(connection: MemberConnection, reason: 'left' | 'connection_lost'): void {
    const member = this.members.get(connection.userId);
    if (!member?.connections.has(connection)) return;
    const hadPlace = member.connection === connection;
    this.#departures.detach(member, connection);
    const drop = this.#migration.isAnnounced ? 'migrating' : 'dropped';
    if (hadPlace) this.release(member, reason === 'left' ? 'left' : drop);
    if (reason === 'connection_lost') this.#migration.check();
    this.members.forgetIfGone(member);
    this.closeIfEmpty();
  }

  /** Carries out what was stored of the session, by this process or another. */
  applySession(session: Session): void {
    const before = this.session;
    if (this.#closed || !this.#state.apply(session)) return;
    if (this.#state.isOver) {
      this.end(session.endReason ?? 'cancelled');
      return;
    }
    if (session.placement.epoch !== before.placement.epoch && !this.#migration.isOwn) {
      this.lose();
      return;
    }
    this.#expelUnwelcome();
    for (const userId of dismissed(before, session)) this.#expel(userId, 'dismissed');
    for (const member of this.members.identify(session)) this.changed(member);
    if (!this.#migration.isOwn) this.#reinstate();
    if (!this.closed) this.#parts.session(before, session);
  }

  /** Passes a fact about the session to the parts; `userId` is the person concerned, if any. */
  applyFact(fact: SessionEvent, userId: string | undefined): void {
    if (!this.#closed) this.#parts.fact(fact, userId);
  }

  /** Ends the session for everyone here: sends them the reason and disconnects them. */
  end(reason: EndReason): void {
    for (const connection of this.members.connections) connection.emit('session:ended', { reason });
    this.close('session_ended');
  }

  /**
   * Migrates the session to another node, make before break: `place` stores the new placement, then all pages receive `visit:moved`.
   * @throws what `place` throws; the session stays then
   */
  async migrate(place: (session: Session) => Promise<Session>): Promise<void> {
    const { epoch } = this.session.placement;
    this.#migration.begin();
    try {
      this.applySession(await place(this.session));
    } catch (error) {
      // If only the answer was lost, the new placement may be known here from the store already.
      if (this.session.placement.epoch === epoch) {
        this.#migration.abort();
        throw error;
      }
    }
    if (this.#closed) return;
    this.logger.info({ participants: this.participants.size }, 'session migrates to another node');
    for (const connection of this.members.connections) connection.emit('visit:moved');
    this.#migration.announce();
  }

  /** Another process has the session now: nothing of it may be written here, and clients go there. */
  lose(): void {
    this.logger.warn('room lost the session to another node');
    this.#close('ownership_lost');
  }

  /** Idempotent; everyone is disconnected, the router closes. Participants of a session that migrates stay in it. */
  close(departure: Exclude<RoomDeparture, 'migrated' | 'ownership_lost'> | 'left'): void {
    const hasMoved = this.#migration.isAnnounced && departure !== 'session_ended';
    this.#close(hasMoved ? 'migrated' : departure);
  }

  /** Closes the room once it has no members, not even expected ones. */
  closeIfEmpty(): void {
    if (this.members.size === 0) this.close('left');
  }

  release(member: Member, departure: Departure): void {
    this.#departures.release(member, departure);
  }

  #close(departure: RoomDeparture | 'left'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#migration.close();
    for (const member of [...this.members]) this.release(member, departure);
    for (const member of [...this.members]) {
      for (const connection of [...member.connections]) {
        this.#departures.detach(member, connection);
        connection.dismiss();
      }
      this.members.forgetIfGone(member);
    }
    this.#parts.close();
    this.#media.close();
    this.logger.info({ departure }, 'room closed');
    for (const listener of this.#closeListeners) listener();
  }

  /** Takes out people who were removed, and those who came with a link that is void by now. */
  #expelUnwelcome(): void {
    for (const { userId, connections } of [...this.members]) {
      if (this.#state.isRemoved(userId)) this.#expel(userId, 'removed');
      else if ([...connections].some((page) => this.#state.isVoid(page))) this.#expel(userId, 'dismissed');
    }
  }

  #expel(userId: string, departure: 'removed' | 'dismissed'): void {
    const member = this.members.get(userId);
    if (member) this.release(member, departure);
  }

  /**
   * Stores participants as present whom another process marked as gone while it could not see this one: the process that
   * has the session knows best.
   */
  #reinstate(): void {
    for (const { userId, connection } of this.participants) {
      if (connection && isTakenForGone(this.session, userId)) {
        this.#options.attendance.returned(this.sessionId, userId);
      }
    }
  }

  #mediaFailed(): void {
    if (this.#closed) return;
    for (const connection of this.members.connections) connection.drop();
    this.close('media_failed');
  }
}
