import type { Clock } from '../../core/clock.ts';
import { ProviderError } from '../provider-error.ts';
import { ProviderHttp, type ProviderRequest, type ProviderResponse } from '../provider-http.ts';
import { failureOf, isRateLimit } from './google-errors.ts';
import type { GoogleSettings } from './google-settings.ts';
import { GoogleTokens } from './google-tokens.ts';

const SCOPE = 'https://www.googleapis.com/auth/';

/** The scopes that the server asks for; docs/providers/GOOGLE_MEET.md explains each. */
export const SCOPES = {
  /** Spaces that this server has created, and their conference records. */
  ownSpaces: `${SCOPE}meetings.space.created`,
  /** Spaces and conference records of the account, also those that Calendar has created. */
  readSpaces: `${SCOPE}meetings.space.readonly`,
  events: `${SCOPE}calendar.events`,
} as const;

export type Scope = (typeof SCOPES)[keyof typeof SCOPES];

export interface GoogleRequest extends Pick<ProviderRequest, 'method' | 'url' | 'json' | 'signal'> {
  readonly scope: Scope;
  /** Statuses of failure that the caller handles. */
  readonly expects?: readonly number[];
}

/** Calls Google's APIs with an access token. */
export class GoogleApi {
  readonly tokens: GoogleTokens;
  readonly #http: ProviderHttp;

  constructor({ credentials, addresses }: GoogleSettings, clock: Clock, name = 'Google') {
    this.#http = new ProviderHttp({ name, clock });
    this.tokens = new GoogleTokens({ credentials, url: addresses.token, http: this.#http, clock });
  }

  /**
   * Returns the answer to a request that may be repeated: creating an event twice or ending a conference twice has no effect, and
   * a space that nobody knows costs nothing.
   * @throws {ProviderError} if the status is one of failure, and none of `expects`
   */
  async call(request: GoogleRequest): Promise<ProviderResponse> {
    let token = await this.#token(request);
    let response = await this.#send(request, token);
    if (response.status === 401) {
      await this.tokens.forget(token);
      token = await this.#token(request);
      response = await this.#send(request, token);
    }
    const { status, body } = response;
    if (status >= 300 && !request.expects?.includes(status)) throw failureOf(status, body);
    return response;
  }

  /** Returns a public document, such as keys. */
  getPublic(url: string, signal: AbortSignal): Promise<ProviderResponse> {
    return this.#http.call({ method: 'GET', url, signal });
  }

  async #send({ method, url, json, signal }: GoogleRequest, token: string): Promise<ProviderResponse> {
    try {
      return await this.#http.call({
        method,
        url,
        ...(json === undefined ? {} : { json }),
        headers: { authorization: `Bearer ${token}` },
        signal,
        isRepeatable: true,
        isTemporary: isRateLimit,
      });
    } catch (error) {
      // The Calendar API reports limits as 403.
      if (!(error instanceof ProviderError) || error.code !== '403') throw error;
      const { retryAfterMs } = error;
      throw new ProviderError('limited', 'Google limits requests', {
        code: 'rateLimitExceeded',
        ...(retryAfterMs === null ? {} : { retryAfterMs }),
      });
    }
  }

  /** Waits for a token, which other callers may be waiting for too, until the signal aborts. */
  async #token({ scope, signal }: GoogleRequest): Promise<string> {
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(new ProviderError('unavailable', 'the call to Google was aborted'));
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    try {
      return await Promise.race([this.tokens.get([scope]), aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
