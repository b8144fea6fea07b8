import { ERRORS, TelevisitError } from '@televisit/shared/errors';
import type { Problem } from '@televisit/shared/api';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { REQUEST_ID_HEADER, validRequestId, withRequestId } from '../core/request-context.ts';
import type { Ids } from '../domain/ids.ts';

/** Retry-After of a 503 whose error has none, in seconds. */
const RETRY_AFTER = 5;
/** RFC 9562. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

interface WithRequestId {
  requestId: string;
}

/** Gives each request an id that `X-Request-Id`, error bodies and the log have in common: the one of a proxy or client, if valid. */
export function requestId(ids: Ids): RequestHandler {
  return (request, response, next) => {
    const id = validRequestId(request.get(REQUEST_ID_HEADER)) ?? ids.unique();
    (response.locals as WithRequestId).requestId = id;
    response.setHeader('X-Request-Id', id);
    withRequestId(id, next);
  };
}

/** Rejects one field of a request. @throws {TelevisitError} `validation_failed` */
export function refuseField(path: string, message: string): never {
  throw new TelevisitError('validation_failed', {
    detail: `${path}: ${message}`,
    issues: [{ path, message }],
  });
}

/** Requires the `from` of a request to precede `to`. @throws {TelevisitError} `validation_failed` otherwise */
export function requireOrder(from: number, to: number): void {
  if (from >= to) refuseField('from', 'must lie before "to"');
}

/**
 * Rejects addresses that are not percent-encoded UTF-8: decoders would repair them to the address of another person.
 * @throws {TelevisitError} `bad_address`
 */
export const requireUtf8Address: RequestHandler = ({ originalUrl }, _response, next) => {
  try {
    decodeURIComponent(originalUrl);
  } catch (cause) {
    throw new TelevisitError('bad_address', { cause });
  }
  next();
};

/** Rejects a request that no route handled. */
export const notFound: RequestHandler = () => {
  throw new TelevisitError('not_found');
};

/** The last middleware: converts every error to `application/problem+json` (RFC 9457). */
export function problems(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request: Request, response: Response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = error instanceof TelevisitError ? error : fromExpress(error);
    const { requestId: id } = response.locals as WithRequestId;
    const { status, title, remedy } = ERRORS[known.code];
    // Only the route's template: a path may contain a user's id, a query a token.
    const route = (request.route as { path?: string } | undefined)?.path ?? null;
    if (status >= 500) logger.error({ err: error, requestId: id, route }, 'request failed');
    else logger.debug({ code: known.code, requestId: id, route }, 'request refused');
    const body: Problem = {
      type: `urn:televisit:error:${known.code}`,
      title,
      status,
      code: known.code,
      detail: known.message,
      remedy,
      instance: UUID.test(id) ? `urn:uuid:${id}` : `urn:televisit:request:${id}`,
      ...(known.issues.length > 0 ? { errors: [...known.issues] } : {}),
      ...known.times,
    };
    const retryAfter = known.retryAfter ?? (status === 503 ? RETRY_AFTER : null);
    if (retryAfter !== null) response.setHeader('Retry-After', String(retryAfter));
    response.status(status).type('application/problem+json').send(JSON.stringify(body));
  };
}

/** Converts errors of Express and its body parser by their `type` and `status`. */
function fromExpress(error: unknown): TelevisitError {
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') return new TelevisitError('body_too_large', { cause: error });
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new TelevisitError('unsupported_media_type', { cause: error });
  }
  if (typeof type === 'string' && (type.startsWith('entity.') || type.startsWith('request.'))) {
    return new TelevisitError('bad_json', { cause: error });
  }
  if (status === 400) return new TelevisitError('bad_address', { cause: error });
  return new TelevisitError('internal_error', { cause: error });
}
