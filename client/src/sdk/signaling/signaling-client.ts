import type {
  Ack,
  AckData,
  ClientMessage,
  ClientToServerEvents,
  Payload,
  ServerToClientEvents,
} from '@televisit/shared/signaling';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { io, type Socket } from 'socket.io-client';
import { Backoff } from '../core/timers.ts';
import { Emitter } from '../core/emitter.ts';
import { endsConnection, VisitError } from '../core/errors.ts';

/** Range of the random part of a delay, in milliseconds: a server that lost many clients must not get all back at once. */
const MIN_JITTER_MS = 50;
/** Delays before a lost connection is made again. */
const RETRIES = { delays: [0, 300, 1_000, 2_000, 4_000], jitter: 0.5, minJitterMs: MIN_JITTER_MS };
/** Browsers report one change of the network by several events within this time, in milliseconds. */
const ONE_CHANGE_MS = 1_000;

/** The payloads of the server's events, by name. */
export type ServerEvents = {
  [E in keyof ServerToClientEvents]: Parameters<ServerToClientEvents[E]>[0];
};

/** Events of the signaling connection itself, next to the server's. */
export interface SignalingEvents extends ServerEvents {
  connected: undefined;
  /** The connection was lost or could not be made, with the server's refusal if any; it is being made again. */
  reconnecting: VisitError | null;
  /** The connection is lost and, after `freeze()`, not made again. */
  gone: undefined;
  /** The server refused for good; the connection is not made again. */
  refused: VisitError;
}

export interface SignalingOptions {
  /** The server's origin; undefined for the page's own. */
  readonly url?: string | undefined;
  readonly sessionId: string;
  /** Called at every connection, so that a reconnect uses the newest token. */
  readonly token: () => string;
  /** Maximum time for an answer, in milliseconds. */
  readonly requestTimeout?: number;
}

/** Maximum time for a connection to be made, in milliseconds; after that the other way is tried. */
const CONNECT_TIMEOUT_MS = 6_000;
/** The ways to the server. Long polling upgrades to a WebSocket if the network lets one through after all. */
const WAYS = { websocket: ['websocket'], polling: ['polling', 'websocket'] };

/**
 * The typed Socket.IO connection to the server, which reconnects by itself until `close`. It is a WebSocket; in networks that
 * let none through, HTTP long polling.
 */
export class SignalingClient extends Emitter<SignalingEvents> {
  readonly #socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  readonly #requestTimeout: number;
  /** The way of the last attempt, and whether the next one is the other way. */
  #way: keyof typeof WAYS = 'websocket';
  #wayFailed = false;
  #closed = false;
  #retryTimer: ReturnType<typeof setTimeout> | null = null;
  readonly #retries = new Backoff(RETRIES);
  /** When `retryNow()` last started an attempt, by `performance.now()`. */
  #hurriedAt = -Infinity;
  /** Whether a `wrong_node` refusal has been repeated once since the last success. */
  #redirected = false;
  #frozen = false;
  #awaited = 0;

