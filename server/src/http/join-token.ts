import type { Request, RequestHandler } from 'express';
import type { JoinClaims, JoinTokens } from '../access/join-token.ts';
import type { RateLimits } from '../access/rate-limits.ts';

/** The claims of the bearer token (RFC 6750) of a person of this visit. @throws TelevisitError `token_…` */
export function claimsOf(tokens: JoinTokens, request: Request, sessionId: string): JoinClaims {
  const token = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
  return tokens.verify(token, sessionId);
}

/**
 * Lets only people of the visit in the path through, and not too many files of one, before a body is read.
 * @throws TelevisitError `token_…`, `too_many_requests`
 */
export function limitFiles(tokens: JoinTokens, limits: RateLimits): RequestHandler {
  return async (request, _response, next) => {
    const { sid, sub } = claimsOf(tokens, request, String(request.params.sessionId));
    await limits.file(sid, sub);
    next();
  };
}
