import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { FeatureRecords } from '../domain/feature.ts';
import type { SessionStore } from '../domain/session-store.ts';
import type {
  DeliveryQueue,
  DeliveryState,
  Outcome,
  WebhookEndpoint,
  WebhookStore,
} from '../domain/webhook-store.ts';
import { traced, type Tracer } from '../core/tracer.ts';
import { deliver, type DeliveryOptions } from './delivery.ts';
import { EndpointWorker } from './endpoint-worker.ts';
import type { RetryTimes } from './retry-schedule.ts';
import type { WebhookSender } from './sender.ts';

export interface EndpointWorkersOptions {
  readonly store: Pick<SessionStore, 'get'> & { readonly webhooks: WebhookStore };
  readonly features: readonly FeatureRecords[];
  readonly sender: WebhookSender;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly retry: RetryTimes;
  readonly random: () => number;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly onOutcome: (state: DeliveryState) => void;
  readonly onError: (error: unknown) => void;
}

/** One worker for each endpoint. */
export class EndpointWorkers {
  readonly #options: EndpointWorkersOptions;
  readonly #workers = new Map<string, EndpointWorker>();
  #closed = false;

  constructor(options: EndpointWorkersOptions) {
    this.#options = options;
  }

  /** Looks for due deliveries of these endpoints. */
  wake(endpoints: readonly WebhookEndpoint[]): void {
    if (this.#closed) return;
    for (const endpoint of endpoints) this.#workerOf(endpoint).wake();
  }

  /** Ends the workers of all other endpoints, which were deleted. */
  keepOnly(endpoints: readonly WebhookEndpoint[]): void {
    const kept = new Set(endpoints.map(({ endpointId }) => endpointId));
    for (const [endpointId, worker] of this.#workers) {
      if (kept.has(endpointId)) continue;
      worker.close();
      void worker.idle().then(() => this.#workers.delete(endpointId));
    }
  }

  /** Begins no more requests. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#workers.values()) worker.close();
  }

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.idle()));
  }

  #workerOf(endpoint: WebhookEndpoint): EndpointWorker {
    const known = this.#workers.get(endpoint.endpointId);
    known?.update(endpoint);
    if (known) return known;
    const { store, features, sender, clock, owner, leaseMs, timeoutMs, retry, random, onError } =
      this.#options;
    const worker = new EndpointWorker(endpoint, {
      webhooks: store.webhooks,
      clock,
      owner,
      leaseMs,
      send: (current, queue) =>
        this.#send({ sessions: store, features, sender, clock, timeoutMs, retry, random }, current, queue),
      onGone: (endpointId) => this.#disable(endpointId),
      onOutcome: (queue, outcome) => {
        this.#log(queue, outcome);
        this.#options.onOutcome(outcome.state);
      },
      onError,
    });
    this.#workers.set(endpoint.endpointId, worker);
    return worker;
  }

  /** Sends a delivery as a part of the trace of its event, which another process may have stored long ago. */
  #send(
    options: DeliveryOptions,
    endpoint: WebhookEndpoint,
    queue: DeliveryQueue,
  ): ReturnType<typeof deliver> {
    const { endpointId, sessionId, head } = queue;
    const attributes = {
      'televisit.endpoint.id': endpointId,
      'televisit.session.id': sessionId,
      'televisit.event.type': head.event.type,
      'televisit.event.sequence': head.event.seq,
      'televisit.delivery.try': head.tries + 1,
    };
    const parent = head.event.trace ?? null;
    return traced(
      this.#options.tracer,
      'webhook deliver',
      { kind: 'client', parent, attributes },
      async (span) => {
        const result = await deliver(options, endpoint, queue);
        if (typeof result === 'string') {
          span.set({ 'televisit.delivery.state': result });
          return result;
        }
        const { state, attempt } = result;
        span.set({
          'televisit.delivery.state': state,
          'http.response.status_code': attempt.status ?? undefined,
        });
        if (state !== 'delivered') span.fail(attempt.error ?? String(attempt.status));
        return result;
      },
    );
  }

  async #disable(endpointId: string): Promise<void> {
    const { store, clock, logger } = this.#options;
    for (;;) {
      const endpoint = await store.webhooks.endpoint(endpointId);
      if (!endpoint?.enabled) return;
      const disabled = { ...endpoint, enabled: false, disabledReason: 'gone' as const };
      const next = { ...disabled, updatedAt: clock.now(), version: endpoint.version + 1 };
      if (!(await store.webhooks.updateEndpoint(next))) continue;
      logger.warn({ endpointId }, 'disabled a webhook endpoint that answered 410 Gone');
      return;
    }
  }

  #log({ endpointId, sessionId, head }: DeliveryQueue, { attempt, state }: Outcome): void {
    const { logger } = this.#options;
    const { status, error, ms } = attempt;
    const fields = { endpointId, sessionId, type: head.event.type, status, error, ms };
    if (state === 'dead') logger.warn(fields, 'failed to deliver a webhook, giving up');
    else if (state === 'delivered') logger.debug(fields, 'delivered a webhook');
    else logger.debug(fields, 'failed to deliver a webhook');
  }
}
