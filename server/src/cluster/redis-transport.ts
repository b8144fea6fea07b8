import { setTimeout as pause } from 'node:timers/promises';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { Backoff } from '../core/backoff.ts';
import type { BusTransport } from './bus.ts';

/** The Socket.IO servers of the other processes. */
export interface Peers {
  /** Sends to all other processes, not to this one. */
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
}

export interface RedisTransportOptions {
  /** `redis://` or `rediss://`, including the password if there is one. */
  readonly url: string;
  readonly logger: Logger;
}

type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

const RECONNECTS = new Backoff({ firstMs: 100, maxMs: 1000 });

/** The options of all clients. Redis may go away and come back. */
const COMMON: ClientOptions = {
  connectTimeout: 3000,
  retryStrategy: (attempt) => RECONNECTS.delay(attempt),
  // #subscribe does it and catches failures.
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
};
/** Drops what can't be sent now, because its sender will have given up later. */
const PUBLISHER: ClientOptions = { ...COMMON, enableOfflineQueue: false, maxRetriesPerRequest: 0 };
/** Keeps commands during an outage, because the adapter reads in a loop that must wait for Redis. */
const LISTENER: ClientOptions = { ...COMMON, enableOfflineQueue: true, maxRetriesPerRequest: null };

/** A connection without an answer to a ping for this long is dead, in milliseconds. */
const PUBLISHER_SILENCE_MS = 3000;
/** Longer than the 5 s for which the adapter's read blocks on an empty stream. */
const LISTENER_SILENCE_MS = 8000;
const PING_MS = 2000;
/** The delay after a failed read, in milliseconds. */
const RETRY_READ_MS = 1000;
/** The maximum number of entries in the stream. Commands do not use the stream, but PUBLISH. */
const STREAM_LENGTH = 1000;
const NAME = 'televisit';

/** The part of a Redis client that the adapter uses. */
interface AdapterClient {
  readonly options: { readonly lazyConnect: false };
  duplicate(): AdapterClient;
  on(event: string, listener: (...args: never[]) => void): void;
  publish(channel: string, payload: Buffer): Promise<number>;
  subscribe(channels: string[]): void;
  xread(...args: unknown[]): Promise<unknown>;
  disconnect(): void;
}

/** The bus over Redis: Socket.IO's Redis Streams adapter, on clients that survive every kind of outage. */
export class RedisTransport implements BusTransport {
  /** For the Socket.IO server whose peers are passed to `attach`. */
  readonly adapter: ReturnType<typeof createAdapter>;
  readonly #url: string;
  readonly #logger: Logger;
  readonly #clients = new Set<Redis>();
  readonly #listeners: ((message: unknown) => void)[] = [];
  readonly #publisher: Redis;
  readonly #pings: NodeJS.Timeout;
  #peers: Peers | undefined;
  #subscribed = false;
  #outage = false;
  #closed = false;

  constructor({ url, logger }: RedisTransportOptions) {
    this.#url = url;
    this.#logger = logger;
    this.#publisher = this.#client({ ...PUBLISHER, socketTimeout: PUBLISHER_SILENCE_MS });
    this.adapter = createAdapter(this.#clientForAdapter(this.#publisher), {
      streamName: NAME,
      channelPrefix: NAME,
      sessionKeyPrefix: `${NAME}:`,
      maxLen: STREAM_LENGTH,
      onlyPlaintext: true,
    });
    this.#pings = setInterval(() => this.#ping(this.#publisher), PING_MS).unref();
  }

  get up(): boolean {
    return !this.#closed && this.#subscribed && this.#publisher.status === 'ready';
  }

  /** Connects the transport to the Socket.IO server that uses its adapter. */
  attach(peers: Peers): void {
    this.#peers = peers;
    peers.onMessage((message) => {
      for (const listener of this.#listeners) listener(message);
    });
  }

  send(message: object): void {
    if (this.up) this.#peers?.send(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#pings);
    for (const client of this.#clients) client.disconnect();
  }

  #client(options: ClientOptions): Redis {
    const client = new Redis(this.#url, options);
    this.#clients.add(client);
    let cause: string | undefined;
    // Only the message: an error may contain the command, and the command the password.
    client.on('error', (error) => (cause = error.message));
    client.on('close', () => this.#lost(cause));
    client.on('ready', () => this.#restored());
    return client;
  }

  /** Returns a client whose promises never reject, because the adapter does not handle rejections. */
  #clientForAdapter(client: Redis): AdapterClient {
    return {
      options: { lazyConnect: false },
      duplicate: () =>
        this.#clientForAdapter(this.#client({ ...LISTENER, socketTimeout: LISTENER_SILENCE_MS })),
      on: (event, listener) => client.on(event, listener as (...args: unknown[]) => void),
      publish: (channel, payload) => client.publish(channel, payload).catch(() => 0),
      subscribe: (channels) => this.#subscribe(client, channels),
      xread: (...args) => this.#read(client, args),
      disconnect: () => client.disconnect(),
    };
  }

  #subscribe(client: Redis, channels: string[]): void {
    const subscribe = () => {
      client.subscribe(...channels).then(
        () => {
          this.#subscribed = client.status === 'ready';
          this.#restored();
        },
        () => undefined,
      );
    };
    client.on('ready', subscribe);
    client.on('close', () => (this.#subscribed = false));
    if (client.status === 'ready') subscribe();
    const pings = setInterval(() => {
      if (this.#closed) clearInterval(pings);
      else this.#ping(client);
    }, PING_MS).unref();
  }

  /** Slows the adapter down, which reads again immediately after a failure; a closed client would fail immediately each time. */
  async #read(client: Redis, args: unknown[]): Promise<unknown> {
    try {
      return await (client.xread as (...args: unknown[]) => Promise<unknown>).apply(client, args);
    } catch (error) {
      if (this.#closed) return await new Promise(() => undefined);
      await pause(RETRY_READ_MS, undefined, { ref: false });
      throw error;
    }
  }

  /** Sends a ping, so that a connection whose other end vanished silently runs into its socket timeout. */
  #ping(client: Redis): void {
    if (client.status === 'ready') client.ping().catch(() => undefined);
  }

  #lost(cause: string | undefined): void {
    if (this.#outage || this.#closed) return;
    this.#outage = true;
    this.#logger.warn(
      { cause },
      'Redis is unreachable, commands to other processes fail; calls are not affected',
    );
  }

  #restored(): void {
    if (!this.#outage || !this.up) return;
    this.#outage = false;
    this.#logger.info('Redis is reachable again');
  }
}
