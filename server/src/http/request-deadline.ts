import type { IncomingMessage, ServerResponse } from 'node:http';

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
