/** A word with its time in the sound, in milliseconds from its start. */
export interface SpokenWord {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** A stretch of speech, about a sentence. Times are milliseconds from the start of the sound. */
export interface SpeechSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  /** In the order of their start; empty if the engine does not know their times. */
  readonly words: readonly SpokenWord[];
  /** How sure the engine is, from 0 to 1; null if it does not say. */
  readonly confidence: number | null;
}

export interface Transcription {
  /** The language of the speech (BCP 47), as requested or as the engine detected it. */
  readonly language: string;
  /** The name of the engine and its model, for instance `whisper-base`. */
  readonly engine: string;
  readonly segments: readonly SpeechSegment[];
}

export interface TranscribeOptions {
  /** The language (BCP 47); absent to let the engine detect it. */
  readonly language?: string;
  /** Names and terms that are likely to be spoken, such as those of drugs. */
  readonly vocabulary?: readonly string[];
  readonly signal?: AbortSignal;
  /** Called now and then with the share that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Turns the speech of one person into text after it was recorded. */
export interface SpeechToText {
  /**
   * Transcribes a WAV file with 16,000 samples per second, one channel, 16 bits.
   * @throws {SpeechError} if the engine fails, is not installed, does not answer, or refuses
   */
  transcribe(wavFile: string, options: TranscribeOptions): Promise<Transcription>;
}
