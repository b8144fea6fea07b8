import type { ErrorCode } from '@televisit/shared/errors';
import type { AckError } from '@televisit/shared/signaling';

/** Why a camera or microphone cannot be used. */
export type MediaErrorCode =
  | 'media_denied'
  | 'media_missing'
  | 'media_in_use'
  | 'media_insecure'
  /** The browser can't encode what the device delivers. */
  | 'media_unsupported';

/** Reasons that only the client knows. */
export type ClientErrorCode = MediaErrorCode | 'unreachable' | 'unsupported_browser' | 'closed';

/** Every code of a `VisitError`: the contract's and the client's own. */
export type VisitErrorCode = ErrorCode | ClientErrorCode;

/** Details of a `VisitError` beside its code. */
export interface VisitErrorOptions {
  readonly detail?: string;
  readonly cause?: unknown;
  readonly opensAt?: number | null;
  readonly closedAt?: number | null;
  readonly clockOffset?: number;
  readonly retryAfter?: number | null;
}

/** An error of the SDK. `code` is for programs; the user interface chooses the words. */
export class VisitError extends Error {
  override readonly name = 'VisitError';
  readonly code: VisitErrorCode;
  /** With `not_open_yet`: when the visit opens, in milliseconds since 1970 by the server's clock. */
  readonly opensAt: number | null;
  /** With `session_over`: when the visit closed, in milliseconds since 1970 by the server's clock. */
  readonly closedAt: number | null;
  /** How far the server's clock was ahead of the client's when it refused, in milliseconds; 0 if unknown. */
  readonly clockOffset: number;
  /** Seconds after which the client tries again by itself, if the server said so. */
  readonly retryAfter: number | null;

  constructor(code: VisitErrorCode, options: VisitErrorOptions = {}) {
    super(options.detail ?? code, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.opensAt = options.opensAt ?? null;
    this.closedAt = options.closedAt ?? null;
    this.clockOffset = options.clockOffset ?? 0;
    this.retryAfter = options.retryAfter ?? null;
  }

  /** Returns the error of a refused message or handshake. */
  static fromAck(error: AckError): VisitError {
    return new VisitError(error.code, { detail: error.message, retryAfter: error.retryAfter ?? null });
  }

  /** Returns any thrown value as a `VisitError`; unknown ones get the code `fallback`. */
  static from(error: unknown, fallback: VisitErrorCode = 'internal_error'): VisitError {
    return error instanceof VisitError ? error : new VisitError(fallback, { cause: error });
  }

  /** Returns the error of a refused `getUserMedia` (Media Capture and Streams, section 10.2). */
  static fromMedia(error: unknown): VisitError {
    return new VisitError(mediaCode(error), { cause: error });
  }
}

function mediaCode(error: unknown): MediaErrorCode {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'media_denied';
    case 'NotReadableError':
    case 'AbortError':
      return 'media_in_use';
    default:
      return 'media_missing';
  }
}

/** Returns whether an automatic retry cannot help, because the cause is the link, the visit or the browser. */
export function isFinal(code: VisitErrorCode): boolean {
  return (
    code.startsWith('token_') ||
    code === 'session_not_found' ||
    code === 'session_over' ||
    code === 'removed' ||
    code === 'replaced' ||
    code === 'visit_full' ||
    code === 'forbidden' ||
    code === 'seat_mismatch' ||
    code === 'unsupported_browser'
  );
}

/** Returns whether a connection refused with this code cannot be made again, although a later start may succeed. */
export function endsConnection(code: VisitErrorCode): boolean {
  return isFinal(code) || code === 'not_open_yet' || code === 'meeting_elsewhere';
}

/** Returns whether an error of a request is an answer of the server, even if only a refusal. */
export function isAnswer(error: unknown): boolean {
  return VisitError.from(error).code !== 'unreachable';
}
