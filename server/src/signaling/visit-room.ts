import { TelevisitError } from '@televisit/shared/errors';
import type { EndReason } from '@televisit/shared/vocabulary';
import type {
  AnnouncementView,
  ChatMessage,
  JoinOutcome,
  PrepareResult,
  ResumeOutcome,
} from '@televisit/shared/signaling';
import type { DeviceSource, LeaveReason, ProbePath, Source } from '@televisit/shared/vocabulary';
import type { RtpCapabilities, RtpParameters } from '../media/peer-media.ts';
import type { Logger } from 'pino';
import type { AdmissionControl } from '../cluster/admission-control.ts';
import type { Chats } from '../domain/chats.ts';
import type { Clock } from '../domain/clock.ts';
import { dismissed, isTakenForGone } from '../domain/attendance.ts';
import type { Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { Probe } from '../media/probe.ts';
import type { SessionRouter } from '../media/session-router.ts';
import type { AttendanceRecorder } from './attendance-recorder.ts';
import { mediaListener, type Connection } from './connection.ts';
import { ExpectedPeople } from './expected-people.ts';
import type { Participant } from './participant.ts';
import { Participants } from './participants.ts';
import { RoomChat } from './room-chat.ts';
import { RoomEntry, type Claim } from './room-entry.ts';
import { RoomMedia } from './room-media.ts';
import { RoomMove } from './room-move.ts';
import { RoomRules } from './room-rules.ts';
import { ScreenShares } from './screen-shares.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface VisitRoomOptions {
  /** The visit as it was last stored. */
  readonly session: Session;
  readonly chats: Chats;
  /** What was said in it before. */
  readonly history: readonly ChatMessage[];
  readonly router: SessionRouter;
  /** Another router, where the worker of this one dies. */
  readonly createRouter: () => Promise<SessionRouter>;
  readonly sessions: Sessions;
  readonly attendance: AttendanceRecorder;
  readonly clock: Clock;
  /** How long the media of a dropped connection stays up, in milliseconds. */
  readonly graceMs: number;
  /** Whether there is room for somebody new. */
  readonly limits: Pick<AdmissionControl, 'enter'>;
  readonly logger: Logger;
}

/** So many pages of one person may be open ahead of the join; one more takes the place of the oldest. */
const MAX_PREVIEWS = 4;

/** The people of one visit: those in the preview (connections), those who wait, and those who have joined (participants). */
export class VisitRoom {
  readonly sessionId: string;
  readonly sessions: Sessions;
  readonly logger: Logger;
  readonly participants = new Participants();
  readonly rules: RoomRules;
  readonly waiting: WaitingRoom;
  readonly chat: RoomChat;
  readonly #options: VisitRoomOptions;
  readonly #connections = new Set<Connection>();
  readonly #shares: ScreenShares;
  readonly #media: RoomMedia;
  readonly #expected: ExpectedPeople;
  readonly #entry: RoomEntry;
  readonly #move: RoomMove;
  readonly #closeListeners: (() => void)[] = [];
  #closed = false;

