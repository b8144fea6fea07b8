import type { TranscriptionQueue } from './transcription-queue.ts';
import { WINDOW_MS, Utterances, type Utterance } from './utterances.ts';
import { WINDOW, type VoiceDetector } from './voice-detector.ts';

/** Text of what is still being said comes so often, in windows, and less often the longer that is: it is all transcribed again. */
const INTERIM_WINDOWS = Math.round(1000 / WINDOW_MS);
const INTERIM_SHARE = 0.4;
/** With more windows waiting the process is late, and there is no time for text that changes. */
const LATE_WINDOWS = 10;

/** Gets the text of the speech of one person. Times are milliseconds since the Unix epoch. */
export interface TextListener<Failure = unknown> {
  /** Text of an utterance that is still being spoken; it may change. Utterances are counted from 1. */
  interim(utterance: number, text: string): void;
  /** Text that does not change. It is empty if what was taken for speech was none. */
  final(utterance: number, text: string, startedAt: number, endedAt: number): void;
  failed(error: Failure): void;
}

/** Takes the sound of one person. */
export interface SoundSink {
  /**
   * Takes samples, 16,000 per second.
   * @param at the time of the first one, in milliseconds since the Unix epoch
   */
  push(samples: Float32Array, at: number): void;
  /** Resolves when the text of what was said last has been delivered, or at once if it is discarded. Does not reject. */
  finish(discard: boolean): Promise<void>;
}

/** Transcribes samples. @returns null if the result is no longer wanted */
export type Recognize = (samples: Float32Array, isWanted: () => boolean) => Promise<string | null>;

export interface LocalSinkOptions {
  readonly detector: VoiceDetector;
  readonly queue: TranscriptionQueue;
  readonly recognize: Recognize;
  /** Whether it is fast enough for text of what is still being said. */
  readonly hasInterim: boolean;
  readonly listener: TextListener;
}

interface PendingWindow {
  readonly samples: Float32Array;
  readonly at: number;
}

/** Transcribes the speech of one person on this machine. */
export class LocalSink implements SoundSink {
  readonly #options: LocalSinkOptions;
  readonly #utterances = new Utterances((utterance) => this.#transcribe(utterance));
  readonly #texts = new Set<Promise<void>>();
  #buffer = new Float32Array(WINDOW);
  #buffered = 0;
  #bufferAt = 0;
  #pending: PendingWindow[] = [];
  #working: Promise<void> | null = null;
  #utterance = 1;
  /** Whether text of the utterance was delivered before it has ended. */
  #hasShown = false;
  #sinceInterim = 0;
  #isDiscarded = false;

  constructor(options: LocalSinkOptions) {
    this.#options = options;
  }

  push(samples: Float32Array, at: number): void {
    for (let start = 0; start < samples.length;) {
      if (this.#buffered === 0) this.#bufferAt = at + (start / WINDOW) * WINDOW_MS;
      const part = samples.subarray(start, start + WINDOW - this.#buffered);
      this.#buffer.set(part, this.#buffered);
      this.#buffered += part.length;
      start += part.length;
      if (this.#buffered < WINDOW) break;
      this.#pending.push({ samples: this.#buffer, at: this.#bufferAt });
      this.#buffer = new Float32Array(WINDOW);
      this.#buffered = 0;
    }
    void this.#work();
  }

  async finish(discard: boolean): Promise<void> {
    if (discard) {
      this.#isDiscarded = true;
      this.#pending = [];
      return;
    }
    await this.#work();
    this.#utterances.end();
    await Promise.all(this.#texts);
  }

  /** Works through the windows, one after the other. */
  #work(): Promise<void> {
    this.#working ??= this.#workThrough()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.#working = null));
    return this.#working;
  }

  async #workThrough(): Promise<void> {
    for (let window = this.#pending.shift(); window; window = this.#pending.shift()) {
      const probability = await this.#options.detector.probability(window.samples);
      if (this.#isDiscarded) return;
      this.#utterances.push(window.samples, probability, window.at);
      this.#showInterim();
    }
  }

  #showInterim(): void {
    const { hasInterim, queue, recognize, listener } = this.#options;
    this.#sinceInterim += 1;
    if (!hasInterim || this.#sinceInterim < INTERIM_WINDOWS) return;
    if (this.#pending.length > LATE_WINDOWS || queue.isBusy) return;
    const { spoken } = this.#utterances;
    // Half a word is mostly transcribed as another one.
    if (!spoken || spoken.samples.length < INTERIM_WINDOWS * WINDOW) return;
    if (this.#sinceInterim * WINDOW < spoken.samples.length * INTERIM_SHARE) return;
    this.#sinceInterim = 0;
    const utterance = this.#utterance;
    const isWanted = () => utterance === this.#utterance && !this.#isDiscarded && !queue.isWaiting;
    this.#follow(
      queue.add(0, async () => {
        const text = await recognize(spoken.samples, isWanted);
        if (!text || utterance !== this.#utterance || this.#isDiscarded) return;
        this.#hasShown = true;
        listener.interim(utterance, text);
      }),
    );
  }

  #transcribe({ samples, startedAt, endedAt }: Utterance): void {
    const { queue, recognize, listener } = this.#options;
    const utterance = this.#utterance;
    const hasShown = this.#hasShown;
    this.#utterance += 1;
    this.#hasShown = false;
    this.#sinceInterim = 0;
    this.#follow(
      queue.add(endedAt - startedAt, async () => {
        if (this.#isDiscarded) return;
        const text = (await recognize(samples, () => !this.#isDiscarded)) ?? '';
        if (text === '' && !hasShown) return;
        this.#deliver(() => listener.final(utterance, text, Math.round(startedAt), Math.round(endedAt)));
      }),
    );
  }

  /** The track may have ended while the model computed. */
  #deliver(report: () => void): void {
    if (!this.#isDiscarded) report();
  }

  #follow(text: Promise<void>): void {
    const followed = text
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#texts.delete(followed));
    this.#texts.add(followed);
  }

  #fail(error: unknown): void {
    if (this.#isDiscarded) return;
    this.#isDiscarded = true;
    this.#options.listener.failed(error);
  }
}
