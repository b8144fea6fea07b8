import type { Clock } from '../core/clock.ts';
import type {
  DeliveryQueue,
  Lease,
  Outcome,
  WebhookEndpoint,
  WebhookStore,
} from '../domain/webhook-store.ts';
import { isGone, type DeliveryResult } from './delivery.ts';

export interface EndpointWorkerOptions {
  readonly webhooks: WebhookStore;
  readonly clock: Clock;
  /** A name of this process that no other process ever has. */
  readonly owner: string;
  /** How long a queue is reserved for this process, in milliseconds: longer than a request takes. */
  readonly leaseMs: number;
  readonly send: (endpoint: WebhookEndpoint, queue: DeliveryQueue) => Promise<DeliveryResult>;
  /** Disables an endpoint that answered 410. */
  readonly onGone: (endpointId: string) => Promise<void>;
  readonly onOutcome: (queue: DeliveryQueue, outcome: Outcome) => void;
  readonly onError: (error: unknown) => void;
}

/** The number of concurrent requests to one endpoint, so that a slow one does not affect the others. */
export const MAX_CONCURRENT = 32;
/** The number of queues that are claimed together; in a slow store the lease of the first must outlive the claim of the last. */
const CLAIM_BATCH = 8;
/** The delay after which a queue that could not be read is tried again, in milliseconds. */
const AFTER_ERROR_MS = 1000;

/** Sends the deliveries of one endpoint: those of different sessions concurrently, those of one session in order. */
export class EndpointWorker {
  readonly #options: EndpointWorkerOptions;
  readonly #running = new Set<Promise<void>>();
  #endpoint: WebhookEndpoint;
  #busyQueues = 0;
  #isClaiming = false;
  /** Whether there may be due queues that the last claim did not see. */
  #hasMore = false;
  #closed = false;

  constructor(endpoint: WebhookEndpoint, options: EndpointWorkerOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /** Sets the current state of the endpoint. */
  update(endpoint: WebhookEndpoint): void {
    this.#endpoint = endpoint;
  }

  /** Looks for due queues. */
  wake(): void {
    this.#hasMore = true;
    if (this.#isClaiming) return;
    this.#isClaiming = true;
    this.#track(this.#claim());
  }

  /** Claims no more queues, and sends nothing after the requests under way. Idempotent. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  get #free(): number {
    return this.#isOpen ? MAX_CONCURRENT - this.#busyQueues : 0;
  }

  get #isOpen(): boolean {
    return !this.#closed && this.#endpoint.enabled;
  }

  async #claim(): Promise<void> {
    const { webhooks } = this.#options;
    try {
      while (this.#hasMore && this.#free > 0) {
        this.#hasMore = false;
        const limit = Math.min(this.#free, CLAIM_BATCH);
        const queues = await webhooks.claim(this.#endpoint.endpointId, this.#lease(), limit);
        if (queues.length === limit) this.#hasMore = true;
        for (const queue of queues) {
          this.#busyQueues += 1;
          this.#track(this.#process(queue));
        }
      }
    } finally {
      // In the same turn as the last check of `#hasMore`, so that no wake is lost.
      this.#isClaiming = false;
    }
  }

  async #process(claimed: DeliveryQueue): Promise<void> {
    const { webhooks } = this.#options;
    try {
      let queue: DeliveryQueue | null = claimed;
      while (queue && this.#isOpen) queue = await this.#sendHead(queue);
      if (queue) await webhooks.release(queue);
    } finally {
      this.#busyQueues -= 1;
      if (this.#hasMore && this.#free > 0) this.wake();
    }
  }

  /** Sends the head of a queue. @returns the queue with its next delivery, if that is due */
  async #sendHead(queue: DeliveryQueue): Promise<DeliveryQueue | null> {
    const { webhooks, clock, send, onGone, onOutcome } = this.#options;
    const result = await send(this.#endpoint, queue).catch(async (error: unknown) => {
      await webhooks.release(queue, clock.now() + AFTER_ERROR_MS);
      throw error;
    });
    if (result === 'closed' || result === 'late') {
      await webhooks.release(queue);
      return null;
    }
    if (result === 'session_gone') {
      await webhooks.forget(queue.sessionId);
      return null;
    }
    if (isGone(result)) {
      await onGone(queue.endpointId);
      this.#endpoint = { ...this.#endpoint, enabled: false };
    }
    onOutcome(queue, result);
    return webhooks.settle(queue, result, this.#lease());
  }

  #lease(): Lease {
    const { clock, owner, leaseMs } = this.#options;
    const now = clock.now();
    return { owner, now, until: now + leaseMs };
  }

  #track(work: Promise<void>): void {
    const running = work.catch(this.#options.onError).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}
