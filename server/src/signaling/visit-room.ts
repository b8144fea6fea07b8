import { TelevisitError } from '@televisit/shared/errors';
import type { EndReason } from '@televisit/shared/session';
import type {
  JoinResult,
  LeaveReason,
  PrepareResult,
  ServerToClientEvents,
  Source,
} from '@televisit/shared/signaling';
import type { RtpCapabilities, RtpParameters } from '../media/types.ts';
import type { Logger } from 'pino';
import { iso, type Clock } from '../domain/clock.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { VisitRouter } from '../media/visit-router.ts';
import type { AttendanceRecorder } from './attendance-recorder.ts';
import type { Connection } from './connection.ts';
import { Participant } from './participant.ts';

export interface VisitRoomOptions {
  readonly sessionId: string;
  readonly router: VisitRouter;
  readonly sessions: Sessions;
  readonly attendance: AttendanceRecorder;
  readonly clock: Clock;
  /** How long the media of a dropped connection stays up, in milliseconds. */
  readonly graceMs: number;
  readonly logger: Logger;
}

/** The people of one visit: those in the preview (connections) and those who have joined (participants). */
export class VisitRoom {
  readonly #options: VisitRoomOptions;
  readonly #connections = new Set<Connection>();
  readonly #participants = new Map<string, Participant>();
  #closed = false;

