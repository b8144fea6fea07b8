import { z } from 'zod';
import { ProviderError } from '../provider-error.ts';
import type { GoogleApi, Scope } from './google-api.ts';
import { EVENT_TYPES } from './meet-push.ts';

/** How often to renew: a subscription ends after seven days at most (Workspace Events API). In milliseconds. */
export const RENEW_EVERY_MS = 24 * 60 * 60_000;

const subscription = z.object({
  name: z.string().regex(/^subscriptions\/[\w-]+$/),
  state: z.string().default('ACTIVE'),
  notificationEndpoint: z.object({ pubsubTopic: z.string() }),
});
const list = z.object({ subscriptions: z.array(subscription).default([]) });

export interface SubscriptionOptions {
  /** `projects/…/topics/…` */
  readonly topic: string;
  /** The number of the user whose spaces are followed. */
  readonly userId: string;
  /** Of the Workspace Events API. */
  readonly url: string;
  readonly scope: Scope;
}

/** The subscription to the events of all spaces of a user, of which Google allows one for each user and app. */
export class MeetSubscription {
  readonly #api: GoogleApi;
  readonly #options: SubscriptionOptions;

  constructor(api: GoogleApi, options: SubscriptionOptions) {
    this.#api = api;
    this.#options = options;
  }

  /** Creates the subscription, or makes it last as long as Google allows from now. Several servers may call it. */
  async renew(signal: AbortSignal): Promise<'created' | 'renewed'> {
    const found = await this.#find(signal);
    if (found && found.notificationEndpoint.pubsubTopic !== this.#options.topic) {
      // The topic of a subscription cannot be changed.
      await this.#call('DELETE', `/${found.name}`, undefined, signal, [404]);
    } else if (found) {
      await this.#call('PATCH', `/${found.name}?updateMask=ttl`, { ttl: LONGEST }, signal);
      if (found.state === 'SUSPENDED') await this.#call('POST', `/${found.name}:reactivate`, {}, signal);
      return 'renewed';
    }
    // 409 says that another server has created it meanwhile.
    const status = await this.#call('POST', '/subscriptions', this.#content(), signal, [409]);
    return status === 409 ? 'renewed' : 'created';
  }

  get #target(): string {
    return `//cloudidentity.googleapis.com/users/${this.#options.userId}`;
  }

  #content() {
    return {
      targetResource: this.#target,
      eventTypes: EVENT_TYPES,
      notificationEndpoint: { pubsubTopic: this.#options.topic },
      payloadOptions: { includeResource: false },
      ttl: LONGEST,
    };
  }

  async #find(signal: AbortSignal): Promise<z.infer<typeof subscription> | undefined> {
    const filter = `event_types:"${EVENT_TYPES[0] ?? ''}" AND target_resource="${this.#target}"`;
    const { url, scope } = this.#options;
    const { body } = await this.#api.call({
      method: 'GET',
      url: `${url}/subscriptions?filter=${encodeURIComponent(filter)}`,
      scope,
      signal,
    });
    const parsed = list.safeParse(body);
    if (!parsed.success) throw new ProviderError('refused', 'Google answered without subscriptions');
    return parsed.data.subscriptions[0];
  }

  async #call(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    json: object | undefined,
    signal: AbortSignal,
    expects: readonly number[] = [],
  ): Promise<number> {
    const { url, scope } = this.#options;
    const { status } = await this.#api.call({
      method,
      url: `${url}${path}`,
      ...(json ? { json } : {}),
      scope,
      signal,
      expects,
    });
    return status;
  }
}

/** Stands for the longest time that Google allows. */
const LONGEST = '0s';
