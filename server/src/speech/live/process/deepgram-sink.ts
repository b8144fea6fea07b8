import { Backoff } from '../../../core/backoff.ts';
import { SpeechError } from '../../speech-error.ts';
import { DeepgramConnection } from './deepgram-connection.ts';
import { readDeepgramText } from './deepgram-messages.ts';
import type { SoundSink, TextListener } from './engine.ts';
import { toPcm } from './pcm.ts';
import { StreamTime } from './stream-time.ts';

/** The service closes a stream without sound or message for 10 s. */
const KEEP_ALIVE_MS = 4000;
const RECONNECT = new Backoff({ firstMs: 250, maxMs: 4000, jitter: 0.2 });
/** After so many lost connections without a text in between, the track fails. */
const MOST_FAILURES = 5;
/** Sound that waits for a connection, in samples; older sound is dropped. */
const MOST_WAITING = 10 * 16_000;
const SAMPLES_PER_MS = 16;

export interface DeepgramSinkOptions {
  readonly url: string;
  readonly apiKey: string | null;
  readonly listener: TextListener;
}

interface Sound {
  readonly samples: Float32Array;
  readonly at: number;
}

/** Sends the sound of one person to the service, and connects again if the connection is lost. */
export class DeepgramSink implements SoundSink {
  readonly #options: DeepgramSinkOptions;
  readonly #keepAlive: NodeJS.Timeout;
  #connection: DeepgramConnection | null = null;
  #isOpen = false;
  #retry: NodeJS.Timeout | null = null;
  #failures = 0;
  #waiting: Sound[] = [];
  #time = new StreamTime();
  #utterance = 1;
  #hasShown = false;
  #state: 'running' | 'finishing' | 'ended' = 'running';

  constructor(options: DeepgramSinkOptions) {
    this.#options = options;
    this.#keepAlive = setInterval(() => this.#connection?.keepAlive(), KEEP_ALIVE_MS);
    this.#connect();
  }

  push(samples: Float32Array, at: number): void {
    if (this.#state !== 'running') return;
    if (this.#isOpen) {
      this.#send({ samples, at });
      return;
    }
    this.#waiting.push({ samples, at });
    let waiting = this.#waiting.reduce((sum, sound) => sum + sound.samples.length, 0);
    while (waiting > MOST_WAITING) waiting -= this.#waiting.shift()?.samples.length ?? 0;
  }

  async finish(discard: boolean): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = discard ? 'ended' : 'finishing';
    this.#stopTimers();
    await this.#connection?.close(discard);
    this.#state = 'ended';
  }

  #connect(): void {
    const { url, apiKey } = this.#options;
    this.#retry = null;
    this.#time = new StreamTime();
    this.#connection = new DeepgramConnection({
      url,
      apiKey,
      onOpen: () => {
        this.#isOpen = true;
        for (const sound of this.#waiting.splice(0)) this.#send(sound);
      },
      onMessage: (message) => this.#receive(message),
      onLost: (error) => this.#reconnect(error),
    });
  }

  #send({ samples, at }: Sound): void {
    this.#time.add(samples.length / SAMPLES_PER_MS, at);
    try {
      const { buffer } = toPcm(samples);
      this.#connection?.send(new Uint8Array(buffer));
    } catch (error) {
      this.#fail(SpeechError.of(error));
    }
  }

  #receive(message: string): void {
    const result = readDeepgramText(message);
    if (!result || this.#state === 'ended') return;
    const { text, startMs, endMs, isFinal } = result;
    this.#failures = 0;
    // An empty text takes back what was shown.
    if (text === '' && !this.#hasShown) return;
    const { listener } = this.#options;
    if (!isFinal) {
      if (text === '') return;
      this.#hasShown = true;
      listener.interim(this.#utterance, text);
      return;
    }
    const [startedAt, endedAt] = [this.#time.wallTime(startMs), this.#time.wallTime(endMs)];
    listener.final(this.#utterance, text, Math.round(startedAt), Math.round(endedAt));
    this.#utterance += 1;
    this.#hasShown = false;
  }

  #reconnect(error: SpeechError): void {
    this.#isOpen = false;
    this.#connection = null;
    if (this.#state !== 'running') return;
    this.#failures += 1;
    if (error.code !== 'unavailable' || this.#failures > MOST_FAILURES) {
      this.#fail(error);
      return;
    }
    this.#retry = setTimeout(() => this.#connect(), RECONNECT.delay(this.#failures));
  }

  #fail(error: SpeechError): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#stopTimers();
    void this.#connection?.close(true);
    this.#options.listener.failed(error);
  }

  #stopTimers(): void {
    clearInterval(this.#keepAlive);
    if (this.#retry) clearTimeout(this.#retry);
  }
}
