/** Below this many decibels (full scale) a voice is not heard; the meter then shows nothing. */
const FLOOR_DB = -60;

/** Root mean square of samples in -1..1 as a meter position in 0..1, linear in decibels as the ear is. */
export function meterPosition(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / samples.length);
  if (rms === 0) return 0;
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(rms)) / FLOOR_DB));
}

/** Measures how loud a microphone is. Nothing is played and nothing is sent. A context that was handed in stays open. */
export class MicrophoneLevel {
  readonly #context: AudioContext;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;
  readonly #ownsContext: boolean;
  #closed = false;

  constructor(track: MediaStreamTrack, shared?: AudioContext) {
    const context = shared ?? new AudioContext();
    this.#ownsContext = shared === undefined;
    this.#context = context;
    this.#source = context.createMediaStreamSource(new MediaStream([track]));
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#source.connect(this.#analyser);
  }

  /** The level now, 0 to 1. Browsers start the measuring at the person's first touch of the page. */
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
