import type { AckError } from '@televisit/shared/signaling';
import type { ErrorCode } from '@televisit/shared/errors';

/** Why a camera or microphone can't be used. */
export type MediaErrorCode = 'media_denied' | 'media_missing' | 'media_in_use' | 'media_insecure';

/** Reasons that only the client knows. */
export type ClientErrorCode = MediaErrorCode | 'unreachable' | 'unsupported_browser' | 'closed';

/** Every code that a `VisitError` may carry: the contract's and the client's own. */
export type VisitErrorCode = ErrorCode | ClientErrorCode;

/** What a `VisitError` may tell beside its code. */
export interface VisitErrorOptions {
  readonly detail?: string;
  readonly cause?: unknown;
  readonly opensAt?: number | null;
  readonly closedAt?: number | null;
  readonly clockOffset?: number;
  readonly retryAfter?: number | null;
}

/** An error of the SDK. `code` is for machines; the words for people are the user interface's business. */
export class VisitError extends Error {
  override readonly name = 'VisitError';
  readonly code: VisitErrorCode;
  /** With `not_open_yet`: when the visit opens, in milliseconds since 1970 by the server's clock. */
  readonly opensAt: number | null;
  /** With `session_over`: when the visit closed, in milliseconds since 1970 by the server's clock. */
  readonly closedAt: number | null;
  /** How far the server's clock was ahead of ours when it refused, in milliseconds; 0 where it is not known. */
  readonly clockOffset: number;
  /** After how many seconds trying again makes sense, where the server said so; it is done by itself. */
  readonly retryAfter: number | null;

  constructor(code: VisitErrorCode, options: VisitErrorOptions = {}) {
    super(options.detail ?? code, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.opensAt = options.opensAt ?? null;
    this.closedAt = options.closedAt ?? null;
    this.clockOffset = options.clockOffset ?? 0;
    this.retryAfter = options.retryAfter ?? null;
  }

  /** The error that a refused message or handshake carried. */
  static fromAck(error: AckError): VisitError {
    return new VisitError(error.code, { detail: error.message, retryAfter: error.retryAfter ?? null });
  }

  /** Any thrown thing as a `VisitError`; what is not known becomes `fallback`. */
  static from(error: unknown, fallback: VisitErrorCode = 'internal_error'): VisitError {
    return error instanceof VisitError ? error : new VisitError(fallback, { cause: error });
  }

  /** The outcome of a refused `getUserMedia` (Media Capture and Streams, section 10.2). */
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

/** Whether trying again by itself can't help: the link, the visit or the browser is at fault. */
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

/** Whether a connection that was refused so is of no use any more, though a later start may fare better. */
export function endsConnection(code: VisitErrorCode): boolean {
  return isFinal(code) || code === 'not_open_yet';
}

/** Whether what a request threw is an answer of the server, if only a refusal. */
export function isAnswer(error: unknown): boolean {
  return VisitError.from(error).code !== 'unreachable';
}
