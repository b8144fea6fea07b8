import type { WebhookEndpointView } from '@televisit/shared/webhook-endpoints';
import type { WebhookEventType } from '@televisit/shared/webhooks';
import { iso, isoOrNull, type Clock } from '../core/clock.ts';
import type { WebhookEndpoint, WebhookStore } from '../domain/webhook-store.ts';
import type { EndpointPlan, WebhookEndpoints } from '../webhooks/endpoints.ts';
import { oldSecretUntil } from '../webhooks/signature.ts';
import type { OperationHandlers } from './operation.ts';
import { requireOrder } from './problem.ts';

export interface WebhookEndpointHandlersOptions {
  readonly endpoints: WebhookEndpoints;
  readonly deliveries: WebhookStore;
  readonly clock: Clock;
}

const HOUR_MS = 60 * 60_000;
/** How many deliveries are read and made pending at a time. */
const REPLAY_BATCH = 500;

/** Handles `/webhook-endpoints`. */
export function webhookEndpointHandlers({
  endpoints,
  deliveries,
  clock,
}: WebhookEndpointHandlersOptions): OperationHandlers<
  | 'createWebhookEndpoint'
  | 'listWebhookEndpoints'
  | 'getWebhookEndpoint'
  | 'updateWebhookEndpoint'
  | 'deleteWebhookEndpoint'
  | 'rotateWebhookSecret'
  | 'testWebhookEndpoint'
  | 'replayWebhookEndpoint'
> {
  const view = (endpoint: WebhookEndpoint) => endpointView(endpoint, clock.now());
  const withSecret = (endpoint: WebhookEndpoint) => ({
    ...view(endpoint),
    secret: endpoint.secrets[0]?.secret ?? '',
  });
  return {
    createWebhookEndpoint: async ({ body: { url, description, events, enabled } }) => {
      const plan = {
        url,
        description: description ?? null,
        events: events ?? null,
        enabled: enabled ?? true,
      };
      return { status: 201, body: withSecret(await endpoints.create(plan)) };
    },

    listWebhookEndpoints: async () => ({
      status: 200,
      body: { endpoints: (await endpoints.list()).map(view) },
    }),

    getWebhookEndpoint: async ({ params }) => ({
      status: 200,
      body: view(await endpoints.get(params.endpointId)),
    }),

    updateWebhookEndpoint: async ({ params, body }) => {
      const plan = Object.fromEntries(
        Object.entries(body).filter(([, value]) => value !== undefined),
      ) as Partial<EndpointPlan>;
      return { status: 200, body: view(await endpoints.update(params.endpointId, plan)) };
    },

    deleteWebhookEndpoint: async ({ params }) => ({
      status: 200,
      body: view(await endpoints.delete(params.endpointId)),
    }),

    rotateWebhookSecret: async ({ params, body: { overlapHours } }) => ({
      status: 200,
      body: withSecret(await endpoints.rotateSecret(params.endpointId, overlapHours * HOUR_MS)),
    }),

    testWebhookEndpoint: async ({ params }) => {
      const { eventId, answer, error, ms } = await endpoints.test(params.endpointId);
      return {
        status: 200,
        body: {
          eventId,
          delivered: answer !== null && answer.status >= 200 && answer.status < 300,
          status: answer?.status ?? null,
          error: error?.code ?? null,
          answer: answer?.excerpt ?? null,
          milliseconds: ms,
        },
      };
    },

    replayWebhookEndpoint: async ({ params: { endpointId }, body }) => {
      await endpoints.get(endpointId);
      const filter = {
        endpointId,
        states: body.states,
        from: Date.parse(body.from),
        to: Date.parse(body.to),
      };
      requireOrder(filter.from, filter.to);
      let replayed = 0;
      let page = await deliveries.deliveries(filter, REPLAY_BATCH);
      for (let last = page.at(-1); last; last = page.at(-1)) {
        const ids = page.map(({ deliveryId }) => deliveryId);
        replayed += await deliveries.replay(ids, clock.now());
        const after = { at: last.event.at, deliveryId: last.deliveryId };
        page = page.length < REPLAY_BATCH ? [] : await deliveries.deliveries(filter, REPLAY_BATCH, after);
      }
      return { status: 200, body: { replayed } };
    },
  };
}

/** Converts an endpoint to its API representation, without its secrets. */
function endpointView(endpoint: WebhookEndpoint, now: number): WebhookEndpointView {
  return {
    endpointId: endpoint.endpointId,
    url: endpoint.url,
    description: endpoint.description,
    events: endpoint.events as WebhookEventType[] | null,
    enabled: endpoint.enabled,
    disabledReason: endpoint.disabledReason,
    source: endpoint.source,
    oldSecretUntil: isoOrNull(oldSecretUntil(endpoint, now)),
    createdAt: iso(endpoint.createdAt),
    updatedAt: iso(endpoint.updatedAt),
  };
}
