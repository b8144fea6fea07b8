import type { SoundSink, TextListener as TextListenerOf } from '@televisit/shared/speech/local-sink';
import type { SpeechError } from '../../speech-error.ts';

export type { SoundSink };
/** Gets the text of one track. */
export type TextListener = TextListenerOf<SpeechError>;

export interface SinkOptions {
  readonly language: string;
  readonly vocabulary: readonly string[];
}

/** Turns the sound of many people into text. */
export interface Engine {
  /** How much speech waits to be transcribed, in milliseconds. */
  readonly waitingMs: number;
  /** @throws {SpeechError} `unsupported` if it does not know the language */
  open(options: SinkOptions, listener: TextListener): SoundSink;
  close(): Promise<void>;
}
