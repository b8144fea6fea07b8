import { TelevisitError } from '@televisit/shared/errors';
import type { RequestHandler } from 'express';

/** Lets only callers through that hold the internal secret. @throws TelevisitError `unauthorized` */
export function internalOnly(isInternal: (secret: string | undefined) => boolean): RequestHandler {
  return (request, _response, next) => {
    if (!isInternal(request.get('x-internal-secret'))) throw new TelevisitError('unauthorized');
    next();
  };
}
