import type { Clock } from '../core/clock.ts';
import {
  newDelivery,
  type Delivery,
  type UnsentEvents,
  type UnsentSession,
  type WebhookEndpoint,
  type WebhookStore,
} from '../domain/webhook-store.ts';
import { isPublished } from './wire-event.ts';

/**
 * An endpoint also gets undispatched events from this long before its creation, in milliseconds, because clocks of servers
 * differ.
 */
export const CLOCK_SKEW_MS = 5000;

export interface DispatcherOptions {
  readonly webhooks: WebhookStore;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** The result of dispatching some sessions. */
export interface DispatchResult {
  /** The endpoints with new deliveries. */
  readonly reached: readonly WebhookEndpoint[];
  /** The sessions that failed; they stay unsent. */
  readonly failed: readonly string[];
}

/**
 * Turns unsent events of sessions into deliveries to the endpoints that want them. Several processes may dispatch the
 * same session at once. A session that fails does not affect the others.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  async dispatch(sessionIds: readonly string[]): Promise<DispatchResult> {
    const { webhooks, clock } = this.#options;
    const failed: string[] = [];
    const read = await this.#all(sessionIds, failed, (sessionId) => webhooks.unsent(sessionId), String);
    const unsent = read.filter((events) => events !== undefined);
    // Read after the events: an endpoint created meanwhile gets what happened after its creation.
    const endpoints = await webhooks.endpoints();
    const now = clock.now();
    const dispatch = async (events: UnsentEvents) => {
      const deliveries = deliveriesOf(events, endpoints, now);
      await webhooks.fanOut(events.sessionId, events.upTo, deliveries, now);
      return deliveries;
    };
    const deliveries = (await this.#all(unsent, failed, dispatch, ({ sessionId }) => sessionId)).flat();
    const reached = new Set(deliveries.map(({ endpointId }) => endpointId));
    return { reached: endpoints.filter(({ endpointId }) => reached.has(endpointId)), failed };
  }

  /** Marks the events of sessions as dispatched to no endpoint, without reading them. @returns the sessions that failed */
  async markSkipped(sessions: readonly UnsentSession[]): Promise<readonly string[]> {
    const { webhooks, clock } = this.#options;
    const failed: string[] = [];
    const now = clock.now();
    const skip = ({ sessionId, upTo }: UnsentSession) => webhooks.fanOut(sessionId, upTo, [], now);
    await this.#all(sessions, failed, skip, ({ sessionId }) => sessionId);
    return failed;
  }

  /** Works on all items at once. @returns the results of those that succeeded; the sessions of the others go into `failed` */
  async #all<Item, Result>(
    items: readonly Item[],
    failed: string[],
    work: (item: Item) => Promise<Result>,
    sessionOf: (item: Item) => string,
  ): Promise<Result[]> {
    const outcomes = await Promise.allSettled(items.map(work));
    return outcomes.flatMap((outcome, index) => {
      if (outcome.status === 'fulfilled') return [outcome.value];
      this.#options.onError(outcome.reason);
      failed.push(sessionOf(items[index] as Item));
      return [];
    });
  }
}

/** Returns a delivery for each published event and each endpoint that wants it, including disabled endpoints. */
export function deliveriesOf(
  { sessionId, events }: UnsentEvents,
  endpoints: readonly WebhookEndpoint[],
  now: number,
): Delivery[] {
  return events
    .filter(({ type }) => isPublished(type))
    .flatMap((event) =>
      endpoints
        .filter(({ events: wanted }) => wanted === null || wanted.includes(event.type))
        .filter(({ createdAt }) => event.at >= createdAt - CLOCK_SKEW_MS)
        .map(({ endpointId }) => newDelivery(endpointId, sessionId, event, now)),
    );
}
