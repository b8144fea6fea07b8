import { randomBytes } from 'node:crypto';
import {
  request as httpRequest,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { connect as connectTcp, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls } from 'node:tls';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import {
  currentTraceparent,
  REQUEST_ID_HEADER,
  TRACEPARENT_HEADER,
  validRequestId,
  withRequestId,
} from '../core/request-context.ts';
import { NO_TRACER, traced, type Tracer } from '../core/tracer.ts';
import type { Session } from '../domain/session.ts';
import { LEASE_MS, LOOK_MS, type KnownNode, type NodeRegistry } from './node-registry.ts';

export interface SignalingProxyOptions {
  readonly nodes: Pick<NodeRegistry, 'processId' | 'nodes' | 'find' | 'lookAgain' | 'onLost'>;
  /** @throws if the store is unreachable */
  readonly findSession: (sessionId: string) => Promise<Session | undefined>;
  /** Counts a connection of a client. @throws {TelevisitError} `too_many_requests` */
  readonly limit: (request: IncomingMessage) => Promise<void>;
  /** Marks a request that is forwarded, so that it is not forwarded again, and tells the other server the client's address. */
  readonly addresses: { readonly header: string; forwarding(request: IncomingMessage): string };
  /** Returns a new id of a request. */
  readonly requestId: () => string;
  readonly logger: Logger;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** Sends a request to a node. @returns false if the node's process did not accept it, so that it can be tried again */
type Forward = (node: KnownNode) => Promise<boolean>;

/** The response to connections during shutdown; the client tries again and reaches another server (RFC 9110, 15.6.4). */
const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
/** The response to an address that connects too often (RFC 6585, 4). */
const TOO_MANY =
  'HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n';
/** The longest wait for another server to accept a connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 1500;
/**
 * The maximum number of attempts to connect to a node: two leases if it refuses each at once, by which time it is known to be
 * alive or lost.
 */
const MAX_ATTEMPTS = (2 * LEASE_MS) / LOOK_MS;
/** The size of the cache of session to node, which is used while the store is unreachable. */
const MAX_CACHED_SESSIONS = 10_000;

/** Returns the id of a signaling connection that names its process: every request of a polling connection leads there. */
export function connectionId(processId: string): string {
  return `${processId}.${randomBytes(15).toString('base64url')}`;
}

/**
 * Forwards signaling connections (WebSocket, RFC 6455, or HTTP long polling) to the process that runs the session's node, so
 * that a load balancer may choose any server. Connections for this process, or for an unknown session, are handled here.
 */
export class SignalingProxy {
  readonly #options: SignalingProxyOptions;
  readonly #localListeners: readonly UpgradeListener[];
  readonly #localRequestListeners: readonly RequestListener[];
  /** The sockets of what is forwarded, by the process that they are connected to. */
  readonly #forwarded = new Map<string, Set<Duplex>>();
  readonly #nodeOf = new LRUCache<string, string>({ max: MAX_CACHED_SESSIONS });
  #closed = false;

  /** Puts itself before the server's listeners. */
  constructor(httpServer: HttpServer, options: SignalingProxyOptions) {
    this.#options = options;
    this.#localListeners = httpServer.listeners('upgrade') as UpgradeListener[];
    httpServer.removeAllListeners('upgrade');
    httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#identified(request, () => this.#handle(request, socket, head));
    });
    this.#localRequestListeners = httpServer.listeners('request') as RequestListener[];
    httpServer.removeAllListeners('request');
    httpServer.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const isSignaling = request.url?.startsWith(SIGNALING_PATH) === true;
      if (isSignaling) this.#identified(request, () => this.#handleRequest(request, response));
      else this.#handleHere(request, response);
    });
    // A lost node may never close its connections, and clients should reconnect at once.
    options.nodes.onLost(({ processId }) => {
      for (const socket of this.#forwarded.get(processId) ?? []) socket.destroy();
    });
  }

  /** Closes the forwarded connections and rejects new ones. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const sockets of this.#forwarded.values()) for (const socket of sockets) socket.destroy();
  }

  /** Handles a request under its id, which it has from now on: the other server continues with it. */
  #identified(request: IncomingMessage, handle: () => Promise<void>): void {
    const id = validRequestId(request.headers[REQUEST_ID_HEADER]) ?? this.#options.requestId();
    request.headers[REQUEST_ID_HEADER] = id;
    void withRequestId(id, handle);
  }

  /** Never rejects. */
  async #handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const destroy = () => socket.destroy();
    socket.once('error', destroy);
    // The time limit of HTTP connections no longer applies.
    if (socket instanceof Socket) socket.setTimeout(0);
    try {
      if (!(await this.#isAllowed(request))) {
        socket.end(TOO_MANY, destroy);
        return;
      }
      const isForwarded = await this.#route(request, (node) => this.#forward(node, request, socket, head));
      socket.off('error', destroy);
      if (isForwarded || socket.destroyed) return;
      if (this.#closed) socket.end(UNAVAILABLE);
      else for (const listener of this.#localListeners) listener(request, socket, head);
    } catch {
      destroy();
    }
  }

  /** Handles one request of a polling connection; the first one counts as a connection. Never rejects. */
  async #handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isFirst = !new URL(request.url ?? '/', 'http://localhost').searchParams.has('sid');
    if (isFirst && !(await this.#isAllowed(request))) {
      response.writeHead(429, { 'Retry-After': '60', Connection: 'close' }).end();
      return;
    }
    const isForwarded = await this.#route(request, (node) => this.#forwardRequest(node, request, response));
    if (isForwarded || response.destroyed) return;
    if (this.#closed) response.writeHead(503, { Connection: 'close' }).end();
    else this.#handleHere(request, response);
  }

  #handleHere(request: IncomingMessage, response: ServerResponse): void {
    for (const listener of this.#localRequestListeners) listener(request, response);
  }

  #isAllowed(request: IncomingMessage): Promise<boolean> {
    return this.#options.limit(request).then(
      () => true,
      () => false,
    );
  }

  /** Returns whether a connection was forwarded. Never rejects. */
  async #route(request: IncomingMessage, forward: Forward): Promise<boolean> {
    const { nodes, addresses, logger } = this.#options;
    try {
      const { searchParams, pathname } = new URL(request.url ?? '/', 'http://localhost');
      const sessionId = searchParams.get('session');
      if (sessionId === null || request.headers[addresses.header] !== undefined) return false;
      if (!pathname.startsWith(SIGNALING_PATH) || nodes.nodes().every(({ here }) => here)) return false;
      const connection = searchParams.get('sid');
      return connection === null
        ? await this.#routeToSession(sessionId, forward)
        : await this.#routeToProcess(connection, forward);
    } catch (error) {
      logger.warn({ err: error }, 'failed to find the node of a signaling connection');
      return false;
    }
  }

  /** Forwards a request of an existing connection; its process knows it, wherever the session is meanwhile. */
  async #routeToProcess(connection: string, forward: Forward): Promise<boolean> {
    const { nodes } = this.#options;
    const [processId] = connection.split('.');
    if (processId === nodes.processId) return false;
    const node = nodes.nodes().find((one) => one.processId === processId && one.alive);
    // A connection of a process that is gone is unknown here, which makes the client connect again.
    return node !== undefined && forward(node);
  }

  async #routeToSession(sessionId: string, forward: Forward): Promise<boolean> {
    const { nodes, logger } = this.#options;
    const nodeId = await this.#nodeOfSession(sessionId);
    if (nodeId === undefined) return false;
    for (let attempt = 0; attempt < MAX_ATTEMPTS && !this.#closed; attempt++) {
      const node = nodes.find(nodeId);
      // The session of a lost node can be placed again by this process.
      if (!node?.alive || node.here) return false;
      if (await this.#trace(sessionId, nodeId, () => forward(node))) {
        logger.debug({ sessionId, nodeId }, 'forwarded a signaling connection');
        return true;
      }
      // The node's process may have died, or just started and not listen yet.
      await nodes.lookAgain();
    }
    return false;
  }

  /** Forwards a connection as a span, which the other server continues. */
  #trace(sessionId: string, nodeId: string, forward: () => Promise<boolean>): Promise<boolean> {
    const { tracer = NO_TRACER } = this.#options;
    const attributes = { 'televisit.session.id': sessionId, 'televisit.node.id': nodeId };
    const options = { kind: 'client', parent: null, attributes } as const;
    return traced(tracer, 'signaling forward', options, async (span) => {
      const isAccepted = await forward();
      if (!isAccepted) span.fail('node_unreachable');
      return isAccepted;
    });
  }

  /** Returns the node of a session, from the cache if the store fails; undefined if there is no such session. */
  async #nodeOfSession(sessionId: string): Promise<string | undefined> {
    try {
      const session = await this.#options.findSession(sessionId);
      if (!session) return undefined;
      this.#nodeOf.set(sessionId, session.placement.nodeId);
      return session.placement.nodeId;
    } catch (error) {
      const cached = this.#nodeOf.get(sessionId);
      if (cached === undefined) throw error;
      return cached;
    }
  }

  /** @returns false if the node's process did not accept the connection, so that it can be tried again */
  async #forward(node: KnownNode, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<boolean> {
    const { addresses } = this.#options;
    const upstream = node.url === '' ? null : await connectTo(node.url);
    if (!upstream) return socket.destroyed;
    if (socket.destroyed || this.#closed) {
      upstream.destroy();
      return socket.destroyed;
    }
    const forget = this.#track(node, socket);
    const end = () => {
      socket.destroy();
      upstream.destroy();
      forget();
    };
    for (const side of [socket, upstream]) side.on('error', end).on('close', end);
    upstream.write(requestHead(request, { [addresses.header]: addresses.forwarding(request) }));
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
    return true;
  }

  async #forwardRequest(
    node: KnownNode,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> {
    const upstream = node.url === '' ? null : await connectTo(node.url);
    if (!upstream) return response.destroyed;
    if (response.destroyed || this.#closed) {
      upstream.destroy();
      return response.destroyed;
    }
    const { addresses } = this.#options;
    const forget = this.#track(node, upstream);
    const { method, url: path, headers } = request;
    const mark = { [addresses.header]: addresses.forwarding(request) };
    const forwarded = httpRequest({
      createConnection: () => upstream,
      method,
      path,
      headers: { ...headers, ...traceHeader(), ...mark, connection: 'close' },
    });
    response.once('close', () => upstream.destroy());
    forwarded.once('response', (answer) => {
      const kept = { ...answer.headers };
      // They describe the connection between the servers (RFC 9110, 7.6.1).
      delete kept.connection;
      delete kept['keep-alive'];
      response.writeHead(answer.statusCode ?? 502, kept);
      pipeline(answer, response).catch(() => response.destroy());
    });
    forwarded.once('error', () => response.destroy());
    forwarded.once('close', forget);
    pipeline(request, forwarded).catch(() => response.destroy());
    return true;
  }

  /** Lets a socket end with the process that it is connected to. @returns a function that forgets it */
  #track({ processId }: KnownNode, socket: Duplex): () => void {
    const sockets = this.#forwarded.get(processId) ?? new Set();
    this.#forwarded.set(processId, sockets.add(socket));
    return () => {
      sockets.delete(socket);
      if (sockets.size === 0) this.#forwarded.delete(processId);
    };
  }
}

