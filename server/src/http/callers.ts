import { TelevisitError } from '@televisit/shared/errors';
import type { RequestHandler, Response } from 'express';
import type { CallerLocals } from './operation.ts';
import type { RateLimits } from '../access/rate-limits.ts';

/** The public name of the internal secret that a caller holds, or null. */
export type InternalSecretCheck = (secret: string | undefined) => string | null;

/**
 * Lets only callers through that hold the internal secret, and not too many requests of one.
 * @throws TelevisitError `unauthorized`, `too_many_requests`
 */
export function internalOnly(check: InternalSecretCheck, limits: RateLimits): RequestHandler {
  return async (request, response: Response<unknown, CallerLocals>, next) => {
    const keyId = check(request.get('x-internal-secret'));
    if (keyId === null) {
      await limits.guess(request.ip);
      throw new TelevisitError('unauthorized');
    }
    await limits.secret(keyId);
    response.locals.by = { type: 'backend', keyId };
    next();
  };
}

/** Lets not too many requests of one address through, before anything of them is read. @throws TelevisitError `too_many_requests` */
export function limitAddress(limits: RateLimits): RequestHandler {
  return async (request, _response, next) => {
    await limits.address(request.ip);
    next();
  };
}
