import type { Onnx, OnnxSession, OnnxTensor, OnnxTensors } from './onnx.ts';

/** The shape of the tiny model. */
const LAYERS = 6;
const HEADS = 8;
const HEAD_SIZE = 36;
const START = 1;
const END = 2;
const SAMPLE_RATE = 16_000;
/** No person speaks faster; more tokens are a loop of the model. */
const TOKENS_PER_SECOND = 6.5;
const EXTRA_TOKENS = 4;
/** The model needs this much sound, in samples. */
const MIN_SAMPLES = 4000;
/** The model can repeat a text of up to so many tokens without end; so many repeated ones are no speech. */
const LOOP_TEXT = 10;
const LOOP_REPEATS = 3;
const LOOP_TOKENS = 12;

const CACHES = Array.from({ length: LAYERS }, (_, layer) =>
  ['decoder', 'encoder'].flatMap((side) =>
    ['key', 'value'].map((part) => ({ name: `${layer}.${side}.${part}`, isDecoder: side === 'decoder' })),
  ),
).flat();

/** The caches of the encoder's side stay as the first step made them, and need not be copied at each step. */
const FIRST_OUTPUTS = ['logits', ...CACHES.map(({ name }) => `present.${name}`)];
const LATER_OUTPUTS = [
  'logits',
  ...CACHES.filter(({ isDecoder }) => isDecoder).map(({ name }) => `present.${name}`),
];

/** The files of the model as they were loaded: `encoder_model.ort`, `decoder_model_merged.ort` and `tokenizer.bin`. */
export interface MoonshineFiles {
  readonly encoder: OnnxSession;
  readonly decoder: OnnxSession;
  readonly vocabulary: Uint8Array;
}

/** Moonshine tiny, which transcribes English speech of a few seconds. */
export class Moonshine {
  readonly #onnx: Pick<Onnx, 'Tensor'>;
  readonly #encoder: OnnxSession;
  readonly #decoder: OnnxSession;
  readonly #vocabulary: readonly Uint8Array[];

  constructor(onnx: Pick<Onnx, 'Tensor'>, { encoder, decoder, vocabulary }: MoonshineFiles) {
    this.#onnx = onnx;
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#vocabulary = readVocabulary(vocabulary);
  }

  /**
   * Transcribes samples, 16,000 per second.
   * @param isWanted is asked between tokens whether the result is still wanted @returns null if it is not
   */
  async decode(samples: Float32Array, isWanted: () => boolean = () => true): Promise<string | null> {
    const sound = await this.#encode(padded(samples));
    const limit = Math.ceil((samples.length / SAMPLE_RATE) * TOKENS_PER_SECOND) + EXTRA_TOKENS;
    const tokens: number[] = [];
    let caches = this.#emptyCaches();
    let input = START;
    while (tokens.length < limit) {
      if (!isWanted()) return null;
      const isFirst = tokens.length === 0;
      const feeds = {
        ...sound,
        ...caches,
        input_ids: new this.#onnx.Tensor('int64', BigInt64Array.of(BigInt(input)), [1, 1]),
        use_cache_branch: new this.#onnx.Tensor('bool', Uint8Array.of(isFirst ? 0 : 1), [1]),
      };
      const output = await this.#decoder.run(feeds, isFirst ? FIRST_OUTPUTS : LATER_OUTPUTS);
      input = mostLikely(output.logits);
      if (input === END) break;
      tokens.push(input);
      if (endLoop(tokens)) break;
      caches = nextCaches(caches, output);
    }
    return this.#textOf(tokens);
  }

  async #encode(samples: Float32Array): Promise<OnnxTensors> {
    const mask = this.#ones(samples.length);
    const input = new this.#onnx.Tensor('float32', samples, [1, samples.length]);
    const output = await this.#encoder.run({ input_values: input, attention_mask: mask });
    const { last_hidden_state: hidden } = output;
    if (!hidden) throw new Error('the encoder of Moonshine returned nothing');
    return { encoder_hidden_states: hidden, encoder_attention_mask: this.#ones(hidden.dims[1] ?? 0) };
  }

  #emptyCaches(): OnnxTensors {
    const empty = new this.#onnx.Tensor('float32', new Float32Array(0), [0, HEADS, 1, HEAD_SIZE]);
    return Object.fromEntries(CACHES.map(({ name }) => [`past_key_values.${name}`, empty]));
  }

  #ones(length: number): OnnxTensor {
    return new this.#onnx.Tensor('int64', new BigInt64Array(length).fill(1n), [1, length]);
  }

  #textOf(tokens: readonly number[]): string {
    const bytes = tokens.flatMap((token) => [...(this.#vocabulary[token] ?? [])]);
    return new TextDecoder().decode(Uint8Array.from(bytes)).replaceAll('▁', ' ').trim();
  }
}

/** Returns the caches for the next step: those that this one returned, and the others as they were. */
function nextCaches(caches: OnnxTensors, output: OnnxTensors): OnnxTensors {
  const next: OnnxTensors = { ...caches };
  for (const { name } of CACHES) {
    const present = output[`present.${name}`];
    if (present) next[`past_key_values.${name}`] = present;
  }
  return next;
}

/** Returns the most likely token of one step. */
function mostLikely(logits: OnnxTensor | undefined): number {
  const likelihoods = logits?.data as Float32Array;
  let best = 0;
  for (let token = 1; token < likelihoods.length; token++) {
    if ((likelihoods[token] ?? -Infinity) > (likelihoods[best] ?? -Infinity)) best = token;
  }
  return best;
}

/** Returns whether the tokens end with a text that is repeated again and again, and removes the repetitions. */
export function endLoop(tokens: number[]): boolean {
  for (let period = 1; period <= LOOP_TEXT; period++) {
    const length = period * Math.max(LOOP_REPEATS, Math.ceil(LOOP_TOKENS / period));
    const end = tokens.slice(-length);
    if (end.length === length && end.every((token, index) => token === end[index % period])) {
      tokens.splice(tokens.length - length + period);
      return true;
    }
  }
  return false;
}

function padded(samples: Float32Array): Float32Array {
  if (samples.length >= MIN_SAMPLES) return samples;
  const result = new Float32Array(MIN_SAMPLES);
  result.set(samples);
  return result;
}

/** The file is a list of byte strings: lengths of one byte, or of two if the first has its highest bit set. */
export function readVocabulary(data: Uint8Array): Uint8Array[] {
  const words: Uint8Array[] = [];
  for (let position = 0; position < data.length;) {
    let length = data[position++] ?? 0;
    if (length >= 128) length = (data[position++] ?? 0) * 128 + length - 128;
    words.push(data.subarray(position, position + length));
    position += length;
  }
  return words;
}
