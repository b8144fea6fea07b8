import { TelevisitError } from '@televisit/shared/errors';
import express, { type RequestHandler } from 'express';
import type { z } from 'zod';

/** The largest request body, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Parses a JSON body. @throws TelevisitError `unsupported_media_type`, `bad_json`, `body_too_large` through `problems` */
export const jsonBody: RequestHandler[] = [
  (request, _response, next) => {
    if (request.is('application/json') !== 'application/json')
      throw new TelevisitError('unsupported_media_type');
    next();
  },
  express.json({ limit: MAX_BODY_BYTES, inflate: false }),
];

/** Holds a body against its schema. @throws TelevisitError `validation_failed` with the fields at fault */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const named = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
  throw new TelevisitError('validation_failed', { detail: named, issues });
}
