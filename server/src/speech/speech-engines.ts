import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { HttpSpeechToText } from './http/http-speech-to-text.ts';
import type { LiveEngine } from './live/live-messages.ts';
import { ProcessLiveSpeech } from './live/process-live-speech.ts';
import type { LiveSpeech } from './live-speech.ts';
import { captionFiles, whisperFiles, type WhisperFiles } from './speech-folder.ts';
import type { SpeechSettings } from './speech-settings.ts';
import type { SpeechToText } from './speech-to-text.ts';
import { whisperLanguage } from './whisper/whisper-languages.ts';
import { WhisperSpeechToText } from './whisper/whisper-speech-to-text.ts';
import { WhisperWorker } from './whisper/whisper-worker.ts';

/** Recordings can wait: calls and captions come first. */
const NICENESS = 10;

export interface SpeechDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An engine that may have a process, which ends with `close`. */
export type ClosableSpeechToText = SpeechToText & { close(): Promise<void> };

/** Creates the engine that transcribes recordings; null if none is configured. Nothing starts before the first recording. */
export function createSpeechToText(
  { dir, modelDir, transcripts }: SpeechSettings,
  { clock, logger }: SpeechDependencies,
): ClosableSpeechToText | null {
  if (transcripts === null) return null;
  if (transcripts.engine === 'http') return new HttpSpeechToText(transcripts, { clock });
  const worker = new WhisperWorker({
    clock,
    logger,
    files: () => whisperFiles(dir, modelDir),
    threads: 1,
    niceness: NICENESS,
  });
  return new WhisperSpeechToText(worker, modelDir ?? '');
}

/** Creates the engine that captions visits; null if none is configured. Nothing starts before the first track. */
export function createLiveSpeech(
  { dir, modelDir, captions }: SpeechSettings,
  { clock, logger }: SpeechDependencies,
): LiveSpeech | null {
  if (captions === null) return null;
  const { maxPeople } = captions;
  if (captions.engine === 'deepgram') {
    const engine: LiveEngine = { type: 'deepgram', url: captions.url, apiKey: captions.apiKey };
    return new ProcessLiveSpeech({ clock, logger, maxPeople, engine: () => engine, supports: () => true });
  }
  const whisper = whisperOrNull(dir, modelDir);
  return new ProcessLiveSpeech({
    clock,
    logger,
    maxPeople,
    engine: () => ({ type: 'local', files: captionFiles(dir), whisper }),
    supports: (tag) => {
      const language = whisperLanguage(tag);
      return language === 'en' || (language !== null && whisper !== null);
    },
  });
}

/** English can be captioned without Whisper. */
function whisperOrNull(dir: string | null, modelDir: string | null): WhisperFiles | null {
  try {
    return whisperFiles(dir, modelDir);
  } catch {
    return null;
  }
}
