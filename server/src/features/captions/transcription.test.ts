import fc from 'fast-check';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/testing/manual-clock.ts';
import type { LiveSpeech, LiveSpeechListener, LiveTrack } from '../../speech/live-speech.ts';
import { SpeechError } from '../../speech/speech-error.ts';
import { Transcription, type Transcript, type TranscriptionOptions } from './transcription.ts';

type ReceiverOptions = Parameters<TranscriptionOptions['openReceiver']>[0];
type Stream = Parameters<ReceiverOptions['listener']['streamStarted']>[0];

const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** A track of the engine; `isOpen` until it is closed. */
class Track implements LiveTrack {
  readonly address = { ip: '127.0.0.1', port: 9 };
  readonly listener: LiveSpeechListener;
  isOpen = true;
  discarded: boolean | null = null;

  constructor(listener: LiveSpeechListener) {
    this.listener = listener;
  }

  start(): void {
    // There are no packets.
  }

  close({ discard = false } = {}): Promise<void> {
    this.isOpen = false;
    this.discarded ??= discard;
    return Promise.resolve();
  }
}

/** An engine and a router, each of whose answers comes when the test wants it. */
class World {
  readonly clock = new ManualClock();
  readonly tracks: Track[] = [];
  readonly texts: Transcript[] = [];
  readonly receivers: { options: ReceiverOptions; closed: boolean; close(): void }[] = [];
  readonly pending: (() => void)[] = [];
  refusal: SpeechError | null = null;
  problems = 0;
  #producers = 0;

  start(language = 'en'): Transcription {
    let ids = 0;
    return Transcription.start({
      userId: 'patient',
      language,
      vocabulary: [],
      speech: this.#speech(),
      openReceiver: (options) => this.#openReceiver(options),
      newId: () => `id${++ids}`,
      clock: this.clock,
      logger: pino({ level: 'silent' }),
      onText: (text) => this.texts.push(text),
      onProblem: () => this.problems++,
    });
  }

  /** Lets everything happen that was asked for so far. */
  async settle(): Promise<void> {
    await turns();
    for (let next = this.pending.shift(); next; next = this.pending.shift()) {
      next();
      await turns();
    }
  }

  /** A microphone appears on the router. */
  publish(): void {
    const receiver = this.receivers.findLast(({ closed }) => !closed);
    if (receiver?.options.delivery.kind !== 'udp') return;
    const producerId = `p${++this.#producers}`;
    const { delivery, listener } = receiver.options;
    const info = { producerId, userId: 'patient', source: 'microphone', kind: 'audio' } as const;
    Promise.resolve(delivery.destinationOf(info)).then(
      () => {
        const stream = { ...info, closed: false, close: () => undefined, resume: () => Promise.resolve() };
        const codec = { mimeType: 'audio/opus', clockRate: 48000, payloadType: 100 };
        const rtpParameters = { codecs: [codec], encodings: [{ ssrc: 1 }] };
        if (!receiver.closed) listener.streamStarted({ ...stream, rtpParameters } as unknown as Stream);
      },
      () => undefined,
    );
  }

  #speech(): LiveSpeech {
    return {
      supports: (language) => language === 'en',
      openTrack: (_, listener) =>
        new Promise((resolve, reject) => {
          this.pending.push(() => {
            if (this.refusal) {
              reject(this.refusal);
              return;
            }
            const track = new Track(listener);
            this.tracks.push(track);
            resolve(track);
          });
        }),
      close: () => Promise.resolve(),
    };
  }

  #openReceiver(options: ReceiverOptions) {
    return new Promise<never>((resolve) => {
      this.pending.push(() => {
        const receiver = {
          options,
          closed: false,
          close: () => {
            if (receiver.closed) return;
            receiver.closed = true;
            options.listener.closed('requested');
          },
        };
        this.receivers.push(receiver);
        resolve(receiver as never);
      });
    });
  }
}

async function speaking() {
  const world = new World();
  const transcription = world.start();
  await world.settle();
  world.publish();
  await world.settle();
  const track = world.tracks[0]!;
  return { world, transcription, track };
}

