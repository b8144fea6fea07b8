import { TelevisitError } from '@televisit/shared/errors';
import type { WebhookTestEvent } from '@televisit/shared/webhooks';
import { iso, type Clock } from '../core/clock.ts';
import type { Ids } from '../domain/ids.ts';
import type { WebhookEndpoint, WebhookStore } from '../domain/webhook-store.ts';
import type { AddressGuard } from './address-guard.ts';
import { SendError } from './send-error.ts';
import type { WebhookAnswer, WebhookSender } from './sender.ts';
import { newSecret, signedHeaders, withNewSecret, signingSecrets } from './signature.ts';

export interface WebhookEndpointsOptions {
  readonly store: WebhookStore;
  readonly sender: WebhookSender;
  readonly guard: AddressGuard;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** The fields of an endpoint that a caller sets. */
export type EndpointPlan = Pick<WebhookEndpoint, 'url' | 'description' | 'events' | 'enabled'>;

/** The result of sending a test event. */
export interface TestOutcome {
  readonly eventId: string;
  readonly answer: WebhookAnswer | null;
  /** Null if there was an answer. */
  readonly error: SendError | null;
  /** The duration of the request, in milliseconds. */
  readonly ms: number;
}

/** The id of the endpoint of `WEBHOOK_URL`. */
export const CONFIG_ENDPOINT_ID = 'whe_config';

/** The number of attempts at a compare-and-set before the caller gets `conflict`. */
const MAX_ATTEMPTS = 16;

/** Manages the endpoints to which events are sent, from the API and the environment. */
export class WebhookEndpoints {
  readonly #options: WebhookEndpointsOptions;
  readonly #creationListeners: (() => void)[] = [];

  constructor(options: WebhookEndpointsOptions) {
    this.#options = options;
  }

  /** Calls `listener` after this process has stored a new endpoint of the API. */
  onCreate(listener: () => void): void {
    this.#creationListeners.push(listener);
  }

  /** Returns all endpoints, oldest first. */
  list(): Promise<readonly WebhookEndpoint[]> {
    return this.#options.store.endpoints();
  }

  /** @throws {TelevisitError} `endpoint_not_found` */
  async get(endpointId: string): Promise<WebhookEndpoint> {
    const endpoint = await this.#options.store.endpoint(endpointId);
    if (!endpoint) throw new TelevisitError('endpoint_not_found');
    return endpoint;
  }

  /** @throws {TelevisitError} `validation_failed` if webhooks may not go to the URL; `too_many_endpoints` */
  async create(plan: EndpointPlan): Promise<WebhookEndpoint> {
    const { store, clock, ids } = this.#options;
    this.#requireUrl(plan.url);
    const now = clock.now();
    const endpoint: WebhookEndpoint = {
      ...plan,
      endpointId: `whe_${ids.unique().replaceAll('-', '')}`,
      secrets: [{ secret: newSecret(), validUntil: null }],
      disabledReason: plan.enabled ? null : 'manual',
      source: 'api',
      createdAt: now,
      updatedAt: now,
      version: 1,
    };
    if (!(await store.insertEndpoint(endpoint))) throw new TelevisitError('too_many_endpoints');
    for (const listener of this.#creationListeners) listener();
    return endpoint;
  }

  /**
   * Changes an endpoint. That of the environment can only be enabled and disabled.
   * @throws {TelevisitError} `validation_failed`, `endpoint_not_found`, `endpoint_from_config`, `conflict`
   */
  async update(endpointId: string, { enabled, ...plan }: Partial<EndpointPlan>): Promise<WebhookEndpoint> {
    if (plan.url !== undefined) this.#requireUrl(plan.url);
    return this.#change(endpointId, (endpoint) => {
      if (Object.keys(plan).length > 0) requireFromApi(endpoint);
      const switched =
        enabled === undefined || enabled === endpoint.enabled
          ? {}
          : { enabled, disabledReason: enabled ? null : ('manual' as const) };
      return { ...endpoint, ...plan, ...switched };
    });
  }

