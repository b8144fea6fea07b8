/** Why speech could not be transcribed. */
export type SpeechFailure =
  /** Neither an engine nor a service is set up, or its model is missing. */
  | 'not_installed'
  /** The process or the service died, or does not respond. */
  | 'unavailable'
  /** Too many people are being transcribed; try again later. */
  | 'busy'
  /** The service refused: wrong credentials, or too many requests. */
  | 'refused'
  /** The sound, the codec or the language can't be transcribed. */
  | 'unsupported'
  /** It was aborted, or the engine was closed. */
  | 'closed';

export class SpeechError extends Error {
  override readonly name = 'SpeechError';
  readonly code: SpeechFailure;

  constructor(code: SpeechFailure, message: string = code, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Returns the error for what an engine threw. */
  static of(error: unknown): SpeechError {
    if (error instanceof SpeechError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new SpeechError('unavailable', message, { cause: error });
  }
}
