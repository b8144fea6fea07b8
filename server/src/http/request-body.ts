import { TelevisitError } from '@televisit/shared/errors';
import express, { type RequestHandler } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The maximum size of a request body in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;
/** The maximum size of an event of a meeting provider, which may list everyone who attended, in bytes. */
const MAX_WEBHOOK_BYTES = 512 * 1024;

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

/** Reads the bytes of a body of any media type. @throws {TelevisitError} `body_too_large` */
export const rawBytes: RequestHandler = express.raw({
  type: () => true,
  limit: MAX_WEBHOOK_BYTES,
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

/** Functions that move the deadline of a request. */
const deadlines = new WeakMap<IncomingMessage, (ms: number) => void>();

/**
 * Closes the connection of a request whose body has not arrived after `ms` milliseconds, with a 408 unless a response has
 * begun. Unlike Node's own timeout, it can be extended for single requests.
 */
export function setDeadline(request: IncomingMessage, response: ServerResponse, ms: number): void {
  if (!hasBody(request)) return;
  const cut = () => {
    if (request.complete) return;
    if (response.headersSent) request.socket.destroy();
    else request.socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
  };
  let timer = setTimeout(cut, ms);
  deadlines.set(request, (later) => {
    clearTimeout(timer);
    timer = setTimeout(cut, later);
  });
  request.once('close', () => {
    clearTimeout(timer);
    deadlines.delete(request);
  });
}

/** Without either header there is no body (RFC 9112, 6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** Sets the deadline of a request to `ms` milliseconds from now; has no effect after the request has ended. */
export function extendDeadline(request: IncomingMessage, ms: number): void {
  deadlines.get(request)?.(ms);
}
