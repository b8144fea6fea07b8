import { TelevisitError } from '@televisit/shared/errors';
import type { DeviceSource, LeaveReason, Source } from '@televisit/shared/vocabulary';
import type { JoinOutcome, JoinResult, Payload, ResumeOutcome } from '@televisit/shared/signaling';
import type { Logger } from 'pino';
import type { AdmissionControl } from '../cluster/admission-control.ts';
import { isPresent } from '../domain/attendance.ts';
import { iso, type Clock } from '../domain/clock.ts';
import { seatOf, type Session } from '../domain/session.ts';
import type { AttendanceRecorder } from './attendance-recorder.ts';
import { mediaListener, type Connection } from './connection.ts';
import type { ExpectedPeople } from './expected-people.ts';
import { Participant } from './participant.ts';
import type { Participants } from './participants.ts';
import type { RoomChat } from './room-chat.ts';
import type { RoomMedia } from './room-media.ts';
import type { RoomRules } from './room-rules.ts';
import type { ScreenShares } from './screen-shares.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** The parts of a room that somebody who enters meets. */
export interface RoomEntryOptions {
  readonly sessionId: string;
  readonly participants: Participants;
  readonly rules: RoomRules;
  readonly waiting: WaitingRoom;
  readonly chat: RoomChat;
  readonly shares: ScreenShares;
  readonly media: RoomMedia;
  readonly expected: ExpectedPeople;
  readonly attendance: AttendanceRecorder;
  readonly limits: Pick<AdmissionControl, 'enter'>;
  readonly clock: Clock;
  /** How long the media of a dropped connection stays up, in milliseconds. */
  readonly graceMs: number;
  readonly logger: Logger;
  /** Whether a connection is still one of an open room's. */
  readonly isHere: (connection: Connection) => boolean;
  /** Another connection of the same person has taken this one's place. */
  readonly superseded: (connection: Connection) => void;
  /** The visit was stored. */
  readonly follow: (session: Session) => void;
  /** Somebody is out of the visit. */
  readonly remove: (participant: Participant, reason: LeaveReason) => void;
  /** Somebody's network was poor for long. */
  readonly degraded: (userId: string) => void;
}

/** By what right somebody takes the place of a device of their own. */
export type Claim = Pick<Payload<'join'>, 'device' | 'takeOver'>;

/** How people get into a visit: by a join, out of the waiting room, or back after a drop. */
export class RoomEntry {
  readonly #options: RoomEntryOptions;

  constructor(options: RoomEntryOptions) {
    this.#options = options;
  }

