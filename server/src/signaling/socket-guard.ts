import type { Logger } from 'pino';
import type { ClientAddresses } from '../access/client-address.ts';
import { networkOf } from '../access/rate-limits.ts';
import type { Clock } from '../core/clock.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import type { VisitSocket } from './connection.ts';

/** A connection as Engine.IO knows it: a WebSocket, or one that uses long polling. */
export type EngineSocket = VisitSocket['conn'];

export interface SocketGuardOptions {
  readonly addresses: ClientAddresses;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The bytes that may wait in this process for a client that does not read them, beside the largest message among them. */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** The answer to `join` in a visit of 100 participants with a full chat is the largest message; it takes a while on a slow line. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
/** Messages, pings and pongs of a client: more than `MessageLimits` accepts, so that only some of those over its limit are answered. */
const PACKETS = { perSecond: 75, burst: 500 };
/** Bytes that a client sends, whatever they are. */
const BYTES = { perSecond: 64 * 1024, burst: 2 * 1024 * 1024 };
/** The WebSockets of one address that have not sent a valid token yet. */
const MAX_PENDING = 200;
/** How long a client gets to confirm the end of its connection, in milliseconds; ws alone would wait 30 s. */
const CLOSE_MS = 2000;

/** Disconnects clients that flood the server, that do not read what they are sent, or that open WebSockets without using them. */
export class SocketGuard {
  readonly #options: SocketGuardOptions;
  /** The number of pending WebSockets by address. */
  readonly #pending = new Map<string, number>();
  readonly #admit = new WeakMap<EngineSocket, () => void>();

  constructor(options: SocketGuardOptions) {
    this.#options = options;
  }

  /** Watches a WebSocket that has just been opened. */
  watch(conn: EngineSocket): void {
    const { addresses, clock } = this.#options;
    const { socket } = conn.request;
    const cut = (reason: string) => this.#cut(conn, reason);
    const packets = new TokenBucket(PACKETS, clock);
    const bytes = new TokenBucket(BYTES, clock);
    /** What Engine.IO holds back until the socket has sent everything before. */
    let heldBack = 0;
    /** The largest message since the client last had read everything. */
    let largest = 0;
    const checkUnsent = () => {
      const unsent = heldBack + socket.writableLength;
      if (unsent === 0) largest = 0;
      if (unsent > MAX_UNSENT_BYTES + Math.min(largest, MAX_MESSAGE_BYTES)) cut('does not read');
    };
    conn.on('packetCreate', ({ data }: { data?: string | Uint8Array }) => {
      const bytes = data?.length ?? 0;
      checkUnsent();
      heldBack += bytes;
      largest = Math.max(largest, bytes);
      checkUnsent();
    });
    conn.on('flush', () => (heldBack = 0));
    const count = () => {
      if (!packets.take()) cut('too many messages');
    };
    conn.on('packet', ({ data }: { data?: string | Uint8Array }) => {
      count();
      // Each request of long polling may come over another socket.
      if (isPolling(conn) && !bytes.take(data?.length ?? 0)) cut('too many bytes');
    });
    for (const control of ['ping', 'pong']) webSocketOf(conn)?.on(control, count);
    socket.on('data', (chunk: Buffer) => {
      if (isPolling(conn)) return;
      if (bytes.take(chunk.length)) checkUnsent();
      else cut('too many bytes');
    });
    conn.once('close', () => {
      this.admitted(conn);
      // Not the socket's own timeout, which every byte of the client would put off.
      const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
      socket.once('close', () => clearTimeout(timer));
    });
    if (this.#await(conn, networkOf(addresses.of(conn.request))) > MAX_PENDING) cut('too many connections');
  }

  /** The client has sent a valid token, so that the WebSocket no longer counts as pending. Idempotent. */
  admitted(conn: EngineSocket): void {
    this.#admit.get(conn)?.();
    this.#admit.delete(conn);
  }

  /** @returns the number of pending WebSockets of the address, with this one */
  #await(conn: EngineSocket, network: string): number {
    const count = (this.#pending.get(network) ?? 0) + 1;
    this.#pending.set(network, count);
    this.#admit.set(conn, () => {
      const left = (this.#pending.get(network) ?? 0) - 1;
      if (left > 0) this.#pending.set(network, left);
      else this.#pending.delete(network);
    });
    return count;
  }

  #cut(conn: EngineSocket, reason: string): void {
    const { socket } = conn.request;
    if (conn.readyState === 'closed' || (socket.destroyed && !isPolling(conn))) return;
    this.#options.logger.warn({ reason }, 'disconnected an abusive client');
    if (isPolling(conn)) conn.close(true);
    socket.destroy();
  }
}

function isPolling({ transport }: EngineSocket): boolean {
  return transport.name === 'polling';
}

/** Returns the WebSocket, which answers pings by itself (RFC 6455, 5.5.2); Engine.IO has no event for them. */
function webSocketOf({ transport }: EngineSocket): NodeJS.EventEmitter | undefined {
  return (transport as unknown as { readonly socket?: NodeJS.EventEmitter }).socket;
}
