import { generateKeyPairSync, randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Reply } from './google-double-replies.ts';

/** The person for whom the service account may act. */
export const SUBJECT = 'visits@clinic.test';
export const OAUTH = {
  clientId: 'client-1',
  clientSecret: 'secret-1',
  refreshToken: '1//refresh-token',
} as const;
export const SCOPE = 'https://www.googleapis.com/auth/';

const SCOPES = ['meetings.space.created', 'meetings.space.readonly', 'calendar.events'].map(
  (name) => SCOPE + name,
);
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ACCOUNT = 'televisit@clinic-1234.iam.gserviceaccount.com';
const KEY_ID = 'a1b2c3';
/** One for all doubles, as it takes long to create. */
const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** The key file of the service account, as the Google Cloud console creates it. */
export const SERVICE_ACCOUNT_FILE = JSON.stringify({
  type: 'service_account',
  project_id: 'clinic-1234',
  client_email: ACCOUNT,
  private_key_id: KEY_ID,
  private_key: keys.privateKey,
});

/** What an access token allows. */
export interface Access {
  readonly scopes: readonly string[];
  /** Whether it acts for a person, and not for a service account itself. */
  readonly hasSubject: boolean;
}

/** The token endpoint, and the tokens that it has granted. */
export class TokenDouble {
  /** The scopes that the administrator has delegated, or the user granted. */
  scopes: readonly string[] = SCOPES;
  /** The lifetime of a token in seconds. */
  lifetime = 3599;
  readonly #tokens = new Map<string, Access & { readonly expiresAt: number }>();
  readonly #now: () => number;
  readonly #url: () => string;

  /** @param url returns the address of the endpoint, which assertions must name */
  constructor(url: () => string, now: () => number) {
    this.#url = url;
    this.#now = now;
  }

  /** Returns what the bearer of a token may do; undefined if it is not valid. */
  accessOf(authorization: string | undefined): Access | undefined {
    const token = this.#tokens.get(/^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '');
    return token && token.expiresAt > this.#now() ? token : undefined;
  }

  /** Takes all tokens back, as after a change of the account. */
  revoke(): void {
    this.#tokens.clear();
  }

  /** Grants an access token (RFC 6749, 6; RFC 7523, 2.1). */
  grant(form: URLSearchParams): Reply {
    if (form.get('grant_type') === JWT_BEARER) return this.#grantAssertion(form.get('assertion') ?? '');
    if (form.get('grant_type') !== 'refresh_token') return refused(400, 'unsupported_grant_type');
    if (form.get('client_id') !== OAUTH.clientId || form.get('client_secret') !== OAUTH.clientSecret) {
      return refused(401, 'invalid_client');
    }
    if (form.get('refresh_token') !== OAUTH.refreshToken) return refused(400, 'invalid_grant');
    return this.#issue({ scopes: this.scopes, hasSubject: true });
  }

  /** Verifies an assertion as "Using OAuth 2.0 for Server to Server Applications" describes it. */
  #grantAssertion(assertion: string): Reply {
    const now = Math.floor(this.#now() / 1000);
    try {
      const { header, payload } = jwt.verify(assertion, keys.publicKey, {
        algorithms: ['RS256'],
        issuer: ACCOUNT,
        audience: this.#url(),
        clockTimestamp: now,
        complete: true,
      });
      const { iat = 0, exp = 0, sub, scope } = payload as jwt.JwtPayload & { scope: string };
      const isInTime = exp - iat <= 3600 && iat <= now + 300;
      if (header.kid !== KEY_ID || !isInTime || (sub !== undefined && sub !== SUBJECT)) {
        return refused(400, 'invalid_grant');
      }
      const scopes = scope.split(' ');
      // Domain-wide delegation: each scope must be delegated to act for a person.
      const isDelegated = sub === undefined || scopes.every((one) => this.scopes.includes(one));
      return isDelegated
        ? this.#issue({ scopes, hasSubject: sub !== undefined })
        : refused(401, 'unauthorized_client');
    } catch {
      return refused(400, 'invalid_grant');
    }
  }

  #issue(access: Access): Reply {
    const token = `ya29.${randomBytes(16).toString('hex')}`;
    this.#tokens.set(token, { ...access, expiresAt: this.#now() + this.lifetime * 1000 });
    return { status: 200, body: { access_token: token, expires_in: this.lifetime, token_type: 'Bearer' } };
  }
}

/** Returns the answer to a request for a token that is refused (RFC 6749, 5.2). */
export function refused(status: number, error: string): Reply {
  return { status, body: { error, error_description: 'Refused.' } };
}
