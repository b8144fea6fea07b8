import type {
  Ack,
  AckData,
  ClientMessage,
  ClientToServerEvents,
  Payload,
  ServerToClientEvents,
} from '@televisit/shared/signaling';
import type { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { io, type Socket } from 'socket.io-client';
import { Emitter } from '../core/emitter.ts';
import { endsConnection, VisitError } from '../core/errors.ts';

// Only the type is imported, so that zod stays out of the bundle; the compiler holds the two equal.
const path: typeof SIGNALING_PATH = '/signaling';

/** The waits before a lost connection is made again, in milliseconds; the last one goes on. */
const RETRIES_MS = [0, 300, 1_000, 2_000, 4_000];
/** A server that lost many clients at once must not get all of them back in one moment. */
const JITTER = 0.5;
const LEAST_JITTER_MS = 50;
/** One change of the network is told by several events of the browser, which come within this time, in milliseconds. */
const ONE_CHANGE_MS = 1_000;

// Every event of the contract, once; the compiler finds one that is missing.
const SERVER_EVENTS = Object.keys({
  'participant:joined': true,
  'participant:updated': true,
  'participant:left': true,
  'consumer:new': true,
  'consumer:closed': true,
  admitted: true,
  'waiting:updated': true,
  declined: true,
  'waiting:message': true,
  announcement: true,
  'waiting:people': true,
  'room:updated': true,
  'chat:message': true,
  reaction: true,
  muted: true,
  'unmute:asked': true,
  'share:stopped': true,
  'camera:demand': true,
  'media:renew': true,
  'visit:moved': true,
  'session:ended': true,
  replaced: true,
  dismissed: true,
  'token:refreshed': true,
} satisfies Record<keyof ServerToClientEvents, true>) as (keyof ServerToClientEvents)[];

/** What the server tells, by event name. */
export type ServerEvents = {
  [E in keyof ServerToClientEvents]: Parameters<ServerToClientEvents[E]>[0];
};

/** Events of the signaling connection itself, next to the server's. */
export interface SignalingEvents extends ServerEvents {
  connected: undefined;
  /** The connection dropped or could not be made, as the server said why; it is being tried again. */
  reconnecting: VisitError | null;
  /** The connection is gone, and after `freeze()` it is not made again. */
  gone: undefined;
  /** The server refused for good; it is not tried again. */
  refused: VisitError;
}

export interface SignalingOptions {
  /** The server's origin; undefined for the page's own. */
  readonly url?: string | undefined;
  readonly sessionId: string;
  /** Asked at every connection, so that a reconnect takes the newest token. */
  readonly token: () => string;
  /** How long an answer may take, in milliseconds. */
  readonly requestTimeout?: number;
}

/** The typed Socket.IO connection to the server: WebSocket only, reconnecting by itself until `close`. */
export class SignalingClient extends Emitter<SignalingEvents> {
  readonly #socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  readonly #requestTimeout: number;
  #closed = false;
  #retryTimer: ReturnType<typeof setTimeout> | null = null;
  #retries = 0;
  /** When an attempt was hurried last, by `performance.now()`. */
  #hurriedAt = -Infinity;
  /** Sent to the wrong server since the connection was of use last. */
  #misled = false;
  #frozen = false;
  #awaited = 0;

  constructor(options: SignalingOptions) {
    super();
    this.#requestTimeout = options.requestTimeout ?? 10_000;
    const { url, sessionId, token } = options;
    const settings = {
      path,
      // By this a server behind the same address finds the one that has the visit.
      query: { session: sessionId },
      transports: ['websocket'],
      autoConnect: false,
      forceNew: true,
      timeout: 8_000,
      // Done here, with waits of our own, also after a disconnect by the server.
      reconnection: false,
      auth: (handOver: (auth: object) => void) => handOver({ token: token(), sessionId }),
    };
    this.#socket = url === undefined ? io(settings) : io(url, settings);
    this.#listen();
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  /** How many messages were sent whose answer somebody waits for. */
  get awaitedMessages(): number {
    return this.#awaited;
  }

  connect(): void {
    if (!this.#closed && !this.#frozen) this.#socket.connect();
  }

  /**
   * Sends a message and waits for its answer, for `patience` milliseconds at most. Throws a `VisitError`: the server's
   * code, or `unreachable`.
   */
  async request<M extends ClientMessage>(
    message: M,
    payload: Payload<M>,
    patience = this.#requestTimeout,
  ): Promise<AckData[M]> {
    this.#awaited += 1;
    return this.#exchange(message, payload, patience);
  }

  /** Sends a message whose answer changes nothing. What goes wrong is repaired by the next reconnect. */
  send<M extends ClientMessage>(message: M, payload: Payload<M>): void {
    this.#exchange(message, payload, this.#requestTimeout).catch(() => undefined);
  }

  /** The connection has proved to be of use: the next one that is lost is made again at once. */
  resetBackoff(): void {
    this.#retries = 0;
    this.#misled = false;
  }

  /** This connection is used up and never made again: once it is lost that is told as `gone`. Idempotent. */
  freeze(): void {
    if (this.#closed || this.#frozen) return;
    this.#frozen = true;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    if (!this.#socket.connected) this.#lost();
  }

  /**
   * The network has changed. Where there is no connection, tries at once: what stood in the way may be gone, and an
   * attempt over the network of before would hang until its time is over.
   */
  retryNow(): void {
    if (this.#closed || this.#socket.connected) return;
    const now = performance.now();
    if (this.#retryTimer !== null) {
      clearTimeout(this.#retryTimer);
      this.#retryTimer = null;
    } else if (!this.#socket.active || now - this.#hurriedAt < ONE_CHANGE_MS) return;
    this.#hurriedAt = now;
    this.#retries = 0;
    this.#socket.disconnect();
    this.connect();
  }

  /**
   * Cuts the connection as a network would: the server keeps this person's place, and the client connects again. Where
   * that is under way already it does nothing: Socket.IO doesn't hear when an attempt of its own is closed.
   */
  drop(): void {
    if (!this.#closed && this.#socket.connected) this.#socket.io.engine.close();
  }

  /** Says goodbye to the server, for which the person has left then; without `goodbye` it looks like a lost network. */
  close({ goodbye = true } = {}): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    // Nobody is told of a goodbye that is our own.
    this.removeAllListeners();
    this.#socket.off();
    if (!goodbye && this.#socket.connected) this.#socket.io.engine.close();
    else this.#socket.disconnect();
  }

  async #exchange<M extends ClientMessage>(
    message: M,
    payload: Payload<M>,
    patience: number,
  ): Promise<AckData[M]> {
    // Socket.IO would keep the message for later, when the server has forgotten what it refers to.
    if (!this.#socket.connected) throw new VisitError('unreachable', { detail: `${message}: not connected` });
    const socket = this.#socket as Socket;
    let answer: Ack<AckData[M]>;
    try {
      answer = (await socket.timeout(patience).emitWithAck(message, payload)) as Ack<AckData[M]>;
    } catch (error) {
      throw new VisitError('unreachable', { detail: `${message}: no answer`, cause: error });
    }
    if (!answer.ok) throw VisitError.fromAck(answer.error);
    return answer.data;
  }

  #listen(): void {
    const socket = this.#socket as Socket;
    socket.on('connect', () => {
      this.emit('connected', undefined);
    });
    socket.on('disconnect', () => this.#lost());
    socket.on('connect_error', (error: Error & { data?: { code?: unknown; message?: unknown } }) => {
      const code = error.data?.code;
      if (typeof code !== 'string') this.#lost();
      else this.#refused(VisitError.fromAck({ code, message: String(error.data?.message) } as never));
    });
    for (const event of SERVER_EVENTS) {
      socket.on(event, (payload: ServerEvents[typeof event]) => this.emit(event, payload as never));
    }
  }

  #refused(refusal: VisitError): void {
    if (endsConnection(refusal.code)) {
      this.emit('refused', refusal);
    } else if (refusal.code === 'wrong_node' && !this.#misled && !this.#frozen) {
      // The visit was placed this moment: the next connection finds it, and nobody needs to know.
      this.#misled = true;
      this.#connectIn(Math.random() * LEAST_JITTER_MS);
    } else {
      this.#lost(refusal);
    }
  }

  #lost(refusal: VisitError | null = null): void {
    if (this.#frozen) {
      // A connection that was being made must not come after all.
      this.#socket.disconnect();
      this.emit('gone', undefined);
      return;
    }
    this.emit('reconnecting', refusal);
    const wait = RETRIES_MS[Math.min(this.#retries, RETRIES_MS.length - 1)] ?? 0;
    if (this.#connectIn(wait + Math.random() * Math.max(LEAST_JITTER_MS, wait * JITTER))) this.#retries += 1;
  }

  /** @returns false where that is about to happen already */
  #connectIn(delay: number): boolean {
    if (this.#closed || this.#retryTimer !== null) return false;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = null;
      this.connect();
    }, delay);
    return true;
  }
}