  constructor(options: SignalingOptions) {
    super();
    this.#requestTimeout = options.requestTimeout ?? 10_000;
    const { url, sessionId, token } = options;
    const server = url === undefined ? null : new URL(url);
    const settings = {
      // Socket.IO takes the path of an address for a namespace.
      path: (server?.pathname.replace(/\/$/, '') ?? '') + SIGNALING_PATH,
      // Lets any server behind the same address find the node that has the session.
      query: { session: sessionId },
      transports: WAYS.websocket,
      autoConnect: false,
      forceNew: true,
      timeout: CONNECT_TIMEOUT_MS,
      // Done here with other delays, also after a disconnect by the server.
      reconnection: false,
      auth: (handOver: (auth: object) => void) => handOver({ token: token(), sessionId }),
    };
    this.#socket = server === null ? io(settings) : io(server.origin, settings);
    this.#listen();
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  /** How many messages were sent with `request()`. */
  get awaitedMessages(): number {
    return this.#awaited;
  }

  connect(): void {
    if (this.#closed || this.#frozen) return;
    if (this.#wayFailed) this.#way = this.#way === 'websocket' ? 'polling' : 'websocket';
    this.#wayFailed = false;
    // Socket.IO reads it again for every attempt.
    this.#socket.io.opts.transports = [...WAYS[this.#way]];
    this.#socket.connect();
  }

  /**
   * Sends a message and waits for its answer, for `timeout` milliseconds at most.
   * @throws {VisitError} the server's code, or `unreachable`
   */
  async request<M extends ClientMessage>(
    message: M,
    payload: Payload<M>,
    timeout = this.#requestTimeout,
  ): Promise<AckData[M]> {
    this.#awaited += 1;
    return this.#exchange(message, payload, timeout);
  }

  /** Sends a message without waiting for its answer. The next reconnect repairs a failure. */
  send<M extends ClientMessage>(message: M, payload: Payload<M>): void {
    this.#exchange(message, payload, this.#requestTimeout).catch(() => undefined);
  }

  /** The connection has been useful: the next lost connection is made again at once. */
  resetBackoff(): void {
    this.#retries.reset();
    this.#redirected = false;
  }

  /** Keeps the connection and never makes it again: its loss is emitted as `gone`. Idempotent. */
  freeze(): void {
    if (this.#closed || this.#frozen) return;
    this.#frozen = true;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    if (!this.#socket.connected) this.#lost();
  }

  /**
   * Handles a change of the network: without a connection, tries again at once, because the obstacle may be gone and an
   * attempt over the previous network would hang until it times out.
   */
  retryNow(): void {
    if (this.#closed || this.#socket.connected) return;
    const now = performance.now();
    if (this.#retryTimer !== null) {
      clearTimeout(this.#retryTimer);
      this.#retryTimer = null;
    } else if (!this.#socket.active || now - this.#hurriedAt < ONE_CHANGE_MS) return;
    this.#hurriedAt = now;
    this.#way = 'websocket';
    this.#wayFailed = false;
    this.#retries.reset();
    this.#socket.disconnect();
    this.connect();
  }

  /**
   * Drops the connection as a network failure would: the server keeps the participant's place, and the client connects
   * again. Does nothing while connecting: Socket.IO does not notice when its own attempt is closed.
   */
  drop(): void {
    if (!this.#closed && this.#socket.connected) this.#socket.io.engine.close();
  }

  /** Closes the connection. With `goodbye` the server marks the participant as left; without, it sees a lost network. */
  close({ goodbye = true } = {}): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    // The own goodbye is not reported.
    this.removeAllListeners();
    this.#socket.off();
    if (!goodbye && this.#socket.connected) this.#socket.io.engine.close();
    else this.#socket.disconnect();
  }

  async #exchange<M extends ClientMessage>(
    message: M,
    payload: Payload<M>,
    timeout: number,
  ): Promise<AckData[M]> {
    // Socket.IO would send the message later, when its ids are no longer valid on the server.
    if (!this.#socket.connected) throw new VisitError('unreachable', { detail: `${message}: not connected` });
    const socket = this.#socket as Socket;
    let answer: Ack<AckData[M]>;
    try {
      answer = (await socket.timeout(timeout).emitWithAck(message, payload)) as Ack<AckData[M]>;
    } catch (error) {
      throw new VisitError('unreachable', { detail: `${message}: no answer`, cause: error });
    }
    if (!answer.ok) throw VisitError.fromAck(answer.error);
    return answer.data;
  }

  #listen(): void {
    const socket = this.#socket as Socket;
    socket.on('connect', () => {
      // The server has been reached this way; if it is long polling, the WebSocket may follow.
      socket.io.engine.once('upgrade', () => (this.#way = 'websocket'));
      this.emit('connected', undefined);
    });
    socket.on('disconnect', () => this.#lost());
    socket.on('connect_error', (error: Error & { data?: { code?: unknown; message?: unknown } }) => {
      const code = error.data?.code;
      if (typeof code !== 'string') {
        // A browser may report one failure twice.
        this.#wayFailed = true;
        this.#lost();
      } else this.#refused(VisitError.fromAck({ code, message: String(error.data?.message) } as never));
    });
    // Every other event is one of the contract.
    socket.onAny((event: keyof ServerEvents, payload) => this.emit(event, payload as never));
  }

  #refused(refusal: VisitError): void {
    if (endsConnection(refusal.code)) {
      this.emit('refused', refusal);
    } else if (refusal.code === 'wrong_node' && !this.#redirected && !this.#frozen) {
      // The session has just been placed: the next connection finds its node, and there is nothing to report.
      this.#redirected = true;
      this.#connectIn(Math.random() * MIN_JITTER_MS);
    } else {
      this.#lost(refusal);
    }
  }

  #lost(refusal: VisitError | null = null): void {
    if (this.#frozen) {
      // Cancels an attempt that is in progress.
      this.#socket.disconnect();
      this.emit('gone', undefined);
      return;
    }
    this.emit('reconnecting', refusal);
    if (this.#retryTimer === null) this.#connectIn(this.#retries.next());
  }

  #connectIn(delay: number): void {
    if (this.#closed || this.#retryTimer !== null) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = null;
      this.connect();
    }, delay);
  }
}
