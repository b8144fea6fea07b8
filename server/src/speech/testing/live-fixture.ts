import pino from 'pino';
import type { TestContext } from 'vitest';
import { systemClock, type Clock } from '../../core/clock.ts';
import { RtpSender, type SenderOptions } from '../../recording/testing/rtp-sender.ts';
import type { RtpRecording } from '../../recording/testing/rtp-streams.ts';
import { ProcessLiveSpeech } from '../live/process-live-speech.ts';
import type { FinalText, InterimText, LiveTrack } from '../live-speech.ts';
import { createLiveSpeech } from '../speech-engines.ts';
import type { SpeechError } from '../speech-error.ts';
import type { SpeechSettings } from '../speech-settings.ts';

export interface OpenSpeechTrack {
  readonly track: LiveTrack;
  readonly sender: RtpSender;
  readonly interims: readonly (InterimText & { readonly at: number })[];
  readonly finals: readonly (FinalText & { readonly at: number })[];
  readonly failures: readonly SpeechError[];
}

export function openLiveSpeech(settings: SpeechSettings, clock: Clock = systemClock): ProcessLiveSpeech {
  const dependencies = { clock, logger: pino({ level: 'silent' }) };
  return createLiveSpeech(settings, dependencies) as ProcessLiveSpeech;
}

/** Opens tracks and senders that end with the test. */
export class LiveFixture {
  readonly speech: ProcessLiveSpeech;
  readonly #test: TestContext;

  /** @param speech one that tests share, or the settings of one that ends with the test */
  constructor(test: TestContext, speech: ProcessLiveSpeech | SpeechSettings) {
    this.#test = test;
    if (speech instanceof ProcessLiveSpeech) {
      this.speech = speech;
    } else {
      this.speech = openLiveSpeech(speech);
      test.onTestFinished(() => this.speech.close());
    }
  }

  /** Opens a track for a recording and a sender to it. */
  async open(
    recording: RtpRecording,
    {
      language = 'en',
      vocabulary = [] as string[],
      ...options
    }: Partial<SenderOptions> & {
      language?: string;
      vocabulary?: string[];
    } = {},
  ): Promise<OpenSpeechTrack> {
    const interims: (InterimText & { at: number })[] = [];
    const finals: (FinalText & { at: number })[] = [];
    const failures: SpeechError[] = [];
    const track = await this.speech.openTrack(
      { language, vocabulary },
      {
        interim: (text) => interims.push({ ...text, at: Date.now() }),
        final: (text) => finals.push({ ...text, at: Date.now() }),
        failed: (error) => failures.push(error),
      },
    );
    const sender = await RtpSender.open(recording, track.address, { ssrc: 2000, ...options });
    this.#test.onTestFinished(() => sender.close());
    return { track, sender, interims, finals, failures };
  }
}
