import type { AckError } from '@televisit/shared/signaling';
import type { ErrorCode } from '@televisit/shared/errors';

/** Why a camera or microphone can't be used. */
export type MediaErrorCode = 'media_denied' | 'media_missing' | 'media_in_use' | 'media_insecure';

/** Reasons that only the client knows. */
export type ClientErrorCode = MediaErrorCode | 'unreachable' | 'unsupported_browser' | 'closed';

/** Every code that a `VisitError` may carry: the contract's and the client's own. */
export type VisitErrorCode = ErrorCode | ClientErrorCode;

/** An error of the SDK. `code` is for machines; the words for people are the user interface's business. */
export class VisitError extends Error {
  override readonly name = 'VisitError';
  readonly code: VisitErrorCode;

  constructor(code: VisitErrorCode, options: { detail?: string; cause?: unknown } = {}) {
    super(options.detail ?? code, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
  }

  /** The error that a refused message or handshake carried. */
  static fromAck(error: AckError): VisitError {
    return new VisitError(error.code, { detail: error.message });
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

/** Whether trying again can't help: the link, the visit or the browser is at fault. */
export function isFinal(code: VisitErrorCode): boolean {
  return (
    code.startsWith('token_') ||
    code === 'session_not_found' ||
    code === 'session_over' ||
    code === 'replaced' ||
    code === 'forbidden' ||
    code === 'seat_mismatch' ||
    code === 'unsupported_browser'
  );
}
