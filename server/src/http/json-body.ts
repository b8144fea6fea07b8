import { TelevisitError } from '@televisit/shared/errors';
import express, { type RequestHandler } from 'express';

/** The maximum size of a request body in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/**
 * Accepts only bodies with a JSON media type, in UTF-8 (RFC 8259, 8.1).
 * @throws {TelevisitError} `unsupported_media_type`
 */
export const requireJson: RequestHandler = (request, _response, next) => {
  const [, charset = 'utf-8'] =
    /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(request.get('content-type') ?? '') ?? [];
  const isJson = request.is('application/json') === 'application/json';
  if (!isJson || !/^utf-?8$/i.test(charset)) throw new TelevisitError('unsupported_media_type');
  next();
};

/** Reads the bytes of a JSON body; `problems` converts its errors to `unsupported_media_type` or `body_too_large`. */
export const jsonBytes: RequestHandler = express.raw({
  type: 'application/json',
  limit: MAX_BODY_BYTES,
  inflate: false,
});

/** Reads a JSON body. @throws {TelevisitError} `unsupported_media_type`, `bad_json`, `body_too_large` */
export const jsonBody: RequestHandler[] = [
  requireJson,
  jsonBytes,
  (request, _response, next) => {
    if (Buffer.isBuffer(request.body)) {
      request.body = request.body.length === 0 ? undefined : parseJson(request.body);
    }
    next();
  },
];

/**
 * Parses a JSON object or list. Invalid UTF-8 is not repaired: the ids of two people could become the same.
 * @throws {TelevisitError} `bad_json`
 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes),
      refusePrototypes,
    );
    if (typeof value !== 'object' || value === null) throw new SyntaxError('Neither an object nor a list.');
    return value;
  } catch (cause) {
    throw new TelevisitError('bad_json', { cause });
  }
}

/** Rejects keys named `__proto__`, which schemas don't see and would silently drop. */
function refusePrototypes(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('A key may not be named __proto__.');
  return value;
}
