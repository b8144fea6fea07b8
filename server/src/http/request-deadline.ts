import type { IncomingMessage, ServerResponse } from 'node:http';

/** How a request's deadline is moved. */
const deadlines = new WeakMap<IncomingMessage, (ms: number) => void>();

/**
 * A request that has not arrived after `ms` milliseconds is answered 408, if nothing was answered yet, and cut off. Node's
 * own limit knows no request that may take longer than the others.
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

/** Without either header the request ends with its own headers, which are there (RFC 9112, 6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** Gives a request `ms` milliseconds more from now on; one that has come to its end needs none. */
export function extendDeadline(request: IncomingMessage, ms: number): void {
  deadlines.get(request)?.(ms);
}
