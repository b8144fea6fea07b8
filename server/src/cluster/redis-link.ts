import { setTimeout as pause } from 'node:timers/promises';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import type { Link } from './bus.ts';

/** The same Socket.IO server in the other processes. */
export interface Peers {
  /** Reaches all the others, not this one. */
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
}

export interface RedisLinkOptions {
  /** `redis://` or `rediss://`, with the password if there is one. */
  readonly url: string;
  readonly logger: Logger;
}

type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

/** What every client of a Redis that may go away and come back is made with. */
const COMMON: ClientOptions = {
  connectTimeout: 3000,
  retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 1000),
  // Subscribed anew below, where a failure is caught.
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
};
/** What can't go out now is dropped: nobody waits for it later. */
const PUBLISHER: ClientOptions = { ...COMMON, enableOfflineQueue: false, maxRetriesPerRequest: 0 };
/** The adapter reads in a loop, which must wait while there is nothing to read from. */
const LISTENER: ClientOptions = { ...COMMON, enableOfflineQueue: true, maxRetriesPerRequest: null };

/** A connection that has not answered a ping after this long is dead, in milliseconds. */
const PUBLISHER_SILENCE_MS = 3000;
/** Longer than the 5 s that the adapter's reading takes where there is nothing. */
const LISTENER_SILENCE_MS = 8000;
const PING_MS = 2000;
/** A Redis that says no to reading is not asked again at once, in milliseconds. */
const RETRY_READ_MS = 1000;
/** Entries of the stream at most; commands pass it by, over PUBLISH. */
const STREAM_LENGTH = 1000;
const NAME = 'televisit';

/** What the adapter wants of a Redis client. */
interface AdapterClient {
  readonly options: { readonly lazyConnect: false };
  duplicate(): AdapterClient;
  on(event: string, listener: (...args: never[]) => void): void;
  publish(channel: string, payload: Buffer): Promise<number>;
  subscribe(channels: string[]): void;
  xread(...args: unknown[]): Promise<unknown>;
  disconnect(): void;
}

/** The bus's way over Redis: Socket.IO's Redis Streams adapter, on clients that survive every kind of outage. */
export class RedisLink implements Link {
  /** For the Socket.IO server whose peers `attach` gets. */
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

  constructor({ url, logger }: RedisLinkOptions) {
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

  /** The Socket.IO server that has this link's adapter. */
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
    // The message alone: an error may hold the command, and that the password.
    client.on('error', (error) => (cause = error.message));
    client.on('close', () => this.#away(cause));
    client.on('ready', () => this.#back());
    return client;
  }

  /** The adapter leaves promises of its clients alone, so no promise that it gets may be rejected. */
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
          this.#back();
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

  /** The adapter reads again at once after a failure, for ever, and a client that is closed fails at once. */
  async #read(client: Redis, args: unknown[]): Promise<unknown> {
    try {
      return await (client.xread as (...args: unknown[]) => Promise<unknown>).apply(client, args);
    } catch (error) {
      if (this.#closed) return await new Promise(() => undefined);
      await pause(RETRY_READ_MS, undefined, { ref: false });
      throw error;
    }
  }

  /** A connection whose other end is gone without a word is found by its silence. */
  #ping(client: Redis): void {
    if (client.status === 'ready') client.ping().catch(() => undefined);
  }

  #away(cause: string | undefined): void {
    if (this.#outage || this.#closed) return;
    this.#outage = true;
    this.#logger.warn({ cause }, 'Redis can’t be reached: visits go on, commands to other servers fail');
  }

  #back(): void {
    if (!this.#outage || !this.up) return;
    this.#outage = false;
    this.#logger.info('Redis is reached again');
  }
}