describe('Transcription', () => {
  it('receives the microphone of its person only', async () => {
    const { world } = await speaking();
    expect(world.receivers[0]?.options).toMatchObject({ sources: ['microphone'], senders: ['patient'] });
  });

  it('reports texts under a name that stays the same until they are final', async () => {
    const { world, track } = await speaking();
    track.listener.interim({ utterance: 1, text: 'Take' });
    track.listener.interim({ utterance: 1, text: 'Take two' });
    track.listener.final({ utterance: 1, text: 'Take two.', startedAt: 5, endedAt: 9 });
    track.listener.interim({ utterance: 2, text: 'Then' });
    const names = world.texts.map(({ utterance }) => utterance);
    expect(names[0]).toBe(names[2]);
    expect(names[3]).not.toBe(names[0]);
    expect(world.texts[2]).toMatchObject({ text: 'Take two.', final: true, startedAt: 5 });
  });

  it('takes back what is not final and reports nothing more once it is closed with discard', async () => {
    const { world, transcription, track } = await speaking();
    track.listener.interim({ utterance: 1, text: 'My secret' });
    transcription.close({ discard: true });
    expect(track.discarded).toBe(true);
    expect(world.texts.at(-1)).toMatchObject({ text: '', final: true, utterance: world.texts[0]?.utterance });
    const count = world.texts.length;
    track.listener.final({ utterance: 1, text: 'My secret is out', startedAt: 1, endedAt: 2 });
    expect(world.texts).toHaveLength(count);
  });

  it('still reports the last words once it is closed without discard', async () => {
    const { world, transcription, track } = await speaking();
    transcription.close({ discard: false });
    track.listener.final({ utterance: 1, text: 'Goodbye', startedAt: 1, endedAt: 2 });
    expect(world.texts.at(-1)).toMatchObject({ text: 'Goodbye' });
    expect(track.discarded).toBe(false);
  });

  it('opens a new receiver at once when the router closes, and later when that keeps failing', async () => {
    const { world, track } = await speaking();
    world.receivers[0]!.close();
    expect(track.isOpen).toBe(false);
    world.clock.advance(0);
    await world.settle();
    expect(world.receivers).toHaveLength(2);
    world.receivers[1]!.close();
    world.clock.advance(999);
    await world.settle();
    expect(world.receivers).toHaveLength(2);
    world.clock.advance(1);
    await world.settle();
    world.publish();
    await world.settle();
    expect(world.tracks.filter(({ isOpen }) => isOpen)).toHaveLength(1);
  });

  it('has a problem while the engine is busy, and none once it has room', async () => {
    const world = new World();
    world.refusal = new SpeechError('busy');
    const transcription = world.start();
    await world.settle();
    world.publish();
    await world.settle();
    expect(transcription.problem).toBe('busy');
    world.refusal = null;
    world.clock.advance(30_000);
    await world.settle();
    world.publish();
    await world.settle();
    expect(transcription.problem).toBeNull();
    expect(world.problems).toBe(2);
  });

  it('asks for nothing if the engine does not know the language', async () => {
    const world = new World();
    expect(world.start('de').problem).toBe('language');
    await world.settle();
    expect(world.receivers).toEqual([]);
  });

  it('leaves no track open and reports no text after it was closed, whatever happened before and after', async () => {
    const step = fc.constantFrom('publish', 'answer', 'fail', 'router', 'later', 'say', 'refuse', 'allow');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(25), async (steps, closeAt) => {
        const world = new World();
        const transcription = world.start();
        let texts: number | null = null;
        const doStep = async (kind: (typeof steps)[number]) => {
          const track = world.tracks.at(-1);
          if (kind === 'publish') world.publish();
          else if (kind === 'answer') world.pending.shift()?.();
          else if (kind === 'fail') track?.listener.failed(new SpeechError('unavailable'));
          else if (kind === 'router') world.receivers.at(-1)?.close();
          else if (kind === 'later') world.clock.advance(31_000);
          else if (kind === 'say') track?.listener.interim({ utterance: 1, text: 'x' });
          else world.refusal = kind === 'refuse' ? new SpeechError('busy') : null;
          await turns();
          // There is never more than one receiver, so that nobody is transcribed twice.
          expect(world.receivers.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(1);
        };
        for (const [index, kind] of [...steps, 'answer' as const].entries()) {
          if (index === Math.min(closeAt, steps.length)) {
            transcription.close({ discard: true });
            texts = world.texts.length;
          }
          await doStep(kind);
        }
        await world.settle();
        world.clock.advance(120_000);
        await world.settle();
        expect(world.tracks.filter(({ isOpen }) => isOpen)).toEqual([]);
        expect(world.receivers.filter(({ closed }) => !closed)).toEqual([]);
        expect(world.texts).toHaveLength(texts ?? -1);
      }),
      { numRuns: 200 },
    );
  });
});
