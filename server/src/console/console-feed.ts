import type { ConsoleEvents } from '@televisit/shared/console';
import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';
import type { ObservationStore } from '../domain/observation-store.ts';
import type { SessionStore } from '../domain/session-store.ts';
import type { ConsoleLogins } from './console-logins.ts';

/** An open event stream of an operator. */
export interface FeedListener {
  readonly loginId: string;
  /** The session whose page is open, beside those that every listener is told of; null for none. */
  readonly sessionId: string | null;
  send<T extends keyof ConsoleEvents>(event: T, data: ConsoleEvents[T]): void;
  /** Keeps the connection open. */
  beat(): void;
  close(): void;
}

export interface ConsoleFeedOptions {
  readonly store: Pick<SessionStore, 'list' | 'versions'> & { readonly observations: ObservationStore };
  /** Describes the nodes; another text means that they have changed. */
  readonly nodes: () => string;
  readonly logins: ConsoleLogins;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The interval at which the store is compared while a stream is open, in milliseconds. */
export const LOOK_MS = 2000;
/** The interval of comments that keep proxies from closing a stream, in milliseconds. */
export const BEAT_MS = 15_000;
/** The most streams of this process, and of one login. */
export const MAX_STREAMS = 100;
export const MAX_STREAMS_OF_LOGIN = 10;
/** How many live, and how many new sessions are compared. */
const MAX_LIVE = 200;
const MAX_NEW = 50;

type Seen = Readonly<{
  nodes: string;
  failure: string | undefined;
  versions: ReadonlyMap<string, number>;
}>;

/**
 * Tells open pages of the console what has changed. It compares the store every two seconds, which shows the changes of all
 * servers, also of those that this one cannot reach, and does nothing while no page is open.
 */
export class ConsoleFeed {
  readonly #options: ConsoleFeedOptions;
  readonly #listeners = new Set<FeedListener>();
  #loop: Loop | undefined;
  #seen: Seen | undefined;
  #beatenAt = 0;
  #closed = false;

  constructor(options: ConsoleFeedOptions) {
    this.#options = options;
    options.logins.onClosed((loginId, reason) => this.#end(loginId, reason));
  }

  /** The number of open streams. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Adds a stream. @throws {TelevisitError} `console_streams`, `shutting_down` */
  add(listener: FeedListener): void {
    if (this.#closed) throw new TelevisitError('shutting_down');
    const own = [...this.#listeners].filter(({ loginId }) => loginId === listener.loginId);
    if (this.#listeners.size >= MAX_STREAMS || own.length >= MAX_STREAMS_OF_LOGIN) {
      throw new TelevisitError('console_streams');
    }
    this.#listeners.add(listener);
    listener.send('hello', {});
    const { clock, logger } = this.#options;
    this.#loop ??= every(
      clock,
      LOOK_MS,
      () => this.#look(),
      (error) => logger.warn({ err: error }, 'failed to look for changes for the console'),
      { immediately: true },
    );
  }

  /** Removes a stream whose connection is gone. Idempotent. */
  remove(listener: FeedListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    void this.#loop?.stop();
    this.#loop = undefined;
    this.#seen = undefined;
  }

  /** Compares now instead of at the end of the interval, because this process changed a session. */
  wake(): void {
    this.#loop?.trigger();
  }

  /** Closes all streams. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const loop = this.#loop;
    for (const listener of [...this.#listeners]) this.#bye(listener, 'restart');
    await loop?.stop();
  }

  async #look(): Promise<void> {
    const { clock, logins } = this.#options;
    for (const loginId of new Set([...this.#listeners].map((listener) => listener.loginId))) {
      // Another server may have ended it.
      if (!(await logins.find(loginId))) this.#end(loginId, 'logged_out');
    }
    if (clock.now() - this.#beatenAt >= BEAT_MS) {
      this.#beatenAt = clock.now();
      for (const listener of this.#listeners) listener.beat();
    }
    if (this.#listeners.size === 0) return;
    const now = await this.#state();
    const before = this.#seen;
    this.#seen = now;
    if (before) this.#report(before, now);
  }

  async #state(): Promise<Seen> {
    const { store, nodes } = this.#options;
    const live = await store.list({ statuses: ['live'] }, MAX_LIVE);
    const newest = await store.list({}, MAX_NEW);
    const [failure] = await store.observations.failures({}, 1);
    const watched = [...this.#listeners].flatMap(({ sessionId }) => sessionId ?? []);
    const versions = new Map(await store.versions([...new Set(watched)]));
    for (const { sessionId, version } of [...live, ...newest]) versions.set(sessionId, version);
    return {
      nodes: nodes(),
      failure: failure && `${failure.sessionId} ${failure.failureId}`,
      versions,
    };
  }

  #report(before: Seen, now: Seen): void {
    const changed = [...now.versions].filter(([id, version]) => before.versions.get(id) !== version);
    // A session that is neither live nor new any longer has changed, too.
    const gone = [...before.versions.keys()].filter((id) => !now.versions.has(id));
    const ids = [...changed.map(([id]) => id), ...gone];
    for (const listener of this.#listeners) {
      if (before.nodes !== now.nodes) listener.send('nodes', {});
      if (ids.length > 0) listener.send('sessions', {});
      for (const sessionId of ids) listener.send('session', { sessionId });
      if (now.failure !== undefined && before.failure !== now.failure) {
        listener.send('failures', { sessionId: now.failure.split(' ')[0] ?? '' });
      }
    }
  }

  #end(loginId: string, reason: ConsoleEvents['bye']['reason']): void {
    for (const listener of [...this.#listeners]) {
      if (listener.loginId === loginId) this.#bye(listener, reason);
    }
  }

  #bye(listener: FeedListener, reason: ConsoleEvents['bye']['reason']): void {
    listener.send('bye', { reason });
    listener.close();
    this.remove(listener);
  }
}
