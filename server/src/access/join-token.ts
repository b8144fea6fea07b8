import { TelevisitError, type ErrorCode } from '@televisit/shared/errors';
import { PERMISSIONS, permissionsOf } from '@televisit/shared/vocabulary';
import { role } from '@televisit/shared/core/fields';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Ids } from '../domain/ids.ts';
import type { Seat } from '../domain/session.ts';
import { keyId } from './secrets.ts';

/** The lifetime of a join token, in seconds. */
export const JOIN_TOKEN_SECONDS = 3600;

const ISSUER = 'televisit';
const AUDIENCE = 'televisit:join';
const ALGORITHM = 'HS256';
/** The clock skew between servers that a fresh token tolerates, in seconds. */
const CLOCK_SKEW_SECONDS = 10;

const claimsSchema = z.object({
  sub: z.string().min(1),
  sid: z.string().min(1),
  role,
  permissions: z.array(z.enum(PERMISSIONS)),
  name: z.string().nullable(),
  /** The version of the seat's links; tokens of earlier releases have none. */
  ver: z.number().default(0),
  jti: z.string(),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
});

/** The claims of a join token: `sub` is the userId, `sid` the sessionId; times are seconds since the Unix epoch. */
export type JoinClaims = z.infer<typeof claimsSchema>;

interface Key {
  readonly kid: string;
  readonly secret: string;
}

/** Issues and verifies join tokens: JWT (RFC 7519) signed with HS256, bound to one session and one seat. */
export class JoinTokens {
  readonly #keys: readonly Key[];
  readonly #clock: Clock;
  readonly #ids: Ids;

  /** @param secrets the first one signs, all of them verify */
  constructor(secrets: readonly [string, ...string[]], clock: Clock, ids: Ids) {
    this.#keys = secrets.map((secret) => ({ kid: keyId(secret), secret }));
    this.#clock = clock;
    this.#ids = ids;
  }

  /** Returns a token for a seat, with the permissions of the seat's role. @param seconds its lifetime */
  issue(
    sessionId: string,
    seat: Pick<Seat, 'userId' | 'role' | 'displayName' | 'linkVersion'>,
    seconds = JOIN_TOKEN_SECONDS,
  ): { token: string; expiresIn: number } {
    const [key] = this.#keys as [Key];
    const iat = Math.floor(this.#clock.now() / 1000);
    const claims: JoinClaims & { iss: string; aud: string } = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: seat.userId,
      sid: sessionId,
      role: seat.role,
      permissions: [...permissionsOf(seat.role)],
      name: seat.displayName,
      ver: seat.linkVersion,
      jti: this.#ids.unique(),
      iat,
      nbf: iat - CLOCK_SKEW_SECONDS,
      exp: iat + seconds,
    };
    return {
      token: jwt.sign(claims, key.secret, { algorithm: ALGORITHM, keyid: key.kid }),
      expiresIn: seconds,
    };
  }

  /**
   * Returns the claims of a token if it is valid for this session.
   * @throws {TelevisitError} `token_missing`, `token_malformed`, `token_algorithm`, `token_signature`, `token_expired`,
   * `token_not_yet_valid`, `token_issuer`, `token_audience`, `token_wrong_session`
   */
  verify(token: string | undefined, sessionId: string): JoinClaims {
    if (!token) throw new TelevisitError('token_missing');
    const header = jwt.decode(token, { complete: true })?.header;
    if (!header) throw new TelevisitError('token_malformed');
    if (header.alg !== ALGORITHM) throw new TelevisitError('token_algorithm');
    const key = this.#keys.find(({ kid }) => kid === header.kid);
    if (!key) throw new TelevisitError('token_signature');
    const claims = claimsSchema.safeParse(this.#checked(token, key));
    if (!claims.success) throw new TelevisitError('token_malformed');
    if (claims.data.sid !== sessionId) throw new TelevisitError('token_wrong_session');
    return claims.data;
  }

  /**
   * Returns the person of a token that was issued here, also if it has expired or is not valid yet; null for other tokens. It
   * identifies a person who was refused, and must not be used to admit anyone.
   */
  issuedTo(token: string | undefined): Pick<JoinClaims, 'sid' | 'sub'> | null {
    const header = token === undefined ? undefined : jwt.decode(token, { complete: true })?.header;
    const key = this.#keys.find(({ kid }) => kid === header?.kid);
    if (token === undefined || !key) return null;
    try {
      const claims = jwt.verify(token, key.secret, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        ignoreExpiration: true,
        ignoreNotBefore: true,
      });
      return claimsSchema.pick({ sid: true, sub: true }).safeParse(claims).data ?? null;
    } catch {
      return null;
    }
  }

  #checked(token: string, key: Key): unknown {
    try {
      return jwt.verify(token, key.secret, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTimestamp: Math.floor(this.#clock.now() / 1000),
      });
    } catch (error) {
      throw new TelevisitError(codeOf(error), { cause: error });
    }
  }
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof jwt.TokenExpiredError) return 'token_expired';
  if (error instanceof jwt.NotBeforeError) return 'token_not_yet_valid';
  const message = error instanceof Error ? error.message : '';
  if (message.includes('signature')) return 'token_signature';
  if (message.includes('algorithm')) return 'token_algorithm';
  if (message.includes('issuer')) return 'token_issuer';
  if (message.includes('audience')) return 'token_audience';
  return 'token_malformed';
}
