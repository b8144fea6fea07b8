import type { RequestHandler } from 'express';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

interface Shared {
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly etag: string;
}

/**
 * Serves a document that is the same for every client: it is read and compressed once, and all responses share the buffers.
 * @param read is called for the first request
 */
export function sharedDocument(
  type: string,
  cacheControl: string,
  read: () => string | Uint8Array,
): RequestHandler {
  let shared: Shared | undefined;
  return (request, response) => {
    shared ??= prepared(read());
    const isCompressed = request.acceptsEncodings('gzip', 'identity') === 'gzip';
    response.set({ 'Cache-Control': cacheControl, ETag: shared.etag, Vary: 'Accept-Encoding' });
    if (request.fresh) {
      response.status(304).end();
      return;
    }
    const body = isCompressed ? shared.gzip : shared.plain;
    if (isCompressed) response.setHeader('Content-Encoding', 'gzip');
    response.set({ 'Content-Type': type, 'Content-Length': String(body.byteLength) });
    response.end(body);
  };
}

function prepared(content: string | Uint8Array): Shared {
  const plain = Buffer.from(content);
  // Weak, because the compressed body has the same tag (RFC 9110, 8.8.1).
  const digest = createHash('sha256').update(plain).digest('base64url').slice(0, 16);
  return { plain, gzip: gzipSync(plain), etag: `W/"${digest}"` };
}
