import { sleep, type Clock } from '../../core/clock.ts';
import { SpeechError } from '../speech-error.ts';
import type { HttpEngine } from '../speech-settings.ts';
import type { SpeechSegment, SpeechToText, TranscribeOptions, Transcription } from '../speech-to-text.ts';
import { wavOf, WavFile } from '../wav-file.ts';
import { soundPieces, type SoundPiece } from './sound-pieces.ts';
import { readVerboseJson, type VerboseTranscript } from './verbose-json.ts';

const PATH = '/v1/audio/transcriptions';
/** A service without a graphics card takes minutes for a piece. `fetch` itself gives up after five. */
const ANSWER_MS = 290_000;
/** How often a piece is sent if the service has too much to do, and how long it may ask to wait, in seconds. */
const ATTEMPTS = 4;
const LONGEST_WAIT_S = 60;
const DEFAULT_WAIT_S = 2;
/** Whisper takes the last 224 tokens of the prompt. */
const PROMPT_LENGTH = 800;

export interface HttpSpeechOptions {
  readonly clock: Clock;
  /** The longest piece that is sent, in samples. Default: ten minutes. */
  readonly longestPiece?: number;
}

/** Lets a service with the API of OpenAI transcribe. */
export class HttpSpeechToText implements SpeechToText {
  readonly #settings: HttpEngine;
  readonly #options: HttpSpeechOptions;
  readonly #closing = new AbortController();

  constructor(settings: HttpEngine, options: HttpSpeechOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  async transcribe(wavFile: string, options: TranscribeOptions): Promise<Transcription> {
    const file = await WavFile.open(wavFile);
    const segments: SpeechSegment[] = [];
    let language = options.language ?? null;
    try {
      for await (const piece of soundPieces(file, this.#options.longestPiece)) {
        const transcript = await this.#transcribePiece(piece, options);
        segments.push(...transcript.segments);
        language ??= transcript.language;
        options.onProgress?.((piece.endMs * 16) / file.length);
      }
    } finally {
      await file.close();
    }
    return { language: language ?? 'und', engine: this.#settings.model, segments };
  }

  /** Ends the requests. Idempotent. */
  close(): Promise<void> {
    this.#closing.abort();
    return Promise.resolve();
  }

  async #transcribePiece(piece: SoundPiece, options: TranscribeOptions): Promise<VerboseTranscript> {
    const wav = new Blob([wavOf(piece.samples)], { type: 'audio/wav' });
    for (let attempt = 1; ; attempt++) {
      const response = await this.#send(this.#form(wav, options), options.signal);
      if (response.ok) {
        const transcript = readVerboseJson(await readJson(response), piece);
        if (!transcript) throw new SpeechError('unavailable', 'the service answered something else');
        return transcript;
      }
      await response.body?.cancel();
      const waitS = retryAfter(response);
      const isBusy = response.status === 429 || response.status === 503;
      if (!isBusy || attempt === ATTEMPTS || waitS > LONGEST_WAIT_S) throw errorOf(response.status);
      await this.#wait(waitS * 1000, options.signal);
    }
  }

  async #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const aborted = Promise.withResolvers<null>();
    const signals = [this.#closing.signal, ...(signal ? [signal] : [])];
    AbortSignal.any(signals).addEventListener('abort', () => aborted.resolve(null), { once: true });
    // The next request fails if it was aborted.
    await Promise.race([sleep(this.#options.clock, ms), aborted.promise]);
  }

  #form(wav: Blob, { language, vocabulary = [] }: TranscribeOptions): FormData {
    const form = new FormData();
    form.set('file', wav, 'speech.wav');
    form.set('model', this.#settings.model);
    form.set('response_format', 'verbose_json');
    form.append('timestamp_granularities[]', 'word');
    form.append('timestamp_granularities[]', 'segment');
    // The API takes ISO 639-1.
    if (language !== undefined) form.set('language', language.split('-')[0] ?? language);
    if (vocabulary.length > 0) form.set('prompt', vocabulary.join(', ').slice(0, PROMPT_LENGTH));
    return form;
  }

  async #send(body: FormData, signal: AbortSignal | undefined): Promise<Response> {
    const { url, apiKey } = this.#settings;
    const timeout = new AbortController();
    const cancel = this.#options.clock.after(ANSWER_MS, () => timeout.abort());
    const signals = [this.#closing.signal, timeout.signal, ...(signal ? [signal] : [])];
    try {
      return await fetch(url + PATH, {
        method: 'POST',
        body,
        headers: apiKey === null ? {} : { Authorization: `Bearer ${apiKey}` },
        // The speech and the key are for this address only.
        redirect: 'manual',
        signal: AbortSignal.any(signals),
      });
    } catch (error) {
      if (this.#closing.signal.aborted || signal?.aborted) {
        throw new SpeechError('closed', 'the transcription was aborted', { cause: error });
      }
      const problem = timeout.signal.aborted ? 'does not answer' : 'can’t be reached';
      throw new SpeechError('unavailable', `the service ${problem}`, { cause: error });
    } finally {
      cancel();
    }
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw new SpeechError('unavailable', 'the service answered no JSON', { cause: error });
  }
}

/** Returns how long to wait, in seconds (RFC 9110, 10.2.3). */
function retryAfter(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? DEFAULT_WAIT_S);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : DEFAULT_WAIT_S;
}

function errorOf(status: number): SpeechError {
  const message = `the service answered ${status}`;
  if (status === 400 || status === 413 || status === 415 || status === 422) {
    return new SpeechError('unsupported', message);
  }
  return new SpeechError(status >= 300 && status < 500 ? 'refused' : 'unavailable', message);
}
