import type { VisitBootstrap } from '@televisit/shared/api';
import { VisitError, type VisitErrorCode } from './errors.ts';

/** How to ask for a visit's bootstrap. */
export interface BootstrapRequest {
  /** Where the server is, without a slash at the end; empty for the page's own origin. */
  readonly baseUrl: string;
  readonly sessionId: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly fetch?: typeof fetch;
  /** The client's clock in milliseconds since 1970. */
  readonly now?: () => number;
}

/** The server's answer, and how far its clock is ahead of ours in milliseconds (to a second, RFC 9110 `Date`). */
export interface Bootstrap {
  readonly visit: VisitBootstrap;
  readonly clockOffset: number;
}

/** Asks the server for all that can be done ahead of the signaling connection. Throws a `VisitError`. */
export async function fetchBootstrap(request: BootstrapRequest): Promise<Bootstrap> {
  const { baseUrl, sessionId, token, signal } = request;
  const now = request.now ?? Date.now;
  const get = request.fetch ?? fetch;
  let response: Response;
  let body: unknown;
  try {
    response = await get(`${baseUrl}/api/v1/visits/${encodeURIComponent(sessionId)}`, {
      headers: { Authorization: `Bearer ${token}`, Accept: 'application/json, application/problem+json' },
      cache: 'no-store',
      signal,
    });
    body = await response.json().catch(() => null);
  } catch (error) {
    throw new VisitError(signal.aborted ? 'closed' : 'unreachable', { cause: error });
  }
  if (!response.ok) throw refusal(response.status, body);
  if (!isBootstrap(body)) throw new VisitError('internal_error', { detail: 'the answer is not a bootstrap' });
  const serverTime = Date.parse(response.headers.get('date') ?? '');
  return { visit: body, clockOffset: Number.isNaN(serverTime) ? 0 : serverTime - now() };
}

function isBootstrap(body: unknown): body is VisitBootstrap {
  return typeof body === 'object' && body !== null && 'self' in body && 'rtpCapabilities' in body;
}

function refusal(status: number, body: unknown): VisitError {
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : null;
  const detail = `status ${status}`;
  if (typeof code === 'string') return new VisitError(code as VisitErrorCode, { detail });
  // A proxy in front of the server answers without our codes; its 502, 503 and 504 mean that nobody is behind it.
  return new VisitError(status >= 502 && status <= 504 ? 'unreachable' : 'internal_error', { detail });
}
