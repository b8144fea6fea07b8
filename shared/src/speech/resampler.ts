/** What engines take, in samples per second. */
export const SPEECH_RATE = 16_000;
/** Half the length of the filter, in samples of the slower of the two rates. */
const REACH = 16;

/** Converts sound of one rate to the rate of engines, without the frequencies that the latter cannot hold. */
export class Resampler {
  readonly #from: number;
  /** The length of the input that one sample of the output stands for, in samples. */
  readonly #step: number;
  /** Half the length of the filter, in samples of the input. */
  readonly #reach: number;
  /** The filter for each distance between a sample of the output and the one of the input before it, as far as it was needed. */
  readonly #filters = new Map<number, Float32Array>();
  /** The end of the input, as far as it is still needed. */
  #input: Float32Array;
  /** How many samples of the output there were. */
  #produced = 0;
  /** The position of the first sample of `#input` in the whole input. */
  #start: number;

  /** @param from the rate of the input, in samples per second */
  constructor(from: number) {
    this.#from = from;
    this.#step = from / SPEECH_RATE;
    this.#reach = Math.ceil(REACH * Math.max(1, this.#step));
    // There is silence before the first sample.
    this.#input = new Float32Array(this.#reach);
    this.#start = -this.#reach;
  }

  /** Returns the next samples of the output; they are late by the reach of the filter, about a millisecond. */
  push(samples: Float32Array): Float32Array {
    if (this.#from === SPEECH_RATE) return samples;
    const input = new Float32Array(this.#input.length + samples.length);
    input.set(this.#input);
    input.set(samples, this.#input.length);
    const output: number[] = [];
    for (;;) {
      const position = this.#produced * this.#step;
      const first = Math.floor(position) - this.#reach + 1 - this.#start;
      if (first + 2 * this.#reach > input.length) break;
      output.push(this.#sampleAt(input, first, this.#produced));
      this.#produced += 1;
    }
    const needed = Math.floor(this.#produced * this.#step) - this.#reach + 1;
    const kept = Math.max(0, needed - this.#start);
    this.#input = input.slice(kept);
    this.#start += kept;
    return Float32Array.from(output);
  }

  #sampleAt(input: Float32Array, first: number, index: number): number {
    const filter = this.#filterOf((index * this.#from) % SPEECH_RATE);
    let sum = 0;
    for (let tap = 0; tap < filter.length; tap++) sum += (input[first + tap] ?? 0) * (filter[tap] ?? 0);
    return sum;
  }

  /** Returns a windowed sinc (Hann). @param phase the distance, in parts of a sample of the input */
  #filterOf(phase: number): Float32Array {
    const known = this.#filters.get(phase);
    if (known) return known;
    const cutoff = Math.min(1, 1 / this.#step);
    const filter = new Float32Array(2 * this.#reach);
    for (let tap = 0; tap < filter.length; tap++) {
      const distance = tap - this.#reach + 1 - phase / SPEECH_RATE;
      const angle = Math.PI * cutoff * distance;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / this.#reach);
      filter[tap] = cutoff * sinc * Math.max(0, window);
    }
    this.#filters.set(phase, filter);
    return filter;
  }
}
