/** Why a recording failed. */
export type RecorderFailure =
  /** The recorder process died, or does not respond. */
  | 'process_died'
  /** The disk is full. */
  | 'disk_full'
  /** The file could not be opened or written. */
  | 'write_failed'
  /** The disk is too slow: too much was waiting for it. */
  | 'overloaded'
  /** The codec cannot be recorded. */
  | 'unsupported_codec'
  /** The recorder was closed. */
  | 'closed';

export class RecorderError extends Error {
  override readonly name = 'RecorderError';
  readonly code: RecorderFailure;

  constructor(code: RecorderFailure, message: string = code, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Returns the error for what an operation on a file threw. */
  static ofFile(error: unknown): RecorderError {
    if (error instanceof RecorderError) return error;
    const isFull =
      error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code));
    const message = error instanceof Error ? error.message : String(error);
    return new RecorderError(isFull ? 'disk_full' : 'write_failed', message, { cause: error });
  }
}
