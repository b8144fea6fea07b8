import { TelevisitError } from '@televisit/shared/errors';
import type { Permission, Role } from '@televisit/shared/permissions';
import type { ClientToServerEvents, ServerToClientEvents } from '@televisit/shared/signaling';
import type { NetworkLevel } from '@televisit/shared/vocabulary';
import { AwaitQueue } from 'awaitqueue';
import type { Socket } from 'socket.io';
import type { JoinClaims } from '../access/join-token.ts';
import type { Clock } from '../core/clock.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { MemberConnection } from '../room/member-connection.ts';
import { MessageLimits } from './message-limits.ts';

export type VisitSocket = Socket<ClientToServerEvents, ServerToClientEvents, PeerEvents, SocketData>;

/** What the Socket.IO servers of several processes send each other. */
export interface PeerEvents {
  'peer:message': (message: unknown) => void;
}

/** What the handshake leaves on a socket. */
export interface SocketData {
  claims: JoinClaims;
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
