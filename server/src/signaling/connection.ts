import { TelevisitError, type ErrorCode } from '@televisit/shared/errors';
import type { ClientToServerEvents, MessagePhase, ServerToClientEvents } from '@televisit/shared/signaling';
import type { LeaveReason, NetworkLevel } from '@televisit/shared/vocabulary';
import { AwaitQueue } from 'awaitqueue';
import type { Socket } from 'socket.io';
import type { JoinClaims } from '../access/join-token.ts';
import type { Clock } from '../domain/clock.ts';
import type { PeerMedia, PeerMediaListener } from '../media/peer-media.ts';
import { ConnectionProbes } from './connection-probes.ts';
import { MessageLimits } from './message-limits.ts';
import type { VisitRoom } from './visit-room.ts';

export type VisitSocket = Socket<ClientToServerEvents, ServerToClientEvents, PeerEvents, SocketData>;

/** What the Socket.IO servers of several processes say to each other. */
export interface PeerEvents {
  'peer:message': (message: unknown) => void;
}

/** What the handshake leaves on a socket. */
export interface SocketData {
  claims: JoinClaims;
}

/** How far a connection has come; messages name the phase that they need. */
const PHASE_ERRORS = {
  prepared: 'not_prepared',
  joined: 'not_joined',
} as const satisfies Partial<Record<MessagePhase, ErrorCode>>;

/** One socket of one person: in the preview, perhaps in the waiting room, then in the visit. */
export class Connection {
  readonly #socket: VisitSocket;
  /** Messages of one connection are handled one after the other, each by its name. */
  readonly queue = new AwaitQueue();
  readonly limits: MessageLimits;
  readonly probes: ConnectionProbes;
  #room: VisitRoom | undefined;
  #media: PeerMedia | undefined;
  joined = false;
  /** What the page last said of its network; null before it has said so. */
  network: NetworkLevel | null = null;

  constructor(socket: VisitSocket, clock: Clock) {
    this.#socket = socket;
    this.limits = new MessageLimits(clock);
    this.probes = new ConnectionProbes(clock);
  }

  get claims(): JoinClaims {
    return this.#socket.data.claims;
  }

  get userId(): string {
    return this.claims.sub;
  }

  get isHost(): boolean {
    return this.claims.permissions.includes('moderate');
  }

  get closed(): boolean {
    return this.#socket.disconnected;
  }

  /** @throws TelevisitError `media_unavailable` where the visit could not be entered */
  get room(): VisitRoom {
    if (!this.#room || this.#room.closed) throw new TelevisitError('media_unavailable');
    return this.#room;
  }

  set room(room: VisitRoom) {
    this.#room = room;
  }

  /** @throws TelevisitError `not_prepared` */
  get media(): PeerMedia {
    if (!this.#media) throw new TelevisitError('not_prepared');
    return this.#media;
  }

  set media(media: PeerMedia) {
    this.#media = media;
  }

  /** Another connection of the same person has taken the media over, or it is lost. */
  releaseMedia(): void {
    this.#media = undefined;
  }

  get prepared(): boolean {
    return this.#media !== undefined;
  }

  /** @throws TelevisitError `not_prepared`, `not_joined` */
  requirePhase(phase: MessagePhase): void {
    if (phase === 'prepared' && !this.prepared) throw new TelevisitError(PHASE_ERRORS.prepared);
    if (phase === 'joined' && !this.joined) throw new TelevisitError(PHASE_ERRORS.joined);
  }

  emit<E extends keyof ServerToClientEvents>(
    event: E,
    ...payload: Parameters<ServerToClientEvents[E]>
  ): void {
    this.#socket.emit(event, ...payload);
  }

  /** Ends the connection for good, once the answer in hand is out; the client does not come back by itself. */
  dismiss(): void {
    setImmediate(() => this.#socket.disconnect(true));
  }

  /** Another connection has taken this one's place and all that it had; it is gone already, or about to be. */
  superseded(): void {
    this.releaseMedia();
    this.joined = false;
    this.dismiss();
  }

  /** Cuts the connection so that the client connects again by itself. */
  drop(): void {
    this.#socket.conn.close();
  }

  /** The socket is gone: what it had in the preview goes at once, what has joined is the room's to keep or close. */
  disconnected(reason: LeaveReason): void {
    this.queue.stop();
    this.probes.close();
    if (this.#room) this.#room.disconnected(this, reason);
    else this.#media?.close();
  }
}

/** What a connection hears of its media. */
export function mediaListener(connection: Connection): PeerMediaListener {
  return {
    consumerNew: (consumer) => connection.emit('consumer:new', consumer),
    consumerClosed: (consumerId) => connection.emit('consumer:closed', { consumerId }),
    cameraDemand: (spatialLayer) => connection.emit('camera:demand', { spatialLayer }),
  };
}
