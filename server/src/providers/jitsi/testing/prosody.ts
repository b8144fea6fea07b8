import { createHmac, timingSafeEqual, verify } from 'node:crypto';

/**
 * How Prosody with the token modules of Jitsi Meet judges a token: `refused`: authentication fails; `mismatched`: the token is
 * for another room or domain; `stuck`: the module fails, and the person gets no answer.
 */
export type ProsodyVerdict = 'member' | 'moderator' | 'refused' | 'mismatched' | 'stuck';

/** The configuration of Prosody, by the names of its options. */
export interface ProsodyOptions {
  readonly domain: string;
  readonly app_id: string;
  /** Signs HS256. */
  readonly app_secret?: string;
  /** Returns the public key in PEM form of a `kid`; with it tokens are RS256. */
  readonly asap_key_server?: (keyId: string) => string | null;
  readonly asap_accepted_issuers?: readonly string[];
  readonly asap_accepted_audiences: readonly string[];
}

type Claims = Readonly<Record<string, unknown>>;

/**
 * Judges a token as Prosody 0.12.3 did when it was run with the modules `token_verification` and `token_affiliation`; the
 * verdicts are in prosody-verdicts.ts. Written apart from the code that signs, without its library.
 * @param now seconds since the Unix epoch
 */
export function prosodyVerdict(
  token: string | null,
  room: string,
  options: ProsodyOptions,
  now: number,
): ProsodyVerdict {
  const claims = token === null ? null : authenticated(token, options, now);
  if (!claims) return 'refused';
  if (claims.sub === undefined || claims.room === undefined) return 'stuck';
  const matches = (claim: unknown, value: string) =>
    claim === '*' || (typeof claim === 'string' && claim.toLowerCase() === value.toLowerCase());
  if (!matches(claims.room, room) || !matches(claims.sub, options.domain)) return 'mismatched';
  const user = ((claims.context ?? {}) as { user?: Claims }).user ?? {};
  const isModerator =
    ['owner', 'moderator', 'teacher'].includes(user.affiliation as string) ||
    user.moderator === true ||
    user.moderator === 'true';
  return isModerator ? 'moderator' : 'member';
}

function authenticated(token: string, options: ProsodyOptions, now: number): Claims | null {
  const [head = '', body = '', signature = ''] = token.split('.');
  const header = json(head);
  const claims = json(body);
  if (header?.typ !== 'JWT' || !claims) return null;
  if (!isSigned(`${head}.${body}`, Buffer.from(signature, 'base64url'), header, options)) return null;
  const { exp, nbf, iss, aud } = claims as { exp?: unknown; nbf?: unknown; iss?: string; aud?: unknown };
  if (exp !== undefined && (typeof exp !== 'number' || now >= exp)) return null;
  if (nbf !== undefined && (typeof nbf !== 'number' || now < nbf)) return null;
  const issuers = options.asap_accepted_issuers ?? [options.app_id];
  const audiences = options.asap_accepted_audiences;
  // An audience in a list equals none of the accepted ones.
  return issuers.includes(iss ?? '') && audiences.includes(aud as string) ? claims : null;
}

function isSigned(text: string, signature: Buffer, header: Claims, options: ProsodyOptions): boolean {
  if (options.asap_key_server) {
    const key = header.alg === 'RS256' ? options.asap_key_server(String(header.kid)) : null;
    return key !== null && verify('RSA-SHA256', Buffer.from(text), key, signature);
  }
  if (header.alg !== 'HS256') return false;
  const right = createHmac('sha256', options.app_secret ?? '')
    .update(text)
    .digest();
  return right.length === signature.length && timingSafeEqual(right, signature);
}

function json(part: string): Claims | null {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Claims;
  } catch {
    return null;
  }
}
