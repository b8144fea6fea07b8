import { Schema, type Connection } from 'mongoose';
import type { Delivery, DeliveryState, WebhookEndpoint } from '../../domain/webhook-store.ts';

export interface EndpointDocument {
  readonly _id: string;
  readonly createdAt: number;
  readonly version: number;
  readonly body: WebhookEndpoint;
}

/** A queue with pending deliveries. While a process holds it, `dueAt` is the end of the lease. */
export interface QueueDocument {
  readonly _id: string;
  readonly endpointId: string;
  readonly sessionId: string;
  /** The `seq` of its pending deliveries in any order, possibly with some that are settled. */
  readonly pending: readonly number[];
  readonly dueAt: number;
  readonly owner: string | null;
  readonly version: number;
}

export interface DeliveryDocument {
  readonly _id: string;
  readonly endpointId: string;
  readonly sessionId: string;
  readonly type: string;
  readonly at: number;
  readonly state: DeliveryState;
  readonly since: number;
  readonly tries: number;
  readonly body: Delivery;
}

const NEWEST_FIRST = { at: -1, _id: -1 } as const;

/** Returns the models of the outbox. */
export function webhookModels(connection: Connection) {
  const endpoint = new Schema<EndpointDocument>(
    { _id: String, createdAt: Number, version: Number, body: Schema.Types.Mixed },
    { collection: 'webhook_endpoints', versionKey: false, minimize: false },
  );
  const queue = new Schema<QueueDocument>(
    {
      _id: String,
      endpointId: String,
      sessionId: String,
      pending: [Number],
      dueAt: Number,
      owner: String,
      version: Number,
    },
    { collection: 'webhook_lanes', versionKey: false },
  );
  queue.index({ endpointId: 1, dueAt: 1 });
  queue.index({ sessionId: 1 });
  const delivery = new Schema<DeliveryDocument>(
    {
      _id: String,
      endpointId: String,
      sessionId: String,
      type: String,
      at: Number,
      state: String,
      since: Number,
      tries: Number,
      body: Schema.Types.Mixed,
    },
    { collection: 'webhook_deliveries', versionKey: false, minimize: false },
  );
  delivery.index(NEWEST_FIRST);
  delivery.index({ endpointId: 1, ...NEWEST_FIRST });
  delivery.index({ sessionId: 1, ...NEWEST_FIRST });
  delivery.index({ state: 1, ...NEWEST_FIRST });
  return {
    webhookEndpoints: connection.model('WebhookEndpoint', endpoint),
    webhookQueues: connection.model('WebhookQueue', queue),
    webhookDeliveries: connection.model('WebhookDelivery', delivery),
  };
}

/** Converts a delivery to its document. */
export function toDeliveryDocument(delivery: Delivery): DeliveryDocument {
  const { deliveryId, endpointId, sessionId, event, state, since, tries } = delivery;
  const { type, at } = event;
  return { _id: deliveryId, endpointId, sessionId, type, at, state, since, tries, body: delivery };
}