  constructor(options: VisitRoomOptions) {
    this.#options = options;
    options.router.onClose(() => this.#mediaLost());
  }

  get closed(): boolean {
    return this.#closed;
  }

  get participantCount(): number {
    return this.#participants.size;
  }

  /** Called once when the room closes, for whatever reason. */
  onClose(listener: () => void): void {
    this.#options.router.onClose(listener);
  }

  attach(connection: Connection): void {
    connection.room = this;
    this.#connections.add(connection);
  }

  /** @throws TelevisitError `already_prepared`, `bad_media`, `media_unavailable` */
  async prepare(connection: Connection, rtpCapabilities: RtpCapabilities): Promise<PrepareResult> {
    if (connection.prepared) throw new TelevisitError('already_prepared');
    const media = await this.#options.router.createPeer({
      userId: connection.userId,
      rtpCapabilities,
      listener: {
        consumerNew: (consumer) => connection.emit('consumer:new', consumer),
        consumerClosed: (consumerId) => connection.emit('consumer:closed', { consumerId }),
      },
    });
    if (connection.closed) {
      media.close();
      throw new TelevisitError('media_unavailable');
    }
    connection.media = media;
    const { sendTransport, receiveTransport, consumers } = media;
    return { sendTransport, receiveTransport, consumers };
  }

  /** @throws TelevisitError `already_joined`, `session_over`, `media_unavailable` */
  async join(connection: Connection, live: readonly Source[]): Promise<JoinResult> {
    if (connection.joined) throw new TelevisitError('already_joined');
    const { media, userId } = connection;
    const { sessionId, attendance, clock } = this.#options;
    const { startedAt } = await attendance.enter(sessionId, userId);
    try {
      await media.publish(live);
      // While the worker answered the person may have been taken out, or the room closed.
      const here = this.#connections.has(connection) && !connection.closed && !media.closed;
      if (!here || this.#closed) throw new TelevisitError('media_unavailable');
    } catch (error) {
      // Who did not get in after all was never in.
      if (!this.#participants.has(userId)) {
        attendance.left(sessionId, userId, {
          at: clock.now(),
          reason: 'connection_lost',
          quality: media.quality,
        });
      }
      throw error;
    }
    const previous = this.#participants.get(userId);
    const participant = new Participant(connection, clock.now(), previous);
    this.#participants.set(userId, participant);
    connection.joined = true;
    this.#broadcast(previous ? 'participant:updated' : 'participant:joined', participant.view(), participant);
    this.#options.router.announce(media);
    previous?.close('replaced');
    this.#options.logger.info(
      { role: connection.claims.role, back: previous !== undefined },
      'participant joined',
    );
    return {
      self: participant.view(),
      participants: this.#others(participant).map((other) => other.view()),
      consumers: media.consumers,
      startedAt: iso(startedAt ?? participant.joinedAt),
    };
  }

  /** A new stream; those who are in the visit receive it once its owner is. @throws as `PeerMedia.produce` */
  async produce(
    connection: Connection,
    transportId: string,
    source: Source,
    rtpParameters: RtpParameters,
    paused: boolean,
  ): Promise<string> {
    const producer = await connection.media.produce(transportId, source, rtpParameters, paused);
    this.mediaChanged(connection);
    this.#options.router.fanOut(connection.media, producer, source);
    return producer.id;
  }

  /** Tells the others what somebody sends now. */
  mediaChanged(connection: Connection): void {
    const participant = this.#participants.get(connection.userId);
    if (participant?.connection === connection) {
      this.#broadcast('participant:updated', participant.view(), participant);
    }
  }

  /** The person leaves on purpose. */
  leave(connection: Connection): void {
    this.disconnected(connection, 'left');
  }

  /** A host ends the visit; `end` follows for those who are in it. @throws TelevisitError `conflict` */
  async endForAll({ userId }: Connection): Promise<void> {
    await this.#options.sessions.end(this.#options.sessionId, 'host_ended', { userId });
  }

  /** The visit is over for everyone; they hear why and are disconnected. */
  end(reason: EndReason): void {
    for (const connection of this.#connections) connection.emit('session:ended', { reason });
    this.close('session_ended');
  }

  /** Who is here, in the preview or in the visit. */
  get userIds(): ReadonlySet<string> {
    return new Set([...this.#connections, ...this.#participants.values()].map(({ userId }) => userId));
  }

  /** Takes a person out, from the preview or the visit; they hear why. */
  expel(userId: string, reason: 'removed' | 'dismissed'): void {
    for (const connection of this.#connections) {
      if (connection.userId !== userId) continue;
      connection.emit('dismissed', { reason });
      this.disconnected(connection, reason);
      connection.dismiss();
    }
    const participant = this.#participants.get(userId);
    if (participant) this.#remove(participant, reason);
  }

  /** A connection is gone. A drop keeps the participant for the grace; anything else takes them out at once. */
  disconnected(connection: Connection, reason: LeaveReason): void {
    if (!this.#connections.delete(connection)) return;
    const participant = this.#participants.get(connection.userId);
    if (participant?.connection !== connection) {
      if (connection.prepared) connection.media.close();
    } else if (reason === 'connection_lost') {
      participant.waitForReturn(this.#options.clock, this.#options.graceMs, () =>
        this.#remove(participant, reason),
      );
      this.#broadcast('participant:updated', participant.view(), participant);
    } else {
      this.#remove(participant, reason);
    }
    this.closeIfEmpty();
  }

  /** Idempotent; everyone is dismissed, the router closes. */
  close(reason: LeaveReason): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const participant of this.#participants.values()) this.#gone(participant, reason);
    this.#participants.clear();
    for (const connection of this.#connections) connection.dismiss();
    this.#connections.clear();
    this.#options.router.close();
    this.#options.logger.info({ reason }, 'room closed');
  }

  /** A room that nobody is in, and nobody is expected back to, closes. */
  closeIfEmpty(): void {
    if (this.#connections.size === 0 && this.#participants.size === 0) this.close('left');
  }

  #remove(participant: Participant, reason: LeaveReason): void {
    if (this.#participants.get(participant.userId) !== participant) return;
    this.#participants.delete(participant.userId);
    this.#gone(participant, reason);
    this.#broadcast('participant:left', { userId: participant.userId, reason });
    this.#options.logger.info({ reason }, 'participant left');
    this.closeIfEmpty();
  }

  /** The worker under the router died: clients connect again by themselves, into a new room on a living worker. */
  #mediaLost(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.logger.warn({ participants: this.#participants.size }, 'room lost its worker');
    for (const participant of this.#participants.values()) this.#left(participant, 'connection_lost');
    this.#participants.clear();
    for (const connection of this.#connections) connection.drop();
    this.#connections.clear();
  }

  #gone(participant: Participant, reason: LeaveReason): void {
    this.#left(participant, reason);
    participant.close(reason);
  }

  #left(participant: Participant, reason: LeaveReason): void {
    const { attendance, sessionId, clock } = this.#options;
    const at = participant.droppedAt ?? clock.now();
    attendance.left(sessionId, participant.userId, { at, reason, quality: participant.quality(at) });
  }

  #others(participant: Participant): Participant[] {
    return [...this.#participants.values()].filter((other) => other !== participant);
  }

  /** Only those who have joined hear of others. */
  #broadcast<E extends 'participant:joined' | 'participant:updated' | 'participant:left'>(
    event: E,
    payload: Parameters<ServerToClientEvents[E]>[0],
    except?: Participant,
  ): void {
    const args = [payload] as Parameters<ServerToClientEvents[E]>;
    for (const participant of this.#participants.values()) {
      if (participant !== except) participant.connection?.emit(event, ...args);
    }
  }
}
