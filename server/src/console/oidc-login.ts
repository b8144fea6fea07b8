import { CONSOLE_ROLES, type ConsoleRole } from '@televisit/shared/console.vocabulary';
import { TelevisitError } from '@televisit/shared/errors';
import * as client from 'openid-client';
import type { Operator } from './console-logins.ts';
import type { OidcSettings } from './console-settings.ts';

/** What the browser has to bring back from the identity provider. */
export interface OidcTransaction {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** How long the identity provider may take to answer, in seconds. */
const TIMEOUT_SECONDS = 5;
/** When a login may be tried again while the identity provider is away, in seconds. */
const RETRY_AFTER = 10;
/** The difference between the clocks of this server and the provider that is tolerated, in seconds. */
const SKEW_SECONDS = 30;
const MAX_LABEL = 100;
const MAX_SUBJECT = 255;

type Claims = Readonly<Record<string, unknown>>;

/**
 * Logs operators in with an identity provider: authorization code flow (OpenID Connect Core 1.0, 3.1) with PKCE (RFC 7636), state
 * and nonce. The provider is looked up at the first login, so that this server starts without it.
 */
export class OidcLogin {
  readonly #settings: OidcSettings;
  #found: Promise<client.Configuration> | undefined;

  constructor(settings: OidcSettings) {
    this.#settings = settings;
  }

  /** The host of the provider. */
  get host(): string {
    return new URL(this.#settings.issuer).host;
  }

  /** Begins a login. @throws {TelevisitError} `console_oidc_away` */
  async begin(redirectUri: string): Promise<{ url: string; transaction: OidcTransaction }> {
    const configuration = await this.#configuration();
    const transaction = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    };
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.#settings.scope,
      state: transaction.state,
      nonce: transaction.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(transaction.verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, transaction };
  }

  /**
   * Returns the operator with whom the provider sent the browser back.
   * @param returned the address at which the browser arrived
   * @throws {TelevisitError} `console_oidc_failed`, `console_no_role`, `console_oidc_away`
   */
  async finish(returned: URL, { state, nonce, verifier }: OidcTransaction): Promise<Operator> {
    const configuration = await this.#configuration();
    const tokens = await this.#ask(() =>
      client.authorizationCodeGrant(configuration, returned, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      }),
    );
    const claims = tokens.claims();
    if (!claims) throw new TelevisitError('console_oidc_failed');
    const known = valuesOf(claims, this.#settings.roleClaim)
      ? claims
      : { ...(await this.#userInfo(configuration, tokens.access_token, claims.sub)), ...claims };
    const role = roleOf(valuesOf(known, this.#settings.roleClaim) ?? [], this.#settings.roles);
    if (!role) throw new TelevisitError('console_no_role');
    return {
      subject: claims.sub.slice(0, MAX_SUBJECT),
      label: labelOf(known) ?? claims.sub.slice(0, MAX_LABEL),
      role,
      method: 'oidc',
    };
  }

  /** Asks the provider for the claims that it leaves out of ID tokens. */
  async #userInfo(configuration: client.Configuration, token: string, subject: string): Promise<Claims> {
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return {};
    return this.#ask(() => client.fetchUserInfo(configuration, token, subject));
  }

  /** @throws {TelevisitError} `console_oidc_away` */
  async #configuration(): Promise<client.Configuration> {
    this.#found ??= discover(this.#settings);
    try {
      return await this.#found;
    } catch (cause) {
      this.#found = undefined;
      throw new TelevisitError('console_oidc_away', { cause, retryAfter: RETRY_AFTER });
    }
  }

  /** @throws {TelevisitError} `console_oidc_away` if the provider does not answer, `console_oidc_failed` if it refuses */
  async #ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (cause) {
      if (isUnreachable(cause))
        throw new TelevisitError('console_oidc_away', { cause, retryAfter: RETRY_AFTER });
      throw new TelevisitError('console_oidc_failed', { cause });
    }
  }
}

async function discover(settings: OidcSettings): Promise<client.Configuration> {
  const { issuer, clientId, clientSecret } = settings;
  const found = await client.discovery(
    new URL(issuer),
    clientId,
    { [client.clockTolerance]: SKEW_SECONDS },
    clientSecret === null ? client.None() : client.ClientSecretBasic(clientSecret),
    {
      timeout: TIMEOUT_SECONDS,
      // Only development accepts such an issuer. The function is marked as deprecated to make it stand out, no more.
      // eslint-disable-next-line @typescript-eslint/no-deprecated
      ...(issuer.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : {}),
    },
  );
  found.timeout = TIMEOUT_SECONDS;
  return found;
}

/** Whether a request got no answer, or one that says that the provider does not work at the moment. */
function isUnreachable(error: unknown): boolean {
  const { name, code, cause } = error as { name?: string; code?: string; cause?: unknown };
  if (name === 'TimeoutError' || name === 'AbortError' || code === 'OAUTH_TIMEOUT') return true;
  if (error instanceof TypeError && error.message === 'fetch failed') return true;
  if (cause instanceof Response) return cause.status >= 500;
  return cause instanceof Error && isUnreachable(cause);
}

/** Returns the values of a claim at a dotted path; undefined if the claims do not have it. */
function valuesOf(claims: Claims, path: string): readonly string[] | undefined {
  let value: unknown = Object.hasOwn(claims, path) ? claims[path] : claims;
  if (value === claims) {
    for (const name of path.split('.')) {
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, name)
          ? (value as Claims)[name]
          : undefined;
    }
  }
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}

/** Returns the highest role that these values give. */
function roleOf(values: readonly string[], roles: OidcSettings['roles']): ConsoleRole | undefined {
  const given = new Set(values.map((value) => roles.get(value)));
  return [...CONSOLE_ROLES].reverse().find((role) => given.has(role));
}

function labelOf(claims: Claims): string | undefined {
  const names = [claims.preferred_username, claims.email, claims.name];
  const name = names.find((one): one is string => typeof one === 'string' && one !== '');
  return name?.slice(0, MAX_LABEL);
}
