import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { systemClock } from '../core/clock.ts';
import { withTimeout } from '../core/timing.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A client that sends more requests than this without waiting for responses is disconnected. */
const MAX_PIPELINED = 32;

/**
 * The connections of an HTTP server. Requests of one connection are handled in turn (RFC 9112, 9.3.2): a client that pipelines
 * requests and does not read has one response in memory, and one open file, instead of one for each request.
 */
export class Connections {
  readonly #handle: Handle;
  /** By connection: the requests without a complete response, in order; the first one is being handled. */
  readonly #exchanges = new WeakMap<Socket, Exchange[]>();
  readonly #responses = new Set<ServerResponse>();
  #isDraining = false;
  #onIdle: (() => void) | undefined;

  constructor(server: Server, handle: Handle) {
    this.#handle = handle;
    server.on('request', (request, response) => this.#received({ request, response }));
    server.on('timeout', (socket: Socket) => this.#silent(socket));
  }

  /** Asks clients to connect again for their next request, to another server if a load balancer knows one. Idempotent. */
  drain(): void {
    this.#isDraining = true;
    for (const response of this.#responses) closeAfter(response);
  }

  /** Drains, and resolves when no request is being handled, or after `ms` milliseconds. */
  async finish(ms: number): Promise<void> {
    this.drain();
    if (this.#responses.size === 0) return;
    const idle = new Promise<void>((resolve) => (this.#onIdle = resolve));
    await withTimeout(systemClock, ms, idle, () => undefined);
  }

  #received(exchange: Exchange): void {
    const { socket } = exchange.request;
    if (socket.destroyed) return;
    const exchanges = this.#exchanges.get(socket) ?? [];
    this.#exchanges.set(socket, exchanges);
    if (exchanges.push(exchange) > MAX_PIPELINED) socket.destroy();
    else if (exchanges.length === 1) this.#start(exchange, exchanges);
  }

  #start(exchange: Exchange, exchanges: Exchange[]): void {
    const { request, response } = exchange;
    this.#responses.add(response);
    if (this.#isDraining) closeAfter(response);
    response.once('close', () => {
      this.#responses.delete(response);
      if (this.#responses.size === 0) this.#onIdle?.();
      exchanges.shift();
      const [next] = exchanges;
      // Node.js assigns no connection to responses that come after the last one of a connection.
      if (next?.response.socket && !next.request.socket.destroyed) this.#start(next, exchanges);
    });
    this.#handle(request, response);
  }

  /** Ends a connection without activity, unless its client waits for a response. */
  #silent(socket: Socket): void {
    const isWaiting = this.#exchanges.get(socket)?.length;
    if (!isWaiting || socket.writableLength > 0) socket.destroy();
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
