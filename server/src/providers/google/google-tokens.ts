import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { ProviderError } from '../provider-error.ts';
import type { ProviderHttp, ProviderResponse } from '../provider-http.ts';
import { remedyOf } from './google-errors.ts';
import type { GoogleCredentials } from './google-settings.ts';

/** The longest lifetime of an assertion (Google Identity, "Using OAuth 2.0 for Server to Server Applications"), in seconds. */
const ASSERTION_SECONDS = 3600;
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** A token is replaced this long before it expires, in milliseconds. */
const MARGIN_MS = 60_000;
/** How long credentials that Google refused are not tried again, in milliseconds. */
const REFUSED_MS = 5 * 60_000;

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
const refused = z.object({ error: z.string() });

interface Entry {
  readonly token: Promise<string>;
  /** Infinite while the token is on its way. */
  expiresAt: number;
}

/**
 * Gets access tokens, and keeps them until shortly before they expire. Callers that need the same scopes at the same time share
 * one request. Credentials that Google refuses are not tried again for five minutes.
 */
export class GoogleTokens {
  readonly #credentials: GoogleCredentials;
  readonly #url: string;
  readonly #http: ProviderHttp;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(options: { credentials: GoogleCredentials; url: string; http: ProviderHttp; clock: Clock }) {
    this.#credentials = options.credentials;
    this.#url = options.url;
    this.#http = options.http;
    this.#clock = options.clock;
  }

  /**
   * Returns an access token.
   * @param scopes a refresh token has the scopes that its user granted, whatever is asked for
   * @throws {ProviderError} `misconfigured` if Google refuses the credentials
   */
  get(scopes: readonly string[]): Promise<string> {
    const key = this.#keyOf(scopes);
    const known = this.#entries.get(key);
    if (known && this.#clock.now() < known.expiresAt) return known.token;
    const request = this.request(scopes, new AbortController().signal);
    const entry: Entry = { token: request.then(({ token }) => token), expiresAt: Infinity };
    this.#entries.set(key, entry);
    request.then(
      ({ expiresAt }) => (entry.expiresAt = expiresAt - MARGIN_MS),
      (error: unknown) => {
        const isRefused = error instanceof ProviderError && error.kind === 'misconfigured';
        entry.expiresAt = isRefused ? this.#clock.now() + REFUSED_MS : 0;
      },
    );
    return entry.token;
  }

  /** Drops a token that Google no longer accepts. */
  async forget(token: string): Promise<void> {
    for (const [key, entry] of this.#entries) {
      const isThis = (await entry.token.catch(() => null)) === token;
      if (isThis && this.#entries.get(key) === entry) this.#entries.delete(key);
    }
  }

  /** Drops all tokens, and tries refused credentials again. */
  reset(): void {
    this.#entries.clear();
  }

  /** Requests a token that is not kept. `skewMs` is how far our clock is ahead of Google's. */
  async request(
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<{ token: string; expiresAt: number; skewMs: number }> {
    // Asking for a token twice does no harm.
    const response = await this.#http.call({
      method: 'POST',
      url: this.#url,
      form: this.#form(scopes),
      signal,
      isRepeatable: true,
    });
    const parsed = granted.safeParse(response.body);
    if (response.status !== 200 || !parsed.success) throw refusal(response);
    const now = this.#clock.now();
    const date = Date.parse(response.headers.get('date') ?? '');
    return {
      token: parsed.data.access_token,
      expiresAt: now + parsed.data.expires_in * 1000,
      skewMs: Number.isNaN(date) ? 0 : now - date,
    };
  }

  #keyOf(scopes: readonly string[]): string {
    return this.#credentials.kind === 'refresh-token' ? '' : [...scopes].sort().join(' ');
  }

  #form(scopes: readonly string[]): Record<string, string> {
    const credentials = this.#credentials;
    if (credentials.kind === 'refresh-token') {
      return {
        grant_type: 'refresh_token',
        client_id: credentials.clientId,
        client_secret: credentials.clientSecret,
        refresh_token: credentials.refreshToken,
      };
    }
    const { account, subject } = credentials;
    const iat = Math.floor(this.#clock.now() / 1000);
    const claims = {
      iss: account.email,
      ...(subject === null ? {} : { sub: subject }),
      scope: scopes.join(' '),
      aud: this.#url,
      iat,
      exp: iat + ASSERTION_SECONDS,
    };
    const assertion = jwt.sign(claims, account.privateKey, { algorithm: 'RS256', keyid: account.keyId });
    return { grant_type: JWT_BEARER, assertion };
  }
}

/** Returns the error of a refused token (RFC 6749, 5.2). */
function refusal({ status, body }: ProviderResponse): ProviderError {
  const code = refused.safeParse(body).data?.error ?? String(status);
  const remedy = remedyOf(code);
  const what = `Google refuses the credentials (${code})`;
  return new ProviderError('misconfigured', remedy ? `${what}: ${remedy}` : what, { code });
}
