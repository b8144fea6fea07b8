/** Level at which the meter shows nothing, in decibels relative to full scale: a voice below it is inaudible. */
const FLOOR_DB = -60;

/** Converts samples in -1..1 to a meter position in 0..1: their root mean square, linear in decibels as hearing is. */
export function meterPosition(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / samples.length);
  if (rms === 0) return 0;
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(rms)) / FLOOR_DB));
}

/** Measures the level of a microphone, without playing or sending it. A shared context stays open. */
export class MicrophoneLevel {
  readonly #context: AudioContext;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;
  readonly #ownsContext: boolean;
  #closed = false;

  /** @throws {DOMException} `NotSupportedError` if the browser can't measure this microphone */
  constructor(track: MediaStreamTrack, shared?: AudioContext) {
    const { context, source } = sourceOf(track, shared);
    this.#ownsContext = context !== shared;
    this.#context = context;
    this.#source = source;
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#source.connect(this.#analyser);
  }

  /** Returns the current level, 0 to 1. Browsers start measuring at the first interaction with the page. */
  read(): number {
    if (this.#closed) return 0;
    if (this.#context.state === 'suspended') void this.#context.resume().catch(() => undefined);
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return meterPosition(this.#samples);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#source.disconnect();
    if (this.#ownsContext) void this.#context.close().catch(() => undefined);
  }
}

/**
 * Connects a microphone to a context, the shared one if possible: Firefox does so only if both have the same sample rate.
 * @throws {DOMException} `NotSupportedError` if the browser can't
 */
export function sourceOf(track: MediaStreamTrack, shared?: AudioContext) {
  const stream = new MediaStream([track]);
  if (shared) {
    try {
      return { context: shared, source: shared.createMediaStreamSource(stream) };
    } catch {
      // Its own context may have the right rate.
    }
  }
  const { sampleRate } = track.getSettings();
  const context = new AudioContext(sampleRate === undefined ? {} : { sampleRate });
  try {
    return { context, source: context.createMediaStreamSource(stream) };
  } catch (error) {
    void context.close().catch(() => undefined);
    throw error;
  }
}
