import { TelevisitError } from '@televisit/shared/errors';
import type { MessageContract } from '@televisit/shared/core/contract';
import {
  CLIENT_MESSAGES,
  type ClientToServerEvents,
  type ServerToClientEvents,
} from '@televisit/shared/signaling';
import type { NetworkLevel, Permission, Role } from '@televisit/shared/vocabulary';
import { AwaitQueue } from 'awaitqueue';
import type { Socket } from 'socket.io';
import type { JoinClaims } from '../access/join-token.ts';
import type { Clock } from '../core/clock.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { MemberConnection } from '../room/member-connection.ts';
import type { JoinTrace } from './join-trace.ts';
import { TokenBucket } from '../core/token-bucket.ts';

export type VisitSocket = Socket<ClientToServerEvents, ServerToClientEvents, PeerEvents, SocketData>;

/** The messages between Socket.IO servers of several processes. */
export interface PeerEvents {
  'peer:message': (message: unknown) => void;
}

/** The data that the handshake leaves on a socket. */
export interface SocketData {
  claims: JoinClaims;
  trace: JoinTrace;
}

/** A page never comes near this, however many participants there are. */
const ALL = { perSecond: 60, burst: 240 };
/** More than a person types, waves or raises hands. */
const BROADCAST = { perSecond: 10, burst: 20 };

/** Messages that reach many participants, or write to the database each time. */
const BROADCAST_MESSAGES: ReadonlySet<string> = new Set(
  Object.entries<MessageContract>(CLIENT_MESSAGES).flatMap(([name, { rate }]) =>
    rate === 'broadcast' ? [name] : [],
  ),
);

/** Limits how many messages one connection may send. */
class MessageLimits {
  readonly #all: TokenBucket;
  readonly #broadcast: TokenBucket;

  constructor(clock: Clock) {
    this.#all = new TokenBucket(ALL, clock);
    this.#broadcast = new TokenBucket(BROADCAST, clock);
  }

  /** Counts a message, valid or not. @returns false if a limit is exceeded */
  allow(event: string): boolean {
    return this.#all.take() && (!BROADCAST_MESSAGES.has(event) || this.#broadcast.take());
  }
}

/** A room's connection to one page, over one socket. */
export class Connection implements MemberConnection {
  /** Runs the messages of this connection in order. */
  readonly queue = new AwaitQueue();
  readonly limits: MessageLimits;
  media: PeerMedia | undefined;
  network: NetworkLevel | null = null;
  readonly #socket: VisitSocket;

  constructor(socket: VisitSocket, clock: Clock) {
    this.#socket = socket;
    this.limits = new MessageLimits(clock);
  }

  get claims(): JoinClaims {
    return this.#socket.data.claims;
  }

  get trace(): JoinTrace {
    return this.#socket.data.trace;
  }

  get mediaSteps(): JoinTrace {
    return this.trace;
  }

  get userId(): string {
    return this.claims.sub;
  }

  get role(): Role {
    return this.claims.role;
  }

  get displayName(): string | null {
    return this.claims.name;
  }

  get linkVersion(): number {
    return this.claims.ver;
  }

  get isHost(): boolean {
    return this.claims.permissions.includes('moderate');
  }

  get closed(): boolean {
    return this.#socket.disconnected;
  }

  /** @throws {TelevisitError} `forbidden` */
  requirePermission(permission: Permission | null): void {
    if (permission && !this.claims.permissions.includes(permission)) throw new TelevisitError('forbidden');
  }

  emit<E extends keyof ServerToClientEvents>(
    event: E,
    ...payload: Parameters<ServerToClientEvents[E]>
  ): void {
    this.#socket.emit(event, ...payload);
  }

  dismiss(): void {
    setImmediate(() => this.#socket.disconnect(true));
  }

  drop(): void {
    this.#socket.conn.close();
  }
}
