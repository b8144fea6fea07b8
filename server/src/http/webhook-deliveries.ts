import { TelevisitError } from '@televisit/shared/errors';
import type { WebhookDeliveryDetails, WebhookDeliveryView } from '@televisit/shared/webhook-endpoints';
import { webhookEventId, type WebhookEventType } from '@televisit/shared/webhooks';
import { iso, isoOrNull, type Clock } from '../core/clock.ts';
import { decodeDeliveryCursor, encodeDeliveryCursor } from '../domain/cursor.ts';
import {
  positionOf,
  type Delivery,
  type DeliveryFilter,
  type WebhookStore,
} from '../domain/webhook-store.ts';
import type { OperationHandlers } from './operation.ts';

export interface WebhookDeliveryHandlersOptions {
  readonly deliveries: WebhookStore;
  readonly clock: Clock;
}

/** Returns the operations on the deliveries of webhooks. */
export function deliveryOperations({ deliveries, clock }: WebhookDeliveryHandlersOptions) {
  const find = async (deliveryId: string) => {
    const delivery = await deliveries.delivery(deliveryId);
    if (!delivery) throw new TelevisitError('delivery_not_found');
    return delivery;
  };
  return {
    /** @throws {TelevisitError} `delivery_not_found` */
    find,
    /** Returns a page, the newest event first. @throws {TelevisitError} `validation_failed` for a foreign cursor */
    page: async (filter: DeliveryFilter, limit: number, cursor: string | undefined) => {
      const after = cursor === undefined ? undefined : decodeDeliveryCursor(cursor);
      // One extra entry shows whether there is a next page.
      const found = await deliveries.deliveries(filter, limit + 1, after);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const nextCursor = found.length > limit && last ? encodeDeliveryCursor(positionOf(last)) : null;
      return { deliveries: page.map(deliveryView), nextCursor };
    },
    /** @throws {TelevisitError} `delivery_not_found` */
    replay: async (deliveryId: string) => {
      await find(deliveryId);
      await deliveries.replay([deliveryId], clock.now());
      return find(deliveryId);
    },
  };
}

/** Handles `/webhook-deliveries`: their list, attempts and replay. */
export function webhookDeliveryHandlers(
  options: WebhookDeliveryHandlersOptions,
): OperationHandlers<'listWebhookDeliveries' | 'getWebhookDelivery' | 'replayWebhookDelivery'> {
  const deliveries = deliveryOperations(options);
  return {
    listWebhookDeliveries: async ({
      query: { limit, cursor, endpointId, sessionId, state, type, from, to },
    }) => {
      const filter = {
        ...(endpointId === undefined ? {} : { endpointId }),
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(state === undefined ? {} : { states: [...new Set(state)] }),
        ...(type === undefined ? {} : { types: [...new Set(type)] }),
        ...(from === undefined ? {} : { from: Date.parse(from) }),
        ...(to === undefined ? {} : { to: Date.parse(to) }),
      };
      return { status: 200, body: await deliveries.page(filter, limit, cursor) };
    },

    getWebhookDelivery: async ({ params }) => ({
      status: 200,
      body: deliveryDetails(await deliveries.find(params.deliveryId)),
    }),

    replayWebhookDelivery: async ({ params }) => ({
      status: 200,
      body: deliveryDetails(await deliveries.replay(params.deliveryId)),
    }),
  };
}

/** Converts a delivery to its API representation. */
export function deliveryView(delivery: Delivery): WebhookDeliveryView {
  const { event, attempts, sessionId } = delivery;
  const last = attempts.at(-1);
  return {
    deliveryId: delivery.deliveryId,
    eventId: webhookEventId(sessionId, event.seq),
    type: event.type as WebhookEventType,
    sequence: event.seq,
    timestamp: iso(event.at),
    sessionId,
    endpointId: delivery.endpointId,
    state: delivery.state,
    tries: delivery.tries,
    nextAttemptAt: isoOrNull(delivery.nextAttemptAt),
    lastStatus: last?.status ?? null,
    lastError: last?.error ?? null,
  };
}

function deliveryDetails(delivery: Delivery): WebhookDeliveryDetails {
  return {
    ...deliveryView(delivery),
    attempts: delivery.attempts.map(({ at, ms, status, error, excerpt }) => ({
      at: iso(at),
      milliseconds: ms,
      status,
      error,
      answer: excerpt,
    })),
  };
}