  constructor(options: VisitRoomOptions) {
    const { session, sessions, logger } = options;
    this.sessionId = session.sessionId;
    this.sessions = sessions;
    this.logger = logger;
    this.#options = options;
    const { sessionId, participants } = this;
    this.chat = new RoomChat({ ...options, sessionId, participants });
    this.rules = new RoomRules(session, { ...options, participants });
    this.#shares = new ScreenShares({ ...options, sessionId });
    this.waiting = new WaitingRoom({
      ...options,
      sessionId,
      mustWait: (userId) => this.rules.mustWait(userId),
      state: () => this.rules.waiting,
      session: () => this.rules.session,
      isHere: (connection) => this.#isHere(connection),
      enter: (connection, live, device) => this.#entry.enter(connection, live, device),
      onChange: () => this.#tellHosts(),
    });
    this.#media = new RoomMedia({
      ...options,
      onActiveSpeaker: (userId) => this.rules.speaks(userId),
      onLost: () => this.#mediaLost(),
      onGivenUp: () => this.#giveUp(),
    });
    this.#expected = new ExpectedPeople(session, {
      ...options,
      onLeft: (userId, at) => {
        options.attendance.left(this.rules.session, userId, { at, reason: 'connection_lost' });
        this.participants.tell('participant:left', { userId, reason: 'connection_lost' });
      },
      onNoLongerWaiting: (userId) => this.waiting.stopWaiting(userId),
      onNobody: () => this.closeIfEmpty(),
    });
    this.#entry = new RoomEntry({
      ...options,
      sessionId,
      participants,
      rules: this.rules,
      waiting: this.waiting,
      chat: this.chat,
      shares: this.#shares,
      media: this.#media,
      expected: this.#expected,
      isHere: (connection) => this.#isHere(connection),
      superseded: (connection) => {
        this.#connections.delete(connection);
        connection.superseded();
      },
      follow: (changed) => this.follow(changed),
      remove: (participant, reason) => this.#remove(participant, reason),
      degraded: (userId) => this.#degraded(userId),
    });
    this.#move = new RoomMove({
      ...options,
      joined: () => [...participants].flatMap(({ connection }) => connection ?? []),
      onDone: () => this.#movedAway(),
    });
  }

  /** The node that it lives on. */
  get nodeId(): string {
    return this.#options.session.placement.nodeId;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether anybody is connected, and hears what they are told. */
  get connected(): boolean {
    return this.#connections.size > 0;
  }

  /** Called once when the room closes, for whatever reason. */
  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  attach(connection: Connection): void {
    connection.room = this;
    this.#connections.add(connection);
    this.#limitPreviews(connection.userId);
    if (connection.isHost) connection.emit('waiting:people', { people: this.waiting.people });
    this.#expelRemoved();
  }

  /** @throws TelevisitError `already_prepared`, `bad_media`, `media_unavailable` */
  async prepare(connection: Connection, rtpCapabilities: RtpCapabilities): Promise<PrepareResult> {
    if (connection.prepared) throw new TelevisitError('already_prepared');
    const { userId } = connection;
    const media = await this.#media.createPeer({
      userId,
      rtpCapabilities,
      listener: mediaListener(connection),
    });
    if (!this.#isHere(connection)) {
      media.close();
      throw new TelevisitError('media_unavailable');
    }
    connection.media = media;
    const { sendTransport, receiveTransport, consumers } = media;
    return { sendTransport, receiveTransport, consumers };
  }

  /** A transport for a connection test, whoever asks. @throws TelevisitError `bad_media`, `media_unavailable` */
  async openProbe(path: ProbePath, rtpCapabilities: RtpCapabilities): Promise<Probe> {
    const router = await this.#media.open();
    return router.openProbe(path, rtpCapabilities);
  }

  /**
   * Takes a person into the visit, or into the waiting room.
   * @throws TelevisitError `already_joined`, `joined_elsewhere`, `session_over`, `removed`, `visit_full`, `no_capacity`,
   *   `media_unavailable`
   */
  join(connection: Connection, live: readonly DeviceSource[], claim: Claim): Promise<JoinOutcome> {
    return this.#entry.join(connection, live, claim);
  }

  /** A person whose connection dropped goes on with the same transports and streams, if those are still there. */
  resume(connection: Connection, device: string, live: readonly Source[]): Promise<ResumeOutcome> {
    return this.#entry.resume(connection, device, live);
  }

  /**
   * A new stream; those who are in the visit receive it once its owner is.
   * @throws TelevisitError `not_joined`, `screen_share_off`, and as `PeerMedia.produce`
   */
  async produce(
    connection: Connection,
    transportId: string,
    source: Source,
    rtpParameters: RtpParameters,
    paused: boolean,
  ): Promise<string> {
    this.rules.requireMaySend(connection, source);
    const participant = this.participants.of(connection);
    const off = !paused && participant?.switchedOff.has(source) === true;
    const producer = await connection.media.produce(transportId, source, rtpParameters, paused || off);
    try {
      // It may have been forbidden while the worker answered.
      this.rules.requireMaySend(connection, source);
    } catch (error) {
      producer.close();
      throw error;
    }
    if (off) participant.stayOff([source]);
    this.mediaChanged(connection);
    this.#media.router.createConsumers(connection.media, producer, source);
    return producer.id;
  }

  /** Tells the others what somebody sends now. */
  mediaChanged(connection: Connection): void {
    const participant = this.participants.of(connection);
    // Who has new transports and has not joined with them yet still is what the others see.
    if (participant?.media === connection.media) this.changed(participant);
  }

  /** Tells the others how somebody is now. */
  changed(participant: Participant): void {
    participant.mediaChanged();
    this.#shares.follow(participant);
    this.participants.tell('participant:updated', participant.view(), participant);
  }

  /** The person leaves on purpose, the visit or the waiting room. */
  leave(connection: Connection): void {
    this.disconnected(connection, 'left');
    connection.dismiss();
  }

  /** The visit is over for everyone; they hear why and are disconnected. */
  end(reason: EndReason): void {
    for (const connection of this.#connections) connection.emit('session:ended', { reason });
    this.close('session_ended');
  }

  /** The visit was changed, by whomever: what that means for those who are here is carried out. */
  follow(session: Session): void {
    const before = this.rules.session;
    if (this.#closed || !this.rules.follow(session)) return;
    this.chat.follow(before, session);
    this.chat
      .catchUp(session)
      .catch((error: unknown) => this.logger.warn({ err: error }, 'messages could not be read'));
    if (this.rules.over) {
      this.end(session.endReason ?? 'cancelled');
      return;
    }
    if (session.placement.epoch !== before.placement.epoch && !this.#move.begun) {
      this.lose();
      return;
    }
    this.#expelRemoved();
    for (const userId of dismissed(before, session)) this.expel(userId, 'dismissed');
    if (!this.#move.begun) this.#reenter();
    for (const participant of this.participants) {
      if (!session.screenShareAllowed && !participant.isHost && participant.stopSharing(null)) {
        this.changed(participant);
      }
    }
    this.waiting.reconsider();
  }

  /** Shows a line to everybody, in the preview and the waiting room too. @returns to whom, one for each page */
  announce(line: AnnouncementView): readonly string[] {
    const here = [...this.#connections];
    for (const connection of here) connection.emit('announcement', line);
    return here.map(({ userId }) => userId);
  }

  /** Takes a person out, from the preview, the waiting room or the visit; they hear why. */
  expel(userId: string, reason: 'removed' | 'dismissed'): void {
    this.waiting.expel(userId);
    for (const connection of this.#connections) {
      if (connection.userId !== userId) continue;
      connection.emit('dismissed', { reason });
      this.disconnected(connection, reason);
      connection.dismiss();
    }
    const participant = this.participants.get(userId);
    if (participant) this.#remove(participant, reason);
    if (this.#expected.came(userId)) this.participants.tell('participant:left', { userId, reason });
  }

  /**
   * Moves the visit to another node, make before break: `place` stores the new place, then everybody is told to go there.
   * @throws what `place` throws; the visit stays then
   */
  async moveAway(place: (session: Session) => Promise<Session>): Promise<void> {
    const { epoch } = this.rules.session.placement;
    this.#move.begin();
    try {
      const placed = await place(this.rules.session);
      this.follow(placed);
    } catch (error) {
      // Only its answer may have been lost, and the new place be known here from the store already.
      if (this.rules.session.placement.epoch === epoch) {
        this.#move.undo();
        throw error;
      }
    }
    if (this.#closed) return;
    this.logger.info({ people: this.participants.size }, 'the visit moves to another node');
    for (const connection of this.#connections) connection.emit('visit:moved');
    this.#move.start();
  }

  /** Somebody sees and hears the others on the new side of a visit that moves. */
  movedAway(connection: Connection): void {
    this.#move.isOver(connection);
  }

  /** Another process has the visit now: nothing of it may be written here any more, and people go there. */
  lose(): void {
    this.logger.warn('the visit lives on another node now');
    this.#close('lost', (participant) => participant.close('connection_lost'));
  }

  /** A connection is gone. A drop keeps the person for the grace; anything else takes them out at once. */
  disconnected(connection: Connection, reason: LeaveReason): void {
    if (!this.#connections.delete(connection)) return;
    if (this.#move.told && reason === 'connection_lost') {
      this.#goneOver(connection);
      return;
    }
    this.waiting.disconnected(connection, reason);
    const participant = this.participants.get(connection.userId);
    if (participant?.connection !== connection) {
      if (connection.prepared) connection.media.close();
    } else if (reason === 'connection_lost') {
      participant.waitForReturn(this.#options.graceMs, () => this.#remove(participant, reason));
      this.changed(participant);
    } else {
      this.#remove(participant, reason);
    }
    this.closeIfEmpty();
  }

  /** Idempotent; everyone is dismissed, the router closes. Those of a visit that moves stay in: they are on the new side. */
  close(reason: LeaveReason): void {
    if (this.#closed) return;
    if (this.#move.told && reason !== 'session_ended') {
      this.#movedAway();
      return;
    }
    this.#close(reason, (participant) => this.#gone(participant, reason));
    this.#expected.giveUp();
  }

  /** A room that nobody is in, and nobody is expected back to, closes. */
  closeIfEmpty(): void {
    const here = this.#connections.size + this.participants.size + this.waiting.size;
    if (here + this.#expected.size === 0) this.close('left');
  }

  #close(reason: string, release: (participant: Participant) => void): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#expected.close();
    this.#move.close();
    this.waiting.close();
    for (const participant of this.participants) release(participant);
    this.participants.clear();
    for (const connection of this.#connections) connection.dismiss();
    this.#connections.clear();
    this.#media.close();
    this.logger.info({ reason }, 'room closed');
    for (const listener of this.#closeListeners) listener();
  }

  /** Everybody is on the new side of a visit that moves: what is known of them here is kept, and they stay in. */
  #movedAway(): void {
    this.#close('moved', (participant) => {
      const left = participant.left('connection_lost');
      this.#options.attendance.handedOver(this.sessionId, participant.userId, left);
      participant.close('server_shutdown');
    });
  }

  /** Somebody's connection is gone while the visit moves: they are on the new side, or on their way there. */
  #goneOver(connection: Connection): void {
    const participant = this.participants.of(connection);
    participant?.waitForReturn(this.#options.graceMs, () => undefined);
    if (!participant && connection.prepared) connection.media.close();
    this.#move.look();
    this.closeIfEmpty();
  }

  /** Each preview has transports: one link opened over and over must not fill the server. */
  #limitPreviews(userId: string): void {
    const previews = [...this.#connections].filter((one) => one.userId === userId && !one.joined);
    const [oldest] = previews;
    if (!oldest || previews.length <= MAX_PREVIEWS) return;
    oldest.emit('replaced');
    this.leave(oldest);
  }

  #isHere(connection: Connection): boolean {
    return !this.#closed && this.#connections.has(connection) && !connection.closed;
  }

  /** Hosts hear of those who wait in the preview, too. */
  #tellHosts(): void {
    const { people } = this.waiting;
    for (const connection of this.#connections) {
      if (connection.isHost) connection.emit('waiting:people', { people });
    }
  }

  #expelRemoved(): void {
    const here = [
      ...this.#connections,
      ...this.participants,
      ...this.waiting.people,
      ...this.#expected.inside,
    ];
    for (const userId of new Set(here.map((one) => one.userId))) {
      if (this.rules.isRemoved(userId)) this.expel(userId, 'removed');
    }
  }

  /** Whom another process took for gone while this one could not be seen never left: of its own visits a room knows best. */
  #reenter(): void {
    for (const { userId, connection } of this.participants) {
      if (connection && isTakenForGone(this.rules.session, userId)) {
        this.#options.attendance.returned(this.sessionId, userId);
      }
    }
  }

  #degraded(userId: string): void {
    this.sessions
      .degraded(this.sessionId, userId)
      .catch((error: unknown) => this.logger.warn({ err: error }, 'a poor network could not be stored'));
  }

  #remove(participant: Participant, reason: LeaveReason): void {
    const { userId } = participant;
    if (!this.participants.delete(participant)) return;
    this.#gone(participant, reason);
    this.participants.tell('participant:left', { userId, reason });
    this.waiting.reconsider();
    this.logger.info({ reason }, 'participant left');
    this.closeIfEmpty();
  }

  /** The worker under the router died: everybody prepares and joins again over the connection that they have. */
  #mediaLost(): void {
    this.waiting.mediaLost();
    for (const connection of this.#connections) {
      if (!connection.prepared) continue;
      connection.releaseMedia();
      connection.emit('media:renew');
    }
    const { clock, graceMs } = this.#options;
    for (const participant of this.participants) {
      clock.after(graceMs, () => {
        if (this.participants.get(participant.userId) === participant) participant.connection?.drop();
      });
    }
  }

  /** There is no media to be had here: clients connect again by themselves, into a new room. */
  #giveUp(): void {
    if (this.#closed) return;
    for (const connection of this.#connections) connection.drop();
    this.close('connection_lost');
  }

  #gone(participant: Participant, reason: LeaveReason): void {
    this.#options.attendance.left(this.rules.session, participant.userId, participant.left(reason));
    this.#shares.forget(participant.userId);
    participant.close(reason);
  }
}
