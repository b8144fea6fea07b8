import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';
import type { SessionStore } from '../domain/session-store.ts';
import type { Lane, Outcome, UnsentSession, WebhookEndpoint, WebhookStore } from '../domain/webhook-store.ts';
import { deliver } from './delivering.ts';
import { EndpointQueue } from './endpoint-queue.ts';
import { fanOut } from './fan-out.ts';
import { RETRY_TIMES, type RetryTimes } from './retry-schedule.ts';
import type { WebhookSender } from './sender.ts';

/** All in milliseconds. */
export interface OutboxTimes {
  /** How often it looks for what other processes, or one that died, left to be done. */
  readonly pollMs: number;
  /** How long a request may last. */
  readonly timeoutMs: number;
  /** For how long a process may work at a session's events without a sign of life. */
  readonly leaseMs: number;
  /** How long requests that are on their way get when the server closes. */
  readonly closeMs: number;
  readonly retry: RetryTimes;
}

export const OUTBOX_TIMES: OutboxTimes = {
  pollMs: 1000,
  timeoutMs: 15_000,
  leaseMs: 30_000,
  closeMs: 1000,
  retry: RETRY_TIMES,
};

export interface OutboxOptions {
  readonly store: Pick<SessionStore, 'get'> & { readonly webhooks: WebhookStore };
  readonly sender: WebhookSender & { close(): void };
  readonly clock: Clock;
  /** Names this process among all that ever run. */
  readonly owner: string;
  readonly times: OutboxTimes;
  readonly logger: Logger;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

/** So many sessions are looked at together. */
const BATCH = 100;
/** And so many of those that others may be at as well. */
const TOGETHER = 10;
/** What waits for endpoints that are gone is looked for once in so many polls. */
const POLLS_TO_FORGET = 60;
/** And where nobody is to be told, what happened is noted as done with once in so many. */
const POLLS_TO_PASS = 10;

/**
 * Sends what happens to sessions to the endpoints that want to know. What happened stands in the store, so nothing is lost
 * with a process; several may work at it at once.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #webhooks: WebhookStore;
  readonly #queues = new Map<string, EndpointQueue>();
  /** Sessions that have just changed. */
  readonly #changed = new Set<string>();
  /** Sessions that had unsent events at the last look around. */
  #unsent: ReadonlySet<string> = new Set();
  /** Those of them whose events could not be put on their way. */
  #stuck: ReadonlySet<string> = new Set();
  /** Whether anybody was to be told at the last look. */
  #isHeard = true;
  #polls = 0;
  #isSpreading = false;
  #spreading: Promise<void> = Promise.resolve();
  #polling: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#webhooks = options.store.webhooks;
  }

  /** Works from now on until `close`. */
  start(): void {
    this.#state = 'open';
    this.#poll();
  }

  /** Something happened to a session: its events are on their way at once, or once somebody is to be told. */
  wake(sessionId: string): void {
    if (this.#state !== 'open') return;
    this.#changed.add(sessionId);
    if (this.#isHeard) this.#spreadSoon();
  }

  /** There is an endpoint now: what happens is on its way at once. */
  resume(): void {
    this.#isHeard = true;
    this.#spreadSoon();
  }

  /** Idempotent. Requests that are on their way get a moment; what is not sent by then is sent by whoever is next. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancel();
    const { clock, times, sender } = this.#options;
    for (const queue of this.#queues.values()) queue.close();
    await this.#polling;
    await this.#spreading;
    const stop = clock.after(times.closeMs, () => sender.close());
    await Promise.all([...this.#queues.values()].map((queue) => queue.idle()));
    stop();
    sender.close();
  }

  #poll(): void {
    this.#polling = this.#lookAround()
      .catch(this.#onError)
      .finally(() => {
        if (this.#state !== 'open') return;
        this.#cancel = this.#options.clock.after(this.#options.times.pollMs, () => this.#poll());
      });
  }

  #spreadSoon(): void {
    if (this.#isSpreading) return;
    this.#isSpreading = true;
    this.#spreading = this.#spread().catch(this.#onError);
  }

  /**
   * What was unsent at the last look already was left behind; the rest is what other processes are just at, unless there is
   * so much of it that they can't keep up.
   */
  async #lookAround(): Promise<void> {
    const { random = Math.random } = this.#options;
    const poll = this.#polls++;
    if (poll % POLLS_TO_FORGET === 0) await this.#webhooks.forgetLost(BATCH);
    if (!this.#isHeard && poll % POLLS_TO_PASS !== 0 && (await this.#webhooks.endpoints()).length === 0)
      return;
    for (let round = 0; ; round++) {
      // Those that are stuck take no other's place, and are tried once in a look.
      const limit = BATCH + this.#stuck.size;
      // Ours that waited because nobody was to be told.
      const waiting = new Set(this.#isHeard ? [] : this.#changed);
      const unsent = await this.#webhooks.unsentSessions(limit);
      const isBehind = unsent.length === limit;
      const left = unsent.filter(
        ({ sessionId }) =>
          (isBehind || this.#unsent.has(sessionId) || waiting.has(sessionId)) &&
          (round === 0 || !this.#stuck.has(sessionId)),
      );
      this.#unsent = new Set(idsOf(unsent));
      const endpoints = await this.#webhooks.endpoints();
      this.#dropAllBut(endpoints);
      for (const sessionId of waiting) this.#changed.delete(sessionId);
      this.#isHeard = endpoints.length > 0;
      if (this.#isHeard) this.#spreadSoon();
      for (const queue of this.#current(endpoints)) queue.wake();
      // From anywhere, and some at a time: other processes may be at the same, and what they did is not done again.
      const stuck: string[] = [];
      for (const some of parts(fromAnywhere(left, random), TOGETHER)) {
        stuck.push(...(this.#isHeard ? (await this.#fanOut(idsOf(some))).stuck : await this.#pass(some)));
      }
      this.#stuck = new Set(round === 0 ? stuck : [...this.#stuck, ...stuck]);
      for (const queue of this.#current(endpoints)) queue.wake();
      if (!isBehind || stuck.length === left.length || this.#state !== 'open') return;
    }
  }

  async #spread(): Promise<void> {
    try {
      while (this.#changed.size > 0 && this.#state === 'open') {
        const sessions = [...this.#changed].slice(0, BATCH);
        for (const sessionId of sessions) this.#changed.delete(sessionId);
        const { reached } = await this.#fanOut(sessions);
        for (const queue of this.#current(reached)) queue.wake();
      }
    } finally {
      // In the same turn as the last look at `#changed`, so that no wake falls between.
      this.#isSpreading = false;
    }
  }

  /** Notes of sessions, without reading them, that nobody is told what happened. @returns those that failed */
  async #pass(sessions: readonly UnsentSession[]): Promise<readonly string[]> {
    const stuck: string[] = [];
    const now = this.#options.clock.now();
    const pass = ({ sessionId, upTo }: UnsentSession) => this.#webhooks.fanOut(sessionId, upTo, [], now);
    await Promise.all(sessions.map((one) => this.#unlessStuck(one.sessionId, pass(one), stuck)));
    return stuck;
  }

  /** @returns the endpoints that got something, and the sessions that failed */
  async #fanOut(
    sessions: readonly string[],
  ): Promise<{ reached: readonly WebhookEndpoint[]; stuck: readonly string[] }> {
    const stuck: string[] = [];
    const unsent = await Promise.all(
      sessions.map((sessionId) => this.#unlessStuck(sessionId, this.#webhooks.unsent(sessionId), stuck)),
    );
    // Only now: one that was made meanwhile is to get what happened after it.
    const endpoints = await this.#webhooks.endpoints();
    const now = this.#options.clock.now();
    const ids = await Promise.all(
      unsent
        .filter((one) => one !== undefined)
        .map((one) => this.#unlessStuck(one.sessionId, fanOut(this.#webhooks, one, endpoints, now), stuck)),
    );
    const reached = new Set(ids.flatMap((some) => [...(some ?? [])]));
    return { reached: endpoints.filter(({ endpointId }) => reached.has(endpointId)), stuck };
  }

  /** A session that fails holds up no other: it stays marked, and is put down among the stuck. */
  async #unlessStuck<T>(sessionId: string, working: Promise<T>, stuck: string[]): Promise<T | undefined> {
    try {
      return await working;
    } catch (error) {
      this.#onError(error);
      stuck.push(sessionId);
      return undefined;
    }
  }

  /** The queues of endpoints that are gone come to their end. */
  #dropAllBut(endpoints: readonly WebhookEndpoint[]): void {
    const there = new Set(endpoints.map(({ endpointId }) => endpointId));
    for (const [endpointId, queue] of this.#queues) {
      if (there.has(endpointId)) continue;
      queue.close();
      void queue.idle().then(() => this.#queues.delete(endpointId));
    }
  }

  /** The queues of these endpoints, which are as they are stored now. */
  #current(endpoints: readonly WebhookEndpoint[]): EndpointQueue[] {
    if (this.#state !== 'open') return [];
    return endpoints.map((endpoint) => {
      const known = this.#queues.get(endpoint.endpointId);
      known?.update(endpoint);
      if (known) return known;
      const queue = this.#queueOf(endpoint);
      this.#queues.set(endpoint.endpointId, queue);
      return queue;
    });
  }

  #queueOf(endpoint: WebhookEndpoint): EndpointQueue {
    const { store, sender, clock, owner, times, random = Math.random } = this.#options;
    const { timeoutMs, leaseMs, retry } = times;
    return new EndpointQueue(endpoint, {
      webhooks: this.#webhooks,
      clock,
      owner,
      leaseMs,
      send: (current, lane) =>
        deliver({ sessions: store, sender, clock, timeoutMs, retry, random }, current, lane),
      onGone: (endpointId) => this.#disable(endpointId),
      onOutcome: (lane, outcome) => this.#report(lane, outcome),
      onError: this.#onError,
    });
  }

  async #disable(endpointId: string): Promise<void> {
    const { clock, logger } = this.#options;
    for (;;) {
      const endpoint = await this.#webhooks.endpoint(endpointId);
      if (!endpoint?.enabled) return;
      const disabled = { ...endpoint, enabled: false, disabledReason: 'gone' as const };
      const next = { ...disabled, updatedAt: clock.now(), version: endpoint.version + 1 };
      if (!(await this.#webhooks.updateEndpoint(next))) continue;
      logger.warn({ endpointId }, 'a webhook endpoint answered that it is gone, and is disabled');
      return;
    }
  }

  #report({ endpointId, sessionId, head }: Lane, { attempt, state }: Outcome): void {
    const { status, error, ms } = attempt;
    const about = { endpointId, sessionId, type: head.event.type, status, error, ms };
    if (state === 'dead') this.#options.logger.warn(about, 'a webhook was given up');
    else this.#options.logger.debug(about, state === 'delivered' ? 'webhook delivered' : 'webhook failed');
  }

  readonly #onError = (error: unknown): void => {
    this.#options.logger.warn({ err: error }, 'webhooks could not be worked at');
  };
}

function idsOf(sessions: readonly UnsentSession[]): readonly string[] {
  return sessions.map(({ sessionId }) => sessionId);
}

function fromAnywhere<T>(all: readonly T[], random: () => number): readonly T[] {
  const start = Math.floor(random() * all.length);
  return [...all.slice(start), ...all.slice(0, start)];
}

function parts<T>(all: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
