import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { connect as connectPlain } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import type { Logger } from 'pino';
import type { Session } from '../domain/session.ts';
import { LEASE_MS, LOOK_MS, type KnownNode, type NodeRegistry } from '../cluster/node-registry.ts';

export interface SignalingRouterOptions {
  readonly nodes: Pick<NodeRegistry, 'nodes' | 'find' | 'lookAgain' | 'onLost'>;
  /** @throws where the store can't be reached */
  readonly findSession: (sessionId: string) => Promise<Session | undefined>;
  readonly logger: Logger;
}

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** To whoever comes while the server ends: another one behind the same address is there for them (RFC 9110, 15.6.4). */
const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
/** Says that a request was sent on by another server, which knows best where it belongs. */
const ROUTED = 'x-televisit-routed';
/** How long another server may take to accept a connection, in milliseconds. */
const CONNECT_PATIENCE_MS = 1500;
/** How often a node that takes no connection is tried: for two leases where it refuses at once, by which it is lost or there. */
const MOST_TRIES = (2 * LEASE_MS) / LOOK_MS;
/** For so many sessions it is remembered where they were, for the time that the store can't be reached. */
const MAX_REMEMBERED = 10_000;

/**
 * Leads signaling connections (WebSocket, RFC 6455) to the process that runs the session's node: whichever server a load
 * balancer picks, the same address is right. What belongs here, or nobody knows, is handled here.
 */
export class SignalingRouter {
  readonly #options: SignalingRouterOptions;
  readonly #here: readonly Upgrade[];
  /** Connections that are passed on, by the process that they lead to. */
  readonly #passed = new Map<string, Set<Duplex>>();
  readonly #nodeOf = new Map<string, string>();
  #closed = false;

  /** Takes the server's upgrades over from whoever listens for them already. */
  constructor(httpServer: HttpServer, options: SignalingRouterOptions) {
    this.#options = options;
    this.#here = httpServer.listeners('upgrade') as Upgrade[];
    httpServer.removeAllListeners('upgrade');
    httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const cut = () => socket.destroy();
      socket.once('error', cut);
      this.#route(request, socket, head)
        .catch((error: unknown) => {
          options.logger.warn({ err: error }, 'it is not known where a connection belongs');
          return false;
        })
        .then((passed) => {
          socket.off('error', cut);
          if (passed || socket.destroyed) return;
          if (this.#closed) {
            socket.end(UNAVAILABLE);
            return;
          }
          for (const handle of this.#here) handle(request, socket, head);
        })
        .catch(cut);
    });
    // A node that is lost may never close its connections; people look for their visit at once.
    options.nodes.onLost(({ processId }) => {
      for (const socket of this.#passed.get(processId) ?? []) socket.destroy();
    });
  }

  /** Idempotent; connections that are passed on end, and no more are taken. */
  close(): void {
    this.#closed = true;
    for (const sockets of this.#passed.values()) for (const socket of sockets) socket.destroy();
  }

  /** @returns whether the connection was passed on */
  async #route(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<boolean> {
    const { searchParams, pathname } = new URL(request.url ?? '/', 'http://localhost');
    const sessionId = searchParams.get('session');
    if (sessionId === null || request.headers[ROUTED] !== undefined) return false;
    if (!pathname.startsWith(SIGNALING_PATH)) return false;
    if (this.#options.nodes.nodes().every(({ here }) => here)) return false;
    const nodeId = await this.#placeOf(sessionId);
    if (nodeId === undefined) return false;
    for (let tries = 0; tries < MOST_TRIES && !this.#closed; tries++) {
      const node = this.#options.nodes.find(nodeId);
      // Once it is certain that it is gone the session can be placed anew, by whoever asks next.
      if (!node?.alive || node.here) return false;
      if (await this.#pass(node, request, socket, head)) return true;
      // It may be gone, or its process has just begun and does not listen yet.
      await this.#options.nodes.lookAgain();
    }
    return false;
  }

  async #placeOf(sessionId: string): Promise<string | undefined> {
    try {
      const session = await this.#options.findSession(sessionId);
      if (!session) return undefined;
      this.#remember(sessionId, session.placement.nodeId);
      return session.placement.nodeId;
    } catch (error) {
      const known = this.#nodeOf.get(sessionId);
      if (known === undefined) throw error;
      return known;
    }
  }

  #remember(sessionId: string, nodeId: string): void {
    this.#nodeOf.delete(sessionId);
    this.#nodeOf.set(sessionId, nodeId);
    const [oldest] = this.#nodeOf.keys();
    if (this.#nodeOf.size > MAX_REMEMBERED && oldest !== undefined) this.#nodeOf.delete(oldest);
  }

  /** @returns whether the other server took the connection */
  async #pass(node: KnownNode, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<boolean> {
    const upstream = node.url === '' ? null : await dial(node.url);
    if (!upstream) return socket.destroyed;
    if (socket.destroyed || this.#closed) {
      upstream.destroy();
      return socket.destroyed;
    }
    const sockets = this.#passed.get(node.processId) ?? new Set();
    this.#passed.set(node.processId, sockets.add(socket));
    const end = () => {
      socket.destroy();
      upstream.destroy();
      sockets.delete(socket);
      if (sockets.size === 0) this.#passed.delete(node.processId);
    };
    for (const side of [socket, upstream]) side.on('error', end).on('close', end);
    upstream.write(headOf(request));
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
    return true;
  }
}

/** A connection to another server; null where it can't be had soon. */
function dial(address: string): Promise<Duplex | null> {
  return new Promise((resolve) => {
    const { protocol, hostname, port } = new URL(address);
    const host = hostname.replace(/^\[|\]$/g, '');
    const secure = protocol === 'https:';
    const upstream = secure
      ? connectTls({ host, servername: host, port: Number(port || 443) })
      : connectPlain({ host, port: Number(port || 80) });
    const fail = () => {
      upstream.destroy();
      resolve(null);
    };
    upstream.setTimeout(CONNECT_PATIENCE_MS, fail);
    upstream.once('error', fail);
    upstream.once(secure ? 'secureConnect' : 'connect', () => {
      upstream.setTimeout(0);
      upstream.removeAllListeners('timeout');
      upstream.off('error', fail);
      // One-byte frames of a heartbeat must not wait for company.
      upstream.setNoDelay(true);
      resolve(upstream);
    });
  });
}

/** The request as it came, marked as sent on. */
function headOf({ method, url, httpVersion, rawHeaders, socket }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  lines.push(`${ROUTED}: 1`, `X-Forwarded-For: ${socket.remoteAddress}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
