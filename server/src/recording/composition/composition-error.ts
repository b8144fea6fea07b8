/** Why recordings could not be composed. */
export type CompositionFailure =
  /** FFmpeg is not installed on this server. */
  | 'ffmpeg_missing'
  /** FFmpeg ended with an error, or does not respond. */
  | 'ffmpeg_failed'
  /** The disk is full. */
  | 'disk_full'
  /** The recording has no stream. */
  | 'empty'
  /** The caller gave up. */
  | 'aborted';

export class CompositionError extends Error {
  override readonly name = 'CompositionError';
  readonly code: CompositionFailure;

  constructor(code: CompositionFailure, message: string = code, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Returns the error for what an operation on files threw. */
  static ofFile(error: unknown): unknown {
    const isFull =
      error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code));
    return isFull ? new CompositionError('disk_full', error.message, { cause: error }) : error;
  }
}