/** Returns a connection to another server; null if it does not accept one in time. */
function connectTo(address: string): Promise<Duplex | null> {
  return new Promise((resolve) => {
    const { protocol, hostname, port } = new URL(address);
    const host = hostname.replace(/^\[|\]$/g, '');
    const isSecure = protocol === 'https:';
    const upstream = isSecure
      ? connectTls({ host, servername: host, port: Number(port || 443) })
      : connectTcp({ host, port: Number(port || 80) });
    const fail = () => {
      upstream.destroy();
      resolve(null);
    };
    upstream.setTimeout(CONNECT_TIMEOUT_MS, fail);
    upstream.once('error', fail);
    upstream.once(isSecure ? 'secureConnect' : 'connect', () => {
      upstream.setTimeout(0);
      upstream.removeAllListeners('timeout');
      upstream.off('error', fail);
      // Heartbeats are single-byte frames, which Nagle's algorithm would delay.
      upstream.setNoDelay(true);
      resolve(upstream);
    });
  });
}

/** Returns the head of the request as it was received, with its id and marked as forwarded. */
function requestHead(
  { method, url, httpVersion, rawHeaders, headers }: IncomingMessage,
  mark: Readonly<Record<string, string>>,
): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase();
    if (name === REQUEST_ID_HEADER || name === TRACEPARENT_HEADER) continue;
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  const own = { [REQUEST_ID_HEADER]: String(headers[REQUEST_ID_HEADER]), ...traceHeader(), ...mark };
  for (const [name, value] of Object.entries(own)) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Returns the header that names the running span, if any. */
function traceHeader(): Record<string, string> {
  const traceparent = currentTraceparent();
  return traceparent === undefined ? {} : { [TRACEPARENT_HEADER]: traceparent };
}
