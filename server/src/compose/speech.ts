import type { LiveSpeech } from '../speech/live-speech.ts';
import { createLiveSpeech, createSpeechToText } from '../speech/speech-engines.ts';
import type { SpeechToText } from '../speech/speech-to-text.ts';
import { LibreTranslate, type Translator } from '../speech/translation.ts';
import type { Environment } from './environment.ts';

export interface Speech {
  /** Null if recordings are not transcribed. */
  readonly speechToText: SpeechToText | null;
  /** Null if nothing is transcribed while people speak. */
  readonly speech: LiveSpeech | null;
  /** Null if nothing is translated. */
  readonly translator: Translator | null;
}

/**
 * Builds what transcripts and captions are made with; processes start with the first one. Without an engine, captions come
 * from humans only.
 */
export function buildSpeech({ config, clock, logger, liveSpeech, resources }: Environment): Speech {
  const { translation } = config;
  const speechToText = createSpeechToText(config.speech, { clock, logger });
  const speech = liveSpeech ?? createLiveSpeech(config.speech, { clock, logger });
  resources.defer(async () => {
    await speechToText?.close();
    await speech?.close();
  });
  return {
    speechToText,
    speech,
    translator: translation && new LibreTranslate({ ...translation, clock }),
  };
}
