import { Transcription, type Transcript } from '@televisit/server/features/captions/transcription';
import { systemClock } from '@televisit/server/core/clock';
import { mediaCodecs } from '@televisit/server/media/media-worker';
import { RtpReceiver } from '@televisit/server/media/rtp-receiver';
import { RtpSender } from '@televisit/server/recording/testing/rtp-sender';
import { encodeRtp, type RtpRecording } from '@televisit/server/recording/testing/rtp-streams';
import { createLiveSpeech } from '@televisit/server/speech/speech-engines';
import type { LiveSpeech } from '@televisit/server/speech/live-speech';
import { createWorker } from 'mediasoup';
import type { Producer, Router } from 'mediasoup/types';
import pino from 'pino';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { localSettings, samplePath, speechAvailable } from '../support/fixtures/spoken-samples.ts';

const logger = pino({ level: 'silent' });
const patience = { timeout: 30_000 };

let spoken: RtpRecording;

/** A media worker with people whose microphones hear a reading, and the real engine. */
class Visit {
  readonly router: Router;
  readonly speech: LiveSpeech;
  readonly texts: Record<string, Transcript[]> = {};
  #lastSsrc = 100;
  readonly #producers = new Map<string, Producer>();

  private constructor(router: Router, speech: LiveSpeech) {
    this.router = router;
    this.speech = speech;
  }

  static async open(): Promise<Visit> {
    const worker = await createWorker({ logLevel: 'warn' });
    onTestFinished(() => worker.close());
    const speech = createLiveSpeech(localSettings(), { clock: systemClock, logger });
    if (!speech) throw new Error('There is no engine.');
    onTestFinished(() => speech.close());
    return new Visit(await worker.createRouter({ mediaCodecs: mediaCodecs(false) }), speech);
  }

  /** Publishes the microphone of a person. */
  async enter(userId: string): Promise<RtpSender> {
    const transport = await this.router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
      rtcpMux: true,
      comedia: true,
    });
    const ssrc = ++this.#lastSsrc;
    const { mimeType, clockRate, payloadType } = spoken.codec;
    const codec = { mimeType, clockRate, payloadType, channels: 2, rtcpFeedback: [] };
    const rtpParameters = { codecs: [codec], encodings: [{ ssrc }], rtcp: { cname: userId } };
    this.#producers.set(userId, await transport.produce({ kind: 'audio', rtpParameters }));
    const { localAddress: ip, localPort: port } = transport.tuple;
    const sender = await RtpSender.open(spoken, { ip, port }, { ssrc });
    onTestFinished(() => sender.close());
    return sender;
  }

  /** Transcribes a person who agreed. */
  caption(userId: string): Transcription {
    const texts = (this.texts[userId] = []) as Transcript[];
    let ids = 0;
    const transcription = Transcription.start({
      userId,
      language: 'en',
      vocabulary: [],
      speech: this.speech,
      openReceiver: (options) => {
        const receiver = new RtpReceiver(this.router, options, () => undefined);
        onTestFinished(() => receiver.close());
        for (const [owner, producer] of this.#producers) {
          // As the router of a session does.
          if (receiver.senders?.has(owner) !== true) continue;
          const stream = { producer, userId: owner, source: 'microphone' } as const;
          receiver.consume(stream).catch(() => undefined);
        }
        return Promise.resolve(receiver);
      },
      newId: () => `${userId}-${++ids}`,
      clock: systemClock,
      logger,
      onText: (text) => texts.push(text),
      onProblem: () => undefined,
    });
    onTestFinished(() => transcription.close({ discard: true }));
    return transcription;
  }

  finals(userId: string): string {
    const final = (this.texts[userId] ?? []).filter((text) => text.final);
    return final.map(({ text }) => text).join(' ');
  }
}

describe.runIf(speechAvailable('captions of packets'))(
  'the captions of packets that a media worker forwards',
  () => {
    beforeAll(async () => {
      spoken = await encodeRtp('opus', { seconds: 12, sound: samplePath('cities') });
    });

    it('are what two people say, each under their own name, with words before the end of a sentence', async () => {
      const visit = await Visit.open();
      const senders = [await visit.enter('doctor'), await visit.enter('patient')];
      for (const userId of ['doctor', 'patient']) visit.caption(userId);
      await expect.poll(() => Object.keys(visit.texts)).toHaveLength(2);
      await Promise.all(senders.map((sender) => sender.play()));
      for (const userId of ['doctor', 'patient']) {
        await expect.poll(() => visit.finals(userId), patience).toMatch(/of times.*age of wisdom/i);
        expect(visit.texts[userId]?.[0]?.final).toBe(false);
      }
    });

    it('end with the last word before a person withdraws in the middle of a sentence', async () => {
      const visit = await Visit.open();
      const sender = await visit.enter('patient');
      const transcription = visit.caption('patient');
      const playing = sender.play();
      await expect.poll(() => visit.finals('patient'), patience).toMatch(/best of times/i);
      transcription.close({ discard: true });
      // What was still unfinished on the screen has been taken back.
      const texts = [...(visit.texts.patient ?? [])];
      expect(texts.at(-1)?.final).toBe(true);
      await playing;
      // Whatever the engine still knew it would have said by now.
      await visit.speech.close();
      expect(visit.texts.patient).toEqual(texts);
    });
  },
);