  /**
   * Takes a person into the visit, or into the waiting room.
   * @throws TelevisitError `already_joined`, `joined_elsewhere`, `session_over`, `removed`, `visit_full`, `no_capacity`,
   *   `media_unavailable`
   */
  async join(connection: Connection, live: readonly DeviceSource[], claim: Claim): Promise<JoinOutcome> {
    if (connection.joined && connection.media.published) throw new TelevisitError('already_joined');
    // Who left or was dismissed may have asked before they knew.
    if (!this.#options.isHere(connection)) throw new TelevisitError('media_unavailable');
    if (this.#isElsewhere(connection, claim)) throw new TelevisitError('joined_elsewhere');
    const admit = () => this.#admit(connection, live, claim);
    return this.#isNew(connection.userId) ? this.#options.limits.enter(admit) : admit();
  }

  async #admit(connection: Connection, live: readonly DeviceSource[], claim: Claim): Promise<JoinOutcome> {
    const waiting = await this.#options.waiting.ask(connection, live, claim.device);
    if (waiting) this.#options.expected.came(connection.userId);
    if (waiting) return { status: 'waiting', waiting };
    try {
      return { status: 'joined', result: await this.enter(connection, live, claim.device) };
    } catch (error) {
      this.#options.waiting.disconnected(connection, 'left');
      throw error;
    }
  }

  /** A person whose connection dropped goes on with the same transports and streams, if those are still there. */
  async resume(connection: Connection, device: string, live: readonly Source[]): Promise<ResumeOutcome> {
    if (connection.prepared) throw new TelevisitError('already_prepared');
    const participant = this.#options.participants.get(connection.userId);
    if (participant?.device !== device || participant.media.closed || !this.#options.isHere(connection)) {
      return { status: 'gone' };
    }
    // A network that changes leaves a connection behind that nobody has missed yet.
    const before = participant.connection;
    if (before) this.#options.superseded(before);
    connection.media = participant.media;
    connection.joined = true;
    participant.resume(connection, mediaListener(connection), live);
    await participant.stopAllBut(live);
    // While the worker answered, yet another connection may have come, or the room closed.
    if (this.#options.participants.of(connection) !== participant) return { status: 'gone' };
    this.#options.shares.follow(participant);
    this.#options.participants.tell('participant:updated', participant.view(), participant);
    this.#options.attendance.returned(this.#options.sessionId, participant.userId);
    participant.stayOff(live);
    participant.tellStopped();
    this.#options.logger.info({ role: connection.claims.role }, 'participant resumed');
    return { status: 'resumed', result: this.#snapshot(participant) };
  }

  /** Takes a person into the visit who may enter. @throws TelevisitError as `join` */
  async enter(
    connection: Connection,
    live: readonly DeviceSource[],
    device: string | undefined,
  ): Promise<JoinResult> {
    const { userId } = connection;
    const { clock } = this.#options;
    await this.#publish(connection, live);
    const previous = this.#options.participants.get(userId);
    const onDegraded = () => this.#options.degraded(userId);
    const participant = new Participant(connection, { clock, onDegraded, previous, device });
    this.#options.participants.set(participant);
    connection.joined = true;
    this.#options.waiting.entered(userId);
    const isBack = this.#options.expected.came(userId) || previous !== undefined;
    const event = isBack ? 'participant:updated' : 'participant:joined';
    this.#options.participants.tell(event, participant.view(), participant);
    this.#options.media.router.createPeerConsumers(connection.media);
    previous?.close('replaced');
    this.#options.shares.follow(participant);
    participant.stayOff(live);
    participant.tellStopped();
    if (participant.isHost) this.#options.waiting.reconsider();
    this.#options.logger.info({ role: connection.claims.role, back: isBack }, 'participant joined');
    return this.#snapshot(participant);
  }

  /** Everything that is in the visit now, for somebody who is in. */
  #snapshot(participant: Participant): JoinResult {
    const { session } = this.#options.rules;
    return {
      self: participant.view(),
      participants: [
        ...this.#options.participants.others(participant).map((other) => other.view()),
        ...this.#options.expected.inside,
      ],
      consumers: participant.media.consumers,
      startedAt: iso(session.startedAt ?? participant.joinedAt),
      room: this.#options.rules.view,
      chat: session.options.chat ? this.#options.chat.messages : [],
      waiting: participant.isHost ? this.#options.waiting.people : [],
    };
  }

  /** Stores that a person is in, and lets their media run. */
  async #publish(connection: Connection, live: readonly DeviceSource[]): Promise<void> {
    const { media, userId } = connection;
    const { attendance, clock } = this.#options;
    const previous = this.#options.participants.get(userId);
    previous?.holdPlace();
    try {
      const { session } = this.#options.rules;
      this.#options.follow(await attendance.enter(session, userId, previous !== undefined));
    } catch (error) {
      this.#awaitReturn(previous);
      throw error;
    }
    try {
      const off = this.#options.participants.get(userId)?.switchedOff;
      await media.publish(live.filter((source) => !off?.has(source)));
      // While the worker answered the person may have been taken out, or the room closed.
      if (!this.#options.isHere(connection) || media.closed) throw new TelevisitError('media_unavailable');
    } catch (error) {
      this.#awaitReturn(previous);
      // Who did not get in after all was never in.
      if (!this.#options.participants.get(userId)) {
        attendance.left(this.#options.rules.session, userId, {
          at: clock.now(),
          reason: 'connection_lost',
          quality: media.quality,
        });
      }
      throw error;
    }
  }

  /** The grace of somebody whose connection dropped; nothing for one who has a connection, or is not in any more. */
  #awaitReturn(participant: Participant | undefined): void {
    if (
      !participant ||
      participant.connection ||
      this.#options.participants.get(participant.userId) !== participant
    )
      return;
    participant.waitForReturn(this.#options.graceMs, () =>
      this.#options.remove(participant, 'connection_lost'),
    );
  }

  /** Whether the person is in by another device, which this one does not say it may replace. */
  #isElsewhere(connection: Connection, { device, takeOver = false }: Claim): boolean {
    const there = this.#options.participants.get(connection.userId);
    if (!there?.connection || there.connection === connection) return false;
    return !takeOver && (device === undefined || device !== there.device);
  }

  /** Whether the person is neither in, nor on their way back, nor in the waiting room. */
  #isNew(userId: string): boolean {
    const { clock, graceMs } = this.#options;
    const { session } = this.#options.rules;
    if (this.#options.participants.get(userId) || seatOf(session, userId)?.waitingSince != null) return false;
    return !isPresent(session, userId, graceMs, clock.now());
  }
}
