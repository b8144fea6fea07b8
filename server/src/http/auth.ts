import { TelevisitError } from '@televisit/shared/errors';
import type { Request, RequestHandler, Response } from 'express';
import type { JoinClaims, JoinTokens } from '../access/join-token.ts';
import type { ClientAddresses } from '../access/client-address.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import { requestTurn } from '../core/turns.ts';
import { requireLink } from '../domain/people.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { CallerLocals } from './operation.ts';

/** Returns the public id of a valid internal secret, or null. */
export type InternalSecretCheck = (secret: string | undefined) => string | null;

/**
 * Accepts only requests with the internal secret, limits their rate, and lets people in visits go first.
 * @throws {TelevisitError} `unauthorized`, `too_many_requests`
 */
export function internalOnly(
  check: InternalSecretCheck,
  limits: RateLimits,
  addresses: ClientAddresses,
): RequestHandler {
  return async (request, response: Response<unknown, CallerLocals>, next) => {
    const keyId = check(request.get('x-internal-secret'));
    if (keyId === null) {
      await limits.guess(addresses.of(request));
      throw new TelevisitError('unauthorized');
    }
    await limits.secret(keyId);
    await requestTurn(keyId);
    response.locals.by = { type: 'backend', keyId };
    next();
  };
}

/**
 * Limits the rate of requests from one address before their bodies are read.
 * @throws {TelevisitError} `too_many_requests`
 */
export function limitAddress(limits: RateLimits, addresses: ClientAddresses): RequestHandler {
  return async (request, _response, next) => {
    await limits.address(addresses.of(request));
    next();
  };
}

/**
 * Limits the rate of requests for static files from one address, of which a page loads many.
 * @throws {TelevisitError} `too_many_requests`
 */
export function limitStatic(limits: RateLimits, addresses: ClientAddresses): RequestHandler {
  return async (request, _response, next) => {
    await limits.staticFile(addresses.of(request));
    next();
  };
}

/**
 * Returns the claims of the join token that a request carries as bearer token (RFC 6750).
 * @throws {TelevisitError} `token_…`
 */
export function claimsOf(tokens: JoinTokens, request: Request, sessionId: string): JoinClaims {
  return tokens.verify(bearerOf(request), sessionId);
}

/** Returns the bearer token of a request (RFC 6750); undefined if it has none. */
export function bearerOf(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
}

/**
 * Returns the claims of a join token, as `claimsOf`, whose link has not been voided since.
 * @throws {TelevisitError} `token_…`, `session_not_found`
 */
export async function linkOf(
  { tokens, sessions }: { readonly tokens: JoinTokens; readonly sessions: Sessions },
  request: Request,
  sessionId: string,
): Promise<JoinClaims> {
  const claims = claimsOf(tokens, request, sessionId);
  requireLink(await sessions.get(sessionId), claims);
  return claims;
}

/**
 * Accepts only people of the visit in the path, and limits how many files each transfers, before a body is read.
 * @throws {TelevisitError} `token_…`, `too_many_requests`
 */
export function limitFiles(tokens: JoinTokens, limits: RateLimits): RequestHandler {
  return async (request, _response, next) => {
    const { sid, sub } = claimsOf(tokens, request, String(request.params.sessionId));
    await limits.file(sid, sub);
    next();
  };
}
