import { TelevisitError } from '@televisit/shared/errors';
import express, { type RequestHandler } from 'express';

/** The maximum size of a request body in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Accepts only bodies with a JSON media type. @throws {TelevisitError} `unsupported_media_type` */
export const requireJson: RequestHandler = (request, _response, next) => {
  if (request.is('application/json') !== 'application/json')
    throw new TelevisitError('unsupported_media_type');
  next();
};

/** Parses a JSON body; `problems` converts its errors to `unsupported_media_type`, `bad_json` or `body_too_large`. */
export const jsonBody: RequestHandler[] = [
  requireJson,
  express.json({ limit: MAX_BODY_BYTES, inflate: false, reviver: refusePrototypes }),
];

/** Parses JSON as `jsonBody` does. @throws {TelevisitError} `bad_json` */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), refusePrototypes);
  } catch (cause) {
    throw new TelevisitError('bad_json', { cause });
  }
}

/** Rejects keys named `__proto__`, which schemas don't see and would silently drop. */
function refusePrototypes(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('A key may not be named __proto__.');
  return value;
}