  /** Deletes an endpoint with its deliveries. @throws {TelevisitError} `endpoint_not_found`, `endpoint_from_config` */
  async delete(endpointId: string): Promise<WebhookEndpoint> {
    const endpoint = await this.get(endpointId);
    requireFromApi(endpoint);
    if (!(await this.#options.store.deleteEndpoint(endpointId)))
      throw new TelevisitError('endpoint_not_found');
    return endpoint;
  }

  /**
   * Adds a new secret. The previous ones also sign for `overlapMs` milliseconds.
   * @throws {TelevisitError} `endpoint_not_found`, `endpoint_from_config`, `conflict`
   */
  rotateSecret(endpointId: string, overlapMs: number): Promise<WebhookEndpoint> {
    const now = this.#options.clock.now();
    const secret = newSecret();
    return this.#change(endpointId, (endpoint) => {
      requireFromApi(endpoint);
      return { ...endpoint, secrets: withNewSecret(endpoint, secret, now, overlapMs) };
    });
  }

  /** Sends a test event once, without retries. @throws {TelevisitError} `endpoint_not_found` */
  async test(endpointId: string): Promise<TestOutcome> {
    const { sender, clock, ids } = this.#options;
    const endpoint = await this.get(endpointId);
    const now = clock.now();
    const event: WebhookTestEvent = {
      id: `evt_test_${ids.unique()}`,
      type: 'webhook.test',
      timestamp: iso(now),
      data: {},
    };
    const body = JSON.stringify(event);
    const headers = signedHeaders(signingSecrets(endpoint, now), event.id, now, body);
    const began = performance.now();
    const outcome = await sender.send({ url: endpoint.url, headers, body }).then(
      (answer) => ({ answer, error: null }),
      (error: unknown) => ({ answer: null, error: SendError.from(error) }),
    );
    return { eventId: event.id, ...outcome, ms: Math.round(performance.now() - began) };
  }

  /**
   * Stores the endpoint of the environment; a new URL enables it again. Without a URL the endpoint is disabled, not deleted, so
   * that one misconfigured server does not delete pending deliveries.
   * @throws {TelevisitError} `conflict`
   */
  async configure(
    given: { readonly url: string; readonly secrets: readonly string[] } | null,
  ): Promise<void> {
    const { store, clock } = this.#options;
    if (given === null) {
      if (!(await store.endpoint(CONFIG_ENDPOINT_ID))) return;
      await this.#change(CONFIG_ENDPOINT_ID, (endpoint) => ({
        ...endpoint,
        enabled: false,
        disabledReason: 'config',
      }));
      return;
    }
    const url = new URL(given.url).href;
    const secrets = given.secrets.map((secret) => ({ secret, validUntil: null }));
    const now = clock.now();
    const fresh: WebhookEndpoint = {
      endpointId: CONFIG_ENDPOINT_ID,
      url,
      description: null,
      events: null,
      secrets,
      enabled: true,
      disabledReason: null,
      source: 'config',
      createdAt: now,
      updatedAt: now,
      version: 1,
    };
    if (await store.insertEndpoint(fresh)) return;
    await this.#change(CONFIG_ENDPOINT_ID, (endpoint) => ({
      ...endpoint,
      url,
      secrets,
      ...(endpoint.url === url && endpoint.disabledReason !== 'config'
        ? {}
        : { enabled: true, disabledReason: null }),
    }));
  }

  async #change(
    endpointId: string,
    decide: (endpoint: WebhookEndpoint) => WebhookEndpoint,
  ): Promise<WebhookEndpoint> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const endpoint = await this.get(endpointId);
      const decided = decide(endpoint);
      if (JSON.stringify(decided) === JSON.stringify(endpoint)) return endpoint;
      const next = { ...decided, updatedAt: this.#options.clock.now(), version: endpoint.version + 1 };
      if (await this.#options.store.updateEndpoint(next)) return next;
    }
    throw new TelevisitError('conflict');
  }

  #requireUrl(url: string): void {
    const message = this.#options.guard.objection(url);
    if (message === null) return;
    throw new TelevisitError('validation_failed', {
      detail: `url: ${message}`,
      issues: [{ path: 'url', message }],
    });
  }
}

/** An endpoint that was removed from the environment can be changed over the API. */
function requireFromApi({ source, disabledReason }: WebhookEndpoint): void {
  if (source === 'config' && disabledReason !== 'config') throw new TelevisitError('endpoint_from_config');
}
