import type { TrackCodec } from '../recording/track-summary.ts';
import type { SpeechError } from './speech-error.ts';

/** Text of an utterance that is still being spoken; it may change. */
export interface InterimText {
  /** Counts the utterances of a track, from 1. */
  readonly utterance: number;
  readonly text: string;
}

/**
 * The text of an utterance that has ended; it does not change. It is empty if what was taken for speech was none; then it takes back
 * the interim text. Times are milliseconds since the Unix epoch.
 */
export interface FinalText extends InterimText {
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface LiveSpeechListener {
  interim(text: InterimText): void;
  final(text: FinalText): void;
  /** The track ends here: the engine died or refused. The owner may open another track. */
  failed(error: SpeechError): void;
}

export interface LiveTrackOptions {
  /** The language that the person speaks (BCP 47). */
  readonly language: string;
  /** Names and terms that are likely to be spoken, such as those of drugs. */
  readonly vocabulary: readonly string[];
}

/** The sound of one person, transcribed while they speak. */
export interface LiveTrack {
  /** Where to send RTP and RTCP of the stream. Only packets of the first sender are accepted. */
  readonly address: { readonly ip: string; readonly port: number };
  /** Sets the codec of the stream, before or soon after the first packets. */
  start(codec: TrackCodec): void;
  /** Stops at once; what was spoken last becomes a final text, unless `discard`. Idempotent. Does not reject. */
  close(options?: { readonly discard?: boolean }): Promise<void>;
}

/** Turns the speech of people into text while they speak. */
export interface LiveSpeech {
  /** Whether the engine can transcribe a language (BCP 47). */
  supports(language: string): boolean;
  /** @throws {SpeechError} if the engine can't be started, or is busy */
  openTrack(options: LiveTrackOptions, listener: LiveSpeechListener): Promise<LiveTrack>;
  /** Ends all tracks and processes. Idempotent. */
  close(): Promise<void>;
}
