import { TelevisitError } from '@televisit/shared/errors';
import express, { type RequestHandler } from 'express';
import { extendDeadline } from './request-deadline.ts';

/** How long a file may take, in milliseconds: 10 MiB at 300 kbit/s. */
export const FILE_DEADLINE_MS = 300_000;

/**
 * Takes a body as it is, whatever its media type. One that says that it is too large is refused unread.
 * @throws TelevisitError `unsupported_media_type` of a compressed one, `file_too_large` through `problems`
 */
export function fileBody(maxBytes: number): RequestHandler[] {
  const read: RequestHandler = express.raw({ type: () => true, limit: maxBytes, inflate: false });
  return [
    (request, response, next) => {
      extendDeadline(request, FILE_DEADLINE_MS);
      read(request, response, (error: unknown) => {
        // The parser leaves nothing behind of a body that is not there.
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
