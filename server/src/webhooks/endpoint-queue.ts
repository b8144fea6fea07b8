import type { Clock } from '../domain/clock.ts';
import type { Lane, Lease, Outcome, WebhookEndpoint, WebhookStore } from '../domain/webhook-store.ts';
import { isGone, type Sent } from './delivering.ts';

export interface EndpointQueueOptions {
  readonly webhooks: WebhookStore;
  readonly clock: Clock;
  /** Names this process among all that ever run. */
  readonly owner: string;
  /** For how long a lane is taken, in milliseconds: longer than a request may last. */
  readonly leaseMs: number;
  readonly send: (endpoint: WebhookEndpoint, lane: Lane) => Promise<Sent>;
  /** Disables an endpoint that wants no more. */
  readonly onGone: (endpointId: string) => Promise<void>;
  readonly onOutcome: (lane: Lane, outcome: Outcome) => void;
  readonly onError: (error: unknown) => void;
}

/** So many requests to one endpoint at once: one that is slow or dead takes nothing from the others. */
export const MAX_CONCURRENT = 32;
/** So many lanes are taken together: where the store is slow, the lease of the first must not be over with the last. */
const CLAIM_BATCH = 8;
/** A lane that could not be read is left alone for so long, in milliseconds. */
const AFTER_ERROR_MS = 1000;

/** Works through the lanes of one endpoint: sessions side by side, the events of each one after the other. */
export class EndpointQueue {
  readonly #options: EndpointQueueOptions;
  readonly #running = new Set<Promise<void>>();
  #endpoint: WebhookEndpoint;
  #working = 0;
  #claiming = false;
  /** There may be lanes that the last claim has not seen. */
  #more = false;
  #closed = false;

  constructor(endpoint: WebhookEndpoint, options: EndpointQueueOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /** How the endpoint is now. */
  update(endpoint: WebhookEndpoint): void {
    this.#endpoint = endpoint;
  }

  /** Looks for lanes that are due. */
  wake(): void {
    this.#more = true;
    if (this.#claiming) return;
    this.#claiming = true;
    this.#track(this.#claim());
  }

  /** Takes no more lanes, and none any further than the request that is on its way. Idempotent. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when nothing is on its way any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  get #free(): number {
    return this.#isOpen ? MAX_CONCURRENT - this.#working : 0;
  }

  get #isOpen(): boolean {
    return !this.#closed && this.#endpoint.enabled;
  }

  async #claim(): Promise<void> {
    const { webhooks } = this.#options;
    try {
      while (this.#more && this.#free > 0) {
        this.#more = false;
        const limit = Math.min(this.#free, CLAIM_BATCH);
        const lanes = await webhooks.claim(this.#endpoint.endpointId, this.#lease(), limit);
        if (lanes.length === limit) this.#more = true;
        for (const lane of lanes) {
          this.#working += 1;
          this.#track(this.#work(lane));
        }
      }
    } finally {
      // In the same turn as the last look at `#more`, so that no wake falls between.
      this.#claiming = false;
    }
  }

  async #work(first: Lane): Promise<void> {
    const { webhooks } = this.#options;
    try {
      let lane: Lane | null = first;
      while (lane && this.#isOpen) lane = await this.#step(lane);
      if (lane) await webhooks.release(lane);
    } finally {
      this.#working -= 1;
      if (this.#more && this.#free > 0) this.wake();
    }
  }

  /** Sends the head of a lane. @returns the lane with its next one, where it has one that is due */
  async #step(lane: Lane): Promise<Lane | null> {
    const { webhooks, clock, send, onGone, onOutcome } = this.#options;
    const sent = await send(this.#endpoint, lane).catch(async (error: unknown) => {
      await webhooks.release(lane, clock.now() + AFTER_ERROR_MS);
      throw error;
    });
    if (sent === 'closed' || sent === 'late') {
      await webhooks.release(lane);
      return null;
    }
    if (sent === 'session_gone') {
      await webhooks.forget(lane.sessionId);
      return null;
    }
    if (isGone(sent)) {
      await onGone(lane.endpointId);
      this.#endpoint = { ...this.#endpoint, enabled: false };
    }
    onOutcome(lane, sent);
    return webhooks.settle(lane, sent, this.#lease());
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
