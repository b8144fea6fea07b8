import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { withoutRequest } from '../core/request-context.ts';
import { every, type Loop, withTimeout } from '../core/timing.ts';
import { NO_TRACER, type Tracer } from '../core/tracer.ts';
import { chunksOf, rotated } from '../core/lists.ts';
import type { FeatureRecords } from '../domain/feature.ts';
import type { SessionStore } from '../domain/session-store.ts';
import type { DeliveryState, UnsentSession, WebhookStore } from '../domain/webhook-store.ts';
import { Dispatcher } from './dispatcher.ts';
import { EndpointWorkers } from './endpoint-workers.ts';
import { OutboxScanner, PAGE_SIZE } from './outbox-scanner.ts';
import { RETRY_TIMES, type RetryTimes } from './retry-schedule.ts';
import type { WebhookSender } from './sender.ts';

/** All in milliseconds. */
export interface OutboxTimes {
  /** The interval at which the store is scanned for events that other processes left unsent. */
  readonly pollMs: number;
  /** The longest duration of a request. */
  readonly timeoutMs: number;
  /** How long a queue is reserved for a process. */
  readonly leaseMs: number;
  /** How long requests under way get to finish when the server closes. */
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
  /** The features that publish events. */
  readonly features: readonly FeatureRecords[];
  readonly sender: WebhookSender & { close(): void };
  readonly clock: Clock;
  /** A name of this process that no other process ever has. */
  readonly owner: string;
  readonly times: OutboxTimes;
  readonly logger: Logger;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
  /** Called after each attempt with the state of the delivery. */
  readonly onOutcome?: (state: DeliveryState) => void;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

/** The number of abandoned sessions that are dispatched together. */
const CONCURRENT_SESSIONS = 10;
/** The number of polls between deletions of deliveries to deleted endpoints. */
const POLLS_PER_CLEANUP = 60;
/** The number of polls between marking events as skipped, while no endpoint is registered. */
const POLLS_PER_SKIP = 10;

/**
 * Sends the events of sessions to webhook endpoints. Events are stored with the session, so none is lost with a process, and
 * several processes may deliver them at once. Sessions that this process changed are dispatched at once; a scan finds those
 * that other processes left behind.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #webhooks: WebhookStore;
  readonly #dispatcher: Dispatcher;
  readonly #scanner: OutboxScanner;
  readonly #workers: EndpointWorkers;
  /** The sessions that this process changed and has not dispatched yet. */
  readonly #changed = new Set<string>();
  /** Whether there was an endpoint at the last read. */
  #hasEndpoints = true;
  #polls = 0;
  #isDispatching = false;
  #dispatching: Promise<void> = Promise.resolve();
  #scans: Loop | undefined;
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(options: OutboxOptions) {
    const { store, features, sender, clock, owner, times, logger, random = Math.random } = options;
    const { tracer = NO_TRACER } = options;
    const { onOutcome = () => undefined } = options;
    const { leaseMs, timeoutMs, retry } = times;
    const onError = this.#onError;
    this.#options = options;
    this.#webhooks = store.webhooks;
    this.#dispatcher = new Dispatcher({ webhooks: store.webhooks, clock, onError });
    this.#scanner = new OutboxScanner(store.webhooks);
    const workers = {
      store,
      features,
      sender,
      clock,
      owner,
      leaseMs,
      timeoutMs,
      retry,
      random,
      logger,
      tracer,
      onOutcome,
      onError,
    };
    this.#workers = new EndpointWorkers(workers);
  }

  /** Delivers events until `close`. */
  start(): void {
    this.#state = 'open';
    const { clock, times } = this.#options;
    this.#scans = every(clock, times.pollMs, () => this.#scan(), this.#onError, { immediately: true });
  }

  /** Dispatches the events of a session that this process changed, as soon as there is an endpoint. */
  wake(sessionId: string): void {
    if (this.#state !== 'open') return;
    this.#changed.add(sessionId);
    if (this.#hasEndpoints) this.#dispatchSoon();
  }

  /** Dispatches waiting events now, because there is an endpoint. */
  resume(): void {
    this.#hasEndpoints = true;
    this.#dispatchSoon();
  }

  /** Gives requests under way a moment to finish; another process sends what is left. Idempotent. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const { clock, times, sender } = this.#options;
    this.#workers.close();
    await this.#scans?.stop();
    await this.#dispatching;
    const idle = this.#workers.idle();
    await withTimeout(clock, times.closeMs, idle, () => sender.close());
    await idle;
    sender.close();
  }

  #dispatchSoon(): void {
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    // It continues for other sessions, and outlives the request that wakes it.
    this.#dispatching = withoutRequest(() => this.#dispatchChanged()).catch(this.#onError);
  }

  async #dispatchChanged(): Promise<void> {
    try {
      while (this.#changed.size > 0 && this.#state === 'open') {
        const sessionIds = [...this.#changed].slice(0, PAGE_SIZE);
        for (const sessionId of sessionIds) this.#changed.delete(sessionId);
        const { reached } = await this.#dispatcher.dispatch(sessionIds);
        this.#workers.wake(reached);
      }
    } finally {
      // In the same turn as the last check of `#changed`, so that no wake is lost.
      this.#isDispatching = false;
    }
  }

  async #scan(): Promise<void> {
    const poll = this.#polls++;
    if (poll % POLLS_PER_CLEANUP === 0) await this.#webhooks.forgetLost(PAGE_SIZE);
    const isDue = this.#hasEndpoints || poll % POLLS_PER_SKIP === 0;
    if (!isDue && (await this.#webhooks.endpoints()).length === 0) return;
    this.#scanner.begin();
    while (await this.#scanPage());
  }

  /** @returns whether there may be more to do */
  async #scanPage(): Promise<boolean> {
    // Without an endpoint this process dispatched none of its own changes.
    const own = new Set(this.#hasEndpoints ? [] : this.#changed);
    const { sessions, isFull } = await this.#scanner.next(own);
    const endpoints = await this.#webhooks.endpoints();
    this.#workers.keepOnly(endpoints);
    for (const sessionId of own) this.#changed.delete(sessionId);
    this.#hasEndpoints = endpoints.length > 0;
    if (this.#hasEndpoints) this.#dispatchSoon();
    this.#workers.wake(endpoints);
    const failed = await this.#dispatchAbandoned(sessions);
    this.#scanner.report(failed);
    this.#workers.wake(endpoints);
    return isFull && failed.length < sessions.length && this.#state === 'open';
  }

  /** @returns the sessions that failed */
  async #dispatchAbandoned(sessions: readonly UnsentSession[]): Promise<readonly string[]> {
    const { random = Math.random } = this.#options;
    const failed: string[] = [];
    // Other processes may scan at the same time: each begins elsewhere, and finds done what others did before it.
    for (const some of chunksOf(rotated(sessions, random), CONCURRENT_SESSIONS)) {
      if (this.#hasEndpoints) {
        const ids = some.map(({ sessionId }) => sessionId);
        failed.push(...(await this.#dispatcher.dispatch(ids)).failed);
      } else {
        failed.push(...(await this.#dispatcher.markSkipped(some)));
      }
    }
    return failed;
  }

  readonly #onError = (error: unknown): void => {
    this.#options.logger.warn({ err: error }, 'failed to dispatch webhooks');
  };
}
