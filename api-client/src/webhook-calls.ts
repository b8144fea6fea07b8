import type {
  CreateWebhookEndpointRequest,
  ReplayRequest,
  ReplayResult,
  RotateWebhookSecretRequest,
  UpdateWebhookEndpointRequest,
  WebhookDeliveryDetails,
  WebhookDeliveryList,
  WebhookDeliveryView,
  WebhookEndpointList,
  WebhookEndpointSecret,
  WebhookEndpointView,
  WebhookTestResult,
} from '@televisit/shared/webhook-endpoints';
import type { WebhookEventType } from '@televisit/shared/webhooks';
import { ApiCalls, instant, type CallOptions, type Instant } from './api-calls.ts';

/** Which deliveries; what is not said does not matter. */
export interface DeliveryFilter {
  readonly endpointId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly state?: DeliveryState | readonly DeliveryState[] | undefined;
  readonly type?: WebhookEventType | readonly WebhookEventType[] | undefined;
  /** The event happened at this time or later. */
  readonly from?: Instant | undefined;
  /** The event happened before this time. */
  readonly to?: Instant | undefined;
  /** Deliveries on a page, 1 to 200; 50 where nothing is said. */
  readonly limit?: number | undefined;
}

export interface DeliveryPageFilter extends DeliveryFilter {
  /** The nextCursor of the page before. */
  readonly cursor?: string | null | undefined;
}

type DeliveryState = WebhookDeliveryView['state'];

/** A test takes as long as its receiver, in milliseconds. */
const TEST_MS = 20_000;

/** The calls about webhooks. @throws TelevisitApiError from every method */
export class WebhookCalls extends ApiCalls {
  /** Makes an endpoint; its secret is answered this once. Not repeated where the answer got lost. */
  createWebhookEndpoint(
    request: CreateWebhookEndpointRequest,
    options: CallOptions = {},
  ): Promise<WebhookEndpointSecret> {
    return this.json('POST', ['webhook-endpoints'], options, { body: request, idempotent: false });
  }

  /** All endpoints, oldest first. */
  listWebhookEndpoints(options: CallOptions = {}): Promise<WebhookEndpointList> {
    return this.json('GET', ['webhook-endpoints'], options);
  }

  getWebhookEndpoint(endpointId: string, options: CallOptions = {}): Promise<WebhookEndpointView> {
    return this.json('GET', ['webhook-endpoints', endpointId], options);
  }

  /** Changes, enables or disables an endpoint; what is not named stays. */
  updateWebhookEndpoint(
    endpointId: string,
    request: UpdateWebhookEndpointRequest,
    options: CallOptions = {},
  ): Promise<WebhookEndpointView> {
    return this.json('PATCH', ['webhook-endpoints', endpointId], options, { body: request });
  }

  /** Deletes an endpoint with all its deliveries. */
  deleteWebhookEndpoint(endpointId: string, options: CallOptions = {}): Promise<WebhookEndpointView> {
    return this.json('DELETE', ['webhook-endpoints', endpointId], options);
  }

  /** Replaces an endpoint's secret. Not repeated where the answer got lost: the secret is answered this once. */
  rotateWebhookSecret(
    endpointId: string,
    request: RotateWebhookSecretRequest = {},
    options: CallOptions = {},
  ): Promise<WebhookEndpointSecret> {
    const rest = { body: request, idempotent: false };
    return this.json('POST', ['webhook-endpoints', endpointId, 'rotate-secret'], options, rest);
  }

  /** Sends an endpoint a test event now. */
  testWebhookEndpoint(endpointId: string, options: CallOptions = {}): Promise<WebhookTestResult> {
    const rest = { idempotent: false, leastMs: TEST_MS };
    return this.json('POST', ['webhook-endpoints', endpointId, 'test'], options, rest);
  }

  /** Sends the events of a stretch of time again. */
  replayWebhookEndpoint(
    endpointId: string,
    request: ReplayRequest,
    options: CallOptions = {},
  ): Promise<ReplayResult> {
    const rest = { body: request, idempotent: false };
    return this.json('POST', ['webhook-endpoints', endpointId, 'replay'], options, rest);
  }

  /** A page of deliveries, the newest event first. */
  listWebhookDeliveries(
    { state, type, from, to, cursor, ...filter }: DeliveryPageFilter = {},
    options: CallOptions = {},
  ): Promise<WebhookDeliveryList> {
    const query = {
      ...filter,
      state: commaList(state),
      type: commaList(type),
      from: instant(from),
      to: instant(to),
      cursor: cursor ?? undefined,
    };
    return this.json('GET', ['webhook-deliveries'], options, { query });
  }

  /** All deliveries, the newest event first; pages are fetched as they are needed. */
  async *allWebhookDeliveries(
    filter: DeliveryFilter = {},
    options: CallOptions = {},
  ): AsyncGenerator<WebhookDeliveryView, void, void> {
    let cursor: string | null = null;
    do {
      const page: WebhookDeliveryList = await this.listWebhookDeliveries({ ...filter, cursor }, options);
      yield* page.deliveries;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /** A delivery with its attempts. */
  getWebhookDelivery(deliveryId: string, options: CallOptions = {}): Promise<WebhookDeliveryDetails> {
    return this.json('GET', ['webhook-deliveries', deliveryId], options);
  }

  /** Sends an event to its endpoint again. */
  replayWebhookDelivery(deliveryId: string, options: CallOptions = {}): Promise<WebhookDeliveryDetails> {
    return this.json('POST', ['webhook-deliveries', deliveryId, 'replay'], options, { idempotent: false });
  }
}

/** No value at all means any, as it does in a list of filters that a person has cleared. */
export function commaList(values: string | readonly string[] | undefined): string | undefined {
  const list = typeof values === 'string' ? values : values?.join(',');
  return list === '' ? undefined : list;
}
