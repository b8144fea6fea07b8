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

/** Restricts a list of deliveries. Fields that are not set match every delivery. */
export interface DeliveryFilter {
  readonly endpointId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly state?: DeliveryState | readonly DeliveryState[] | undefined;
  readonly type?: WebhookEventType | readonly WebhookEventType[] | undefined;
  /** An inclusive lower limit for the time of the event. */
  readonly from?: Instant | undefined;
  /** An exclusive upper limit for the time of the event. */
  readonly to?: Instant | undefined;
  /** Deliveries per page, 1 to 200; 50 by default. */
  readonly limit?: number | undefined;
}

export interface DeliveryPageFilter extends DeliveryFilter {
  /** The nextCursor of the previous page. */
  readonly cursor?: string | null | undefined;
}

type DeliveryState = WebhookDeliveryView['state'];

/** A test waits for its receiver, in milliseconds. */
const TEST_MS = 20_000;

/** The webhook operations of the API. @throws {TelevisitApiError} from every method */
export class WebhookCalls extends ApiCalls {
  /** Creates an endpoint and returns its secret, once. Not retried if the response is lost. */
  createWebhookEndpoint(
    request: CreateWebhookEndpointRequest,
    options: CallOptions = {},
  ): Promise<WebhookEndpointSecret> {
    return this.json('POST', ['webhook-endpoints'], options, { body: request, idempotent: false });
  }

  /** Returns all endpoints, oldest first. */
  listWebhookEndpoints(options: CallOptions = {}): Promise<WebhookEndpointList> {
    return this.json('GET', ['webhook-endpoints'], options);
  }

  getWebhookEndpoint(endpointId: string, options: CallOptions = {}): Promise<WebhookEndpointView> {
    return this.json('GET', ['webhook-endpoints', endpointId], options);
  }

  /** Changes, enables or disables an endpoint. Omitted fields keep their value. */
  updateWebhookEndpoint(
    endpointId: string,
    request: UpdateWebhookEndpointRequest,
    options: CallOptions = {},
  ): Promise<WebhookEndpointView> {
    return this.json('PATCH', ['webhook-endpoints', endpointId], options, { body: request });
  }

  /** Deletes an endpoint and all its deliveries. */
  deleteWebhookEndpoint(endpointId: string, options: CallOptions = {}): Promise<WebhookEndpointView> {
    return this.json('DELETE', ['webhook-endpoints', endpointId], options);
  }

  /** Replaces the secret of an endpoint and returns it, once. Not retried if the response is lost. */
  rotateWebhookSecret(
    endpointId: string,
    request: RotateWebhookSecretRequest = {},
    options: CallOptions = {},
  ): Promise<WebhookEndpointSecret> {
    const rest = { body: request, idempotent: false };
    return this.json('POST', ['webhook-endpoints', endpointId, 'rotate-secret'], options, rest);
  }

  /** Sends a test event to an endpoint. */
  testWebhookEndpoint(endpointId: string, options: CallOptions = {}): Promise<WebhookTestResult> {
    const rest = { idempotent: false, leastMs: TEST_MS };
    return this.json('POST', ['webhook-endpoints', endpointId, 'test'], options, rest);
  }

  /** Sends the events of a period again. */
  replayWebhookEndpoint(
    endpointId: string,
    request: ReplayRequest,
    options: CallOptions = {},
  ): Promise<ReplayResult> {
    const rest = { body: request, idempotent: false };
    return this.json('POST', ['webhook-endpoints', endpointId, 'replay'], options, rest);
  }

  /** Returns a page of deliveries, newest event first. */
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

  /** Iterates over all deliveries, newest event first. Fetches pages on demand. */
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

  /** Returns a delivery with its attempts. */
  getWebhookDelivery(deliveryId: string, options: CallOptions = {}): Promise<WebhookDeliveryDetails> {
    return this.json('GET', ['webhook-deliveries', deliveryId], options);
  }

  /** Sends an event to its endpoint again. */
  replayWebhookDelivery(deliveryId: string, options: CallOptions = {}): Promise<WebhookDeliveryDetails> {
    return this.json('POST', ['webhook-deliveries', deliveryId, 'replay'], options, { idempotent: false });
  }
}

/** Joins filter values with commas. An empty list means no filter, like a cleared form field. */
export function commaList(values: string | readonly string[] | undefined): string | undefined {
  const list = typeof values === 'string' ? values : values?.join(',');
  return list === '' ? undefined : list;
}
