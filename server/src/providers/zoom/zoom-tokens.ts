import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { ProviderError } from '../provider-error.ts';
import type { ProviderHttp, ProviderResponse } from '../provider-http.ts';
import type { ZoomSettings } from './zoom-settings.ts';

export interface ZoomToken {
  readonly value: string;
  /** The API of the account's region, with `/v2`; null if the answer names none. */
  readonly apiUrl: string | null;
  readonly scopes: readonly string[];
  /** How far Zoom's clock is ahead of ours, in milliseconds; null if the answer has no date. */
  readonly clockDifferenceMs: number | null;
  readonly expiresAt: number;
}

/** A token is replaced this long before it expires, in milliseconds. */
const MARGIN_MS = 60_000;

const answer = z.object({
  access_token: z.string().min(1),
  expires_in: z.number(),
  scope: z.string().default(''),
  api_url: z.string().optional(),
});
const failure = z.object({ error: z.string().max(60) });

/** The access token of a server-to-server OAuth app, fetched once for all callers and kept until it expires. */
export class ZoomTokens {
  readonly #http: ProviderHttp;
  readonly #settings: ZoomSettings;
  readonly #clock: Clock;
  #current: ZoomToken | null = null;
  #pending: Promise<ZoomToken> | null = null;

  constructor(http: ProviderHttp, settings: ZoomSettings, clock: Clock) {
    this.#http = http;
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Returns a valid token. @throws {ProviderError} `misconfigured` if Zoom refuses the credentials */
  get(signal: AbortSignal): Promise<ZoomToken> {
    const current = this.#current;
    if (current && this.#clock.now() < current.expiresAt) return Promise.resolve(current);
    this.#pending ??= this.#fetch().finally(() => (this.#pending = null));
    return unlessAborted(this.#pending, signal);
  }

  /** Forgets a token that Zoom refused, unless it has been replaced meanwhile. */
  drop(token: ZoomToken): void {
    if (this.#current === token) this.#current = null;
  }

  async #fetch(): Promise<ZoomToken> {
    const { accountId, clientId, clientSecret, oauthUrl } = this.#settings;
    const response = await this.#http.call({
      method: 'POST',
      url: `${oauthUrl}/oauth/token`,
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      },
      form: { grant_type: 'account_credentials', account_id: accountId },
      // Other callers wait for the token too: it must not end with the request of the first one.
      signal: new AbortController().signal,
      isRepeatable: true,
    });
    const token = this.#read(response);
    this.#current = token;
    return token;
  }

  #read({ status, headers, body }: ProviderResponse): ZoomToken {
    const parsed = answer.safeParse(body);
    if (status !== 200 || !parsed.success) {
      const code = failure.safeParse(body).data?.error ?? String(status);
      throw new ProviderError('misconfigured', `Zoom refuses the credentials: ${code}`, { code });
    }
    const now = this.#clock.now();
    const { access_token: value, expires_in: seconds, scope, api_url: api } = parsed.data;
    const date = Date.parse(headers.get('date') ?? '');
    return {
      value,
      apiUrl: api === undefined ? null : this.#apiUrl(api),
      scopes: scope.split(/\s+/).filter((one) => one !== ''),
      clockDifferenceMs: Number.isNaN(date) ? null : date - now,
      expiresAt: now + seconds * 1000 - MARGIN_MS,
    };
  }

  /** The token is sent there, so it must be as safe as the address that it came from. */
  #apiUrl(text: string): string {
    const scheme = new URL(this.#settings.oauthUrl).protocol;
    if (!URL.canParse(text) || new URL(text).protocol !== scheme) {
      throw new ProviderError('refused', 'Zoom names an address for its API that is not safe');
    }
    return `${text.replace(/\/+$/, '')}/v2`;
  }
}

/** Returns the result of a promise that others wait for too, unless the signal aborts first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const stop = Promise.withResolvers<never>();
  const abort = () => stop.reject(new ProviderError('unavailable', 'the call was aborted'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, stop.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
