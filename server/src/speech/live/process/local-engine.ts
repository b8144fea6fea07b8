import type { Logger } from 'pino';
import { LocalSink, type Recognize } from '@televisit/shared/speech/local-sink';
import type { Moonshine } from '@televisit/shared/speech/moonshine';
import { TranscriptionQueue } from '@televisit/shared/speech/transcription-queue';
import type { VoiceModel } from '@televisit/shared/speech/voice-detector';
import { systemClock } from '../../../core/clock.ts';
import { SpeechError } from '../../speech-error.ts';
import { whisperLanguage } from '../../whisper/whisper-languages.ts';
import { WhisperWorker } from '../../whisper/whisper-worker.ts';
import type { LiveEngine } from '../live-messages.ts';
import type { Engine, SinkOptions, SoundSink, TextListener } from './engine.ts';
import { loadModels } from './onnx.ts';
import { toPcm } from './pcm.ts';

/** People wait for the text, so Whisper stays loaded for longer than for recordings. */
const IDLE_MS = 300_000;

/** Transcribes on this machine: English with Moonshine in this process, other languages with Whisper in one of its own. */
export class LocalEngine implements Engine {
  readonly #voice: VoiceModel;
  readonly #moonshine: Moonshine;
  readonly #whisper: WhisperWorker | null;
  readonly #moonshineQueue = new TranscriptionQueue();
  readonly #whisperQueue = new TranscriptionQueue();

  private constructor(voice: VoiceModel, moonshine: Moonshine, whisper: WhisperWorker | null) {
    this.#voice = voice;
    this.#moonshine = moonshine;
    this.#whisper = whisper;
  }

  static async load(
    { files, whisper }: LiveEngine & { type: 'local' },
    logger: Logger,
  ): Promise<LocalEngine> {
    const { voice, moonshine } = await loadModels(files);
    const worker =
      whisper &&
      new WhisperWorker({
        clock: systemClock,
        logger,
        files: () => whisper,
        threads: 1,
        niceness: 0,
        idleMs: IDLE_MS,
      });
    return new LocalEngine(voice, moonshine, worker);
  }

  get waitingMs(): number {
    return this.#moonshineQueue.waitingMs + this.#whisperQueue.waitingMs;
  }

  open({ language: tag, vocabulary }: SinkOptions, listener: TextListener): SoundSink {
    const language = whisperLanguage(tag);
    const isEnglish = language === 'en';
    const recognize = isEnglish
      ? this.#recognizeEnglish
      : this.#recognizerOf(language ?? undefined, vocabulary, tag);
    return new LocalSink({
      detector: this.#voice.detector(),
      queue: isEnglish ? this.#moonshineQueue : this.#whisperQueue,
      recognize,
      hasInterim: isEnglish,
      listener: {
        interim: (utterance, text) => listener.interim(utterance, text),
        final: (utterance, text, startedAt, endedAt) => listener.final(utterance, text, startedAt, endedAt),
        failed: (error) => listener.failed(SpeechError.of(error)),
      },
    });
  }

  async close(): Promise<void> {
    await this.#whisper?.close();
  }

  readonly #recognizeEnglish: Recognize = (samples, isWanted) => this.#moonshine.decode(samples, isWanted);

  #recognizerOf(language: string | undefined, vocabulary: readonly string[], tag: string): Recognize {
    const whisper = this.#whisper;
    if (language === undefined || !whisper) {
      throw new SpeechError('unsupported', `the language ${tag} can’t be captioned`);
    }
    return async (samples) => {
      const { segments } = await whisper.run({ sound: { pcm: base64(samples) }, language, vocabulary });
      return segments
        .map(({ text }) => text)
        .join(' ')
        .trim();
    };
  }
}

function base64(samples: Float32Array): string {
  return Buffer.from(toPcm(samples).buffer).toString('base64');
}
