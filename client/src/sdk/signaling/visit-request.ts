import type { VisitBootstrap } from '@televisit/shared/api';
import { VisitError, type VisitErrorCode } from '../core/errors.ts';

/** Identifies a visit, and the participant by their join token. */
export interface VisitRequest {
  /** The server's address without a trailing slash, perhaps with a path; empty for the page's own origin. */
  readonly baseUrl: string;
  readonly sessionId: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly fetch?: typeof fetch;
  /** The client's clock in milliseconds since 1970. */
  readonly now?: () => number;
}

/** The server's answer, and how far its clock is ahead of the client's in milliseconds (to a second, RFC 9110 `Date`). */
export interface VisitAnswer {
  readonly body: unknown;
  readonly clockOffset: number;
}

/**
 * Calls `/api/v1/visits/{sessionId}`, or a resource under it, with a join token: POST with a body, GET without.
 * @throws {VisitError} the code of the problem (RFC 9457), `unreachable`, or `closed` if aborted
 */
export async function callVisit(
  request: VisitRequest,
  path: '' | '/feedback' | '/meeting' | '/meeting/open' | '/meeting/end',
  body?: object,
): Promise<VisitAnswer> {
  const { signal } = request;
  const url = visitUrl(request, path);
  let response: Response;
  let answer: unknown;
  try {
    response = await (request.fetch ?? fetch)(url, settings(request, body));
    answer = await response.json().catch(() => null);
  } catch (error) {
    throw unanswered(signal, error);
  }
  const serverTime = Date.parse(response.headers.get('date') ?? '');
  const clockOffset = Number.isNaN(serverTime) ? 0 : serverTime - (request.now ?? Date.now)();
  if (!response.ok) {
    throw refusal(response.status, answer, clockOffset, secondsOf(response.headers.get('retry-after')));
  }
  return { body: answer, clockOffset };
}

/**
 * Loads everything that can be prepared before the signaling connection.
 * @throws {VisitError} as `callVisit` does; `internal_error` if the answer is not a bootstrap
 */
export async function fetchBootstrap(
  request: VisitRequest,
): Promise<{ readonly visit: VisitBootstrap; readonly clockOffset: number }> {
  const { body, clockOffset } = await callVisit(request, '');
  if (!isBootstrap(body)) throw new VisitError('internal_error', { detail: 'the answer is not a bootstrap' });
  return { visit: body, clockOffset };
}

function isBootstrap(body: unknown): body is VisitBootstrap {
  return typeof body === 'object' && body !== null && 'self' in body && 'rtpCapabilities' in body;
}

/** Returns the address of a visit, or of a resource under it. */
export function visitUrl({ baseUrl, sessionId }: VisitRequest, path: string): string {
  return `${baseUrl}/api/v1/visits/${encodeURIComponent(sessionId)}${path}`;
}

function settings({ token, signal }: VisitRequest, body: object | undefined): RequestInit {
  const headers = { Authorization: `Bearer ${token}`, Accept: 'application/json, application/problem+json' };
  if (body === undefined) return { headers, cache: 'no-store', signal };
  return {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    // It arrives even if the participant closes the page right after sending.
    keepalive: true,
    signal,
  };
}

/** Returns the error of a request without an answer: the server is unreachable, or the caller aborted. */
export function unanswered(signal: AbortSignal, cause?: unknown): VisitError {
  return new VisitError(isClosed(signal) ? 'closed' : 'unreachable', { cause });
}

/** Returns whether the caller aborted, rather than a time limit. */
function isClosed({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof DOMException && reason.name === 'TimeoutError');
}

/** Returns the error that an answer's status and body stand for. */
export function refusal(
  status: number,
  body: unknown,
  clockOffset = 0,
  retryAfter: number | null = null,
): VisitError {
  const detail = `status ${status}`;
  const problem: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {};
  if (typeof problem.code === 'string') {
    return new VisitError(problem.code as VisitErrorCode, {
      detail,
      opensAt: timeOf(problem.opensAt),
      closedAt: timeOf(problem.closedAt),
      clockOffset,
      retryAfter,
    });
  }
  // A proxy in front of the server answers without our codes; its 502, 503 and 504 mean that no server is behind it.
  return new VisitError(status >= 502 && status <= 504 ? 'unreachable' : 'internal_error', { detail });
}

/** Parses `Retry-After` in seconds (RFC 9110, 10.2.3); null for a date, which our servers do not send, and without a header. */
export function secondsOf(retryAfter: string | null): number | null {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : null;
}

function timeOf(value: unknown): number | null {
  const time = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? null : time;
}
