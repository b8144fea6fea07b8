import {
  newDelivery,
  type Delivery,
  type Unsent,
  type WebhookEndpoint,
  type WebhookStore,
} from '../domain/webhook-store.ts';
import { isTold } from './wire-event.ts';

/**
 * An endpoint gets what happened this long before it was made, in milliseconds, where that is not on its way yet: clocks of
 * servers differ, and what comes right after is not to be lost.
 */
export const CLOCK_SKEW_MS = 5000;

/** Which endpoints are sent which events. Disabled ones too: it waits for them. */
export function deliveriesOf(
  { sessionId, events }: Unsent,
  endpoints: readonly WebhookEndpoint[],
  now: number,
): Delivery[] {
  return events
    .filter(({ type }) => isTold(type))
    .flatMap((event) =>
      endpoints
        .filter(({ events: wanted }) => wanted === null || wanted.includes(event.type))
        .filter(({ createdAt }) => event.at >= createdAt - CLOCK_SKEW_MS)
        .map(({ endpointId }) => newDelivery(endpointId, sessionId, event, now)),
    );
}

/**
 * Puts the unsent events of a session on the lanes of the endpoints that want them. The endpoints are to be read after the
 * events, so that none is missed that was there when they happened.
 * @returns the ids of the endpoints that got something
 */
export async function fanOut(
  webhooks: WebhookStore,
  unsent: Unsent,
  endpoints: readonly WebhookEndpoint[],
  now: number,
): Promise<ReadonlySet<string>> {
  const deliveries = deliveriesOf(unsent, endpoints, now);
  await webhooks.fanOut(unsent.sessionId, unsent.upTo, deliveries, now);
  return new Set(deliveries.map(({ endpointId }) => endpointId));
}
