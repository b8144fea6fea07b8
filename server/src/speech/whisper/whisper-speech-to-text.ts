import { basename } from 'node:path';
import { SpeechError } from '../speech-error.ts';
import type { SpeechSegment, SpeechToText, TranscribeOptions, Transcription } from '../speech-to-text.ts';
import { whisperLanguage } from './whisper-languages.ts';
import type { WhisperSegment } from './whisper-messages.ts';
import type { WhisperWorker } from './whisper-worker.ts';

/** Transcribes with Whisper on this machine. */
export class WhisperSpeechToText implements SpeechToText {
  readonly #worker: WhisperWorker;
  readonly #engine: string;

  /** @param modelDir the folder of the model, whose name is that of the engine */
  constructor(worker: WhisperWorker, modelDir: string) {
    this.#worker = worker;
    this.#engine = basename(modelDir);
  }

  async transcribe(
    wavFile: string,
    { language: tag, vocabulary = [], signal, onProgress }: TranscribeOptions,
  ): Promise<Transcription> {
    const language = tag === undefined ? null : whisperLanguage(tag);
    if (tag !== undefined && language === null) {
      throw new SpeechError('unsupported', `Whisper does not know the language ${tag}`);
    }
    const result = await this.#worker.run({
      sound: { file: wavFile },
      vocabulary,
      ...(language === null ? {} : { language }),
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
    return {
      language: tag ?? result.language,
      engine: this.#engine,
      segments: result.segments.map(segmentOf).filter(({ text }) => text !== ''),
    };
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}

function segmentOf({ start, end, text, confidence, words }: WhisperSegment): SpeechSegment {
  return {
    startMs: milliseconds(start),
    endMs: milliseconds(end),
    text,
    words: words.map((word) => ({
      startMs: milliseconds(word.start),
      endMs: milliseconds(word.end),
      text: word.text,
    })),
    confidence,
  };
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}
