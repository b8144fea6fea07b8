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
import type { Clock } from '../domain/clock.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { VisitRouter } from '../media/visit-router.ts';
import type { Connection } from './connection.ts';
import { Participant } from './participant.ts';

export interface VisitRoomOptions {
  readonly sessionId: string;
  readonly router: VisitRouter;
  readonly sessions: Sessions;
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
  #startedAt: number | undefined;
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
    const startedAt = (this.#startedAt ??= await this.#start());
    await media.publish(live);
    if (connection.closed || this.#closed) throw new TelevisitError('media_unavailable');
    const previous = this.#participants.get(userId);
    const participant = new Participant(connection, previous?.joinedAt ?? this.#options.clock.now());
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
      startedAt: new Date(startedAt).toISOString(),
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

  /** A host ends the visit: first for good, then for those who are in it. @throws TelevisitError `conflict` */
  async endForAll(reason: EndReason): Promise<void> {
    await this.#options.sessions.end(this.#options.sessionId, reason);
    this.end(reason);
  }

  /** The visit is over for everyone; they hear why and are disconnected. */
  end(reason: EndReason): void {
    for (const connection of this.#connections) connection.emit('session:ended', { reason });
    this.close('session_ended');
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
    for (const participant of this.#participants.values()) participant.close(reason);
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

  async #start(): Promise<number> {
    const session = await this.#options.sessions.start(this.#options.sessionId);
    return session.startedAt ?? this.#options.clock.now();
  }

  #remove(participant: Participant, reason: LeaveReason): void {
    if (this.#participants.get(participant.userId) !== participant) return;
    this.#participants.delete(participant.userId);
    participant.close(reason);
    this.#broadcast('participant:left', { userId: participant.userId, reason });
    this.#options.logger.info({ reason }, 'participant left');
    this.closeIfEmpty();
  }

  /** The worker under the router died: clients connect again by themselves, into a new room on a living worker. */
  #mediaLost(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.logger.warn({ participants: this.#participants.size }, 'room lost its worker');
    this.#participants.clear();
    for (const connection of this.#connections) connection.drop();
    this.#connections.clear();
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
