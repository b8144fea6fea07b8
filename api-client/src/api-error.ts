import type { Problem } from '@televisit/shared/api';
import type { ErrorCode, FieldIssue } from '@televisit/shared/errors';

export type { FieldIssue };

/**
 * The server's code, or one of the client: `network_error` and `timeout` if there was no response, `unexpected_answer`
 * if the response does not come from Televisit, such as a proxy's error page.
 */
export type ApiErrorCode = ErrorCode | 'network_error' | 'timeout' | 'unexpected_answer';

export interface ApiErrorFields {
  readonly status?: number | undefined;
  readonly code: ApiErrorCode;
  readonly detail: string;
  readonly remedy?: string | undefined;
  readonly issues?: readonly FieldIssue[] | undefined;
  readonly opensAt?: string | undefined;
  readonly closedAt?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** A failed call. Neither the message nor a field contains the internal secret. */
export class TelevisitApiError extends Error {
  override readonly name = 'TelevisitApiError';
  /** The HTTP status; 0 if there was no response. */
  readonly status: number;
  readonly code: ApiErrorCode;
  /** A sentence that describes this failure. */
  readonly detail: string;
  /** The remedy; empty if the server gave no advice. */
  readonly remedy: string;
  /** The invalid fields, with `validation_failed`. */
  readonly issues: readonly FieldIssue[];
  /** When the visit opens, with `not_open_yet`; RFC 3339. */
  readonly opensAt: string | null;
  /** When the visit closed, with `session_over`; RFC 3339. */
  readonly closedAt: string | null;
  /** Seconds after which a retry makes sense. */
  readonly retryAfter: number | null;
  /** Identifies the request in the server's log. */
  readonly requestId: string | null;

  constructor(fields: ApiErrorFields) {
    const { code, detail, remedy = '' } = fields;
    super(`${code}: ${detail}`, 'cause' in fields ? { cause: fields.cause } : undefined);
    this.status = fields.status ?? 0;
    this.code = code;
    this.detail = detail;
    this.remedy = remedy;
    this.issues = fields.issues ?? [];
    this.opensAt = fields.opensAt ?? null;
    this.closedAt = fields.closedAt ?? null;
    this.retryAfter = fields.retryAfter ?? null;
    this.requestId = fields.requestId ?? null;
  }

  /** Creates the error for a failed response: a problem (RFC 9457), or anything that a proxy returned. */
  static of(response: Response, text: string): TelevisitApiError {
    const { status, headers } = response;
    const about = {
      status,
      retryAfter: retryAfterOf(headers),
      requestId: headers.get('x-request-id') ?? undefined,
    };
    const problem = problemOf(headers, text);
    if (!problem) {
      const detail = `The answer with status ${status} does not come from Televisit.`;
      return new TelevisitApiError({ ...about, code: 'unexpected_answer', detail });
    }
    const { code, detail, remedy, errors, opensAt, closedAt } = problem;
    return new TelevisitApiError({
      ...about,
      code: code as ErrorCode,
      detail,
      remedy,
      issues: errors,
      opensAt,
      closedAt,
    });
  }
}

function problemOf(headers: Headers, text: string): Problem | undefined {
  if (headers.get('content-type')?.startsWith('application/problem+json') !== true) return undefined;
  try {
    const parsed = JSON.parse(text) as Partial<Problem> | null;
    return typeof parsed?.code === 'string' && typeof parsed.detail === 'string'
      ? (parsed as Problem)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the seconds in a Retry-After header, which holds a number or a date (RFC 9110, 10.2.3). */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const until = Date.parse(value);
  return Number.isNaN(until) ? undefined : Math.max(0, Math.ceil((until - Date.now()) / 1000));
}
