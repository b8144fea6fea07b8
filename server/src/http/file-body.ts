import { TelevisitError } from '@televisit/shared/errors';
import express, { type RequestHandler } from 'express';
import { extendDeadline } from './request-deadline.ts';

/** The deadline of an upload in milliseconds: 10 MiB at 300 kbit/s. */
export const FILE_DEADLINE_MS = 300_000;

/**
 * Reads a body of any media type. Rejects it unread if its declared length exceeds the limit.
 * @throws {TelevisitError} `file_too_large`; `unsupported_media_type` if the body is compressed
 */
export function fileBody(maxBytes: number): RequestHandler[] {
  const read: RequestHandler = express.raw({ type: () => true, limit: maxBytes, inflate: false });
  return [
    (request, response, next) => {
      extendDeadline(request, FILE_DEADLINE_MS);
      read(request, response, (error: unknown) => {
        // The parser sets no body if there is none.
        const parsed = request as { body?: unknown };
        parsed.body ??= new Uint8Array();
        next(isTooLarge(error) ? new TelevisitError('file_too_large', { cause: error }) : error);
      });
    },
  ];
}

function isTooLarge(error: unknown): boolean {
  return (error as { type?: unknown } | undefined)?.type === 'entity.too.large';
}
