import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { MeetChange } from './google-double-meet.ts';
import { problem, type Reply } from './google-double-replies.ts';

export interface StoredSubscription {
  readonly name: string;
  readonly targetResource: string;
  readonly eventTypes: readonly string[];
  readonly notificationEndpoint: { readonly pubsubTopic: string };
  state: string;
  renewals: number;
}

export interface PushClaims {
  readonly aud: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly iss: string;
  /** Seconds. */
  readonly iat: number;
  readonly exp: number;
}

interface SigningKey {
  readonly kid: string;
  readonly pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
}

/** A push, as a receiver gets it. */
export interface Push {
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
}

export const PUSH_AUDIENCE = 'https://visits.test/webhooks/google-meet';
export const PUSH_EMAIL = 'push@clinic-1234.iam.gserviceaccount.com';

/** Pub/Sub with its OpenID Connect tokens, and the subscriptions of the Workspace Events API. */
export class PushDouble {
  readonly subscriptions: StoredSubscription[] = [];
  /** How often the public keys were requested. */
  keyRequests = 0;
  /** The address to which changes are pushed; null for none. */
  target: string | null = null;
  readonly #now: () => number;
  #keys: readonly SigningKey[] = [];
  #made = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Signs with a new key from now on. The previous one stays valid. */
  rotate(): void {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#keys = [{ kid: `key-${++this.#made}`, pair }, ...this.#keys.slice(0, 1)];
  }

  /** Creates the first key when it is needed, as that takes long. */
  #signingKeys(): readonly [SigningKey, ...SigningKey[]] {
    if (this.#keys.length === 0) this.rotate();
    return this.#keys as readonly [SigningKey, ...SigningKey[]];
  }

  /** Returns the push of a change (CloudEvents, Pub/Sub protocol binding). The same change is always the same event. */
  push(change: MeetChange, claims: Partial<PushClaims> = {}): Push {
    const resource = change.type.startsWith('conference') ? 'conferenceRecord' : 'participantSession';
    const data = Buffer.from(JSON.stringify({ [resource]: { name: change.name } })).toString('base64');
    const attributes = {
      'ce-id': `${change.name}#${change.type}`,
      'ce-type': `google.workspace.meet.${change.type}`,
      'ce-time': new Date(change.at).toISOString(),
      'ce-subject': `//meet.googleapis.com/${change.space}`,
      'ce-specversion': '1.0',
    };
    const message = { data, attributes, messageId: `${++this.#made}`, publishTime: attributes['ce-time'] };
    const subscription = 'projects/clinic-1234/subscriptions/meet-events';
    return {
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token(claims)}` },
      rawBody: Buffer.from(JSON.stringify({ message, subscription })),
    };
  }

  /** Returns the token that proves a push (Pub/Sub, "Authentication for push subscriptions"). */
  token(claims: Partial<PushClaims> = {}): string {
    const [key] = this.#signingKeys();
    const iat = Math.floor(this.#now() / 1000);
    const all: PushClaims & { sub: string } = {
      aud: PUSH_AUDIENCE,
      email: PUSH_EMAIL,
      email_verified: true,
      iss: 'https://accounts.google.com',
      sub: '113774264463038321964',
      iat,
      exp: iat + 3600,
      ...claims,
    };
    return jwt.sign(all, key.pair.privateKey, { algorithm: 'RS256', keyid: key.kid });
  }

  /** Pushes a change to `target` until it is taken, as Pub/Sub does with answers other than 2xx. */
  async deliver(change: MeetChange): Promise<void> {
    for (let attempt = 0; this.target !== null && attempt < 10; attempt++) {
      const { headers, rawBody } = this.push(change);
      const response = await fetch(this.target, { method: 'POST', headers, body: rawBody.toString() }).catch(
        () => null,
      );
      if (response?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
    }
  }

  /** Returns the public keys (RFC 7517). */
  keys(): Reply {
    this.keyRequests++;
    const keys = this.#signingKeys().map(({ kid, pair }) => ({
      ...pair.publicKey.export({ format: 'jwk' }),
      kid,
      alg: 'RS256',
      use: 'sig',
    }));
    return {
      status: 200,
      body: { keys },
      headers: { 'cache-control': 'public, max-age=19855, must-revalidate' },
    };
  }

  /** Answers for the Workspace Events API, v1. Changes are long-running operations. */
  handle(method: string, path: string, query: URLSearchParams, json: unknown): Reply {
    if (path === '/subscriptions') return method === 'GET' ? this.#list(query) : this.#create(json);
    const [, name = '', action] = /^\/(subscriptions\/[^/:]+)(?::(\w+))?$/.exec(path) ?? [];
    const found = this.subscriptions.find((one) => one.name === name);
    if (!found) return problem(404, 'NOT_FOUND', 'Requested entity was not found.');
    if (method === 'DELETE') this.subscriptions.splice(this.subscriptions.indexOf(found), 1);
    if (method === 'PATCH') {
      if (query.get('updateMask') !== 'ttl') return problem(400, 'INVALID_ARGUMENT', 'Invalid field mask.');
      found.renewals++;
    }
    if (action === 'reactivate') {
      if (found.state !== 'SUSPENDED') return problem(400, 'FAILED_PRECONDITION', 'It is not suspended.');
      found.state = 'ACTIVE';
    }
    return done(found);
  }

  /** subscriptions.list: the filter must name an event type. */
  #list(query: URLSearchParams): Reply {
    const filter = query.get('filter') ?? '';
    const type = /event_types:"([^"]+)"/.exec(filter)?.[1];
    const target = /target_resource="([^"]+)"/.exec(filter)?.[1];
    if (type === undefined) return problem(400, 'INVALID_ARGUMENT', 'The filter needs an event type.');
    const found = this.subscriptions.filter(
      (one) => one.eventTypes.includes(type) && (target === undefined || one.targetResource === target),
    );
    return { status: 200, body: found.length > 0 ? { subscriptions: found } : {} };
  }

  /** subscriptions.create: one for each user and target. */
  #create(json: unknown): Reply {
    const given = json as Omit<StoredSubscription, 'name'>;
    if (!/^\/\/(cloudidentity|meet)\.googleapis\.com\/(users|spaces)\/[\w-]+$/.test(given.targetResource)) {
      return problem(400, 'INVALID_ARGUMENT', 'The target resource is not supported.');
    }
    if (this.subscriptions.some(({ targetResource }) => targetResource === given.targetResource)) {
      return problem(409, 'ALREADY_EXISTS', 'The subscription exists.');
    }
    const name = `subscriptions/meet-users-${++this.#made}`;
    this.subscriptions.push({ ...given, name, state: 'ACTIVE', renewals: 0 });
    return done(this.subscriptions.at(-1)!);
  }
}

function done(subscription: StoredSubscription): Reply {
  return { status: 200, body: { name: 'operations/1', done: true, response: subscription } };
}
