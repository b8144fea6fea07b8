import type { Onnx, OnnxSession, OnnxTensor } from './onnx.ts';

/** Samples of one decision: 32 ms at 16,000 per second. */
export const WINDOW = 512;
/** Samples before the window that the model gets with it. */
const CONTEXT = 64;
const STATE = [1, 1, 128] as const;
/** No speech is as quiet as this, so the model need not look. */
const SILENCE = 0.001;

/** The Silero model (version 6), which tells speech from other sounds. It is shared by all tracks. */
export class VoiceModel {
  readonly #onnx: Pick<Onnx, 'Tensor'>;
  readonly #session: OnnxSession;

  constructor(onnx: Pick<Onnx, 'Tensor'>, session: OnnxSession) {
    this.#onnx = onnx;
    this.#session = session;
  }

  detector(): VoiceDetector {
    return new VoiceDetector(this.#onnx, this.#session);
  }
}

/** Finds speech in the sound of one person. */
export class VoiceDetector {
  readonly #onnx: Pick<Onnx, 'Tensor'>;
  readonly #session: OnnxSession;
  readonly #input = new Float32Array(CONTEXT + WINDOW);
  #hidden: OnnxTensor;
  #cell: OnnxTensor;

  constructor(onnx: Pick<Onnx, 'Tensor'>, session: OnnxSession) {
    this.#onnx = onnx;
    this.#session = session;
    this.#hidden = this.#zeros();
    this.#cell = this.#zeros();
  }

  /** Returns how sure it is that the next window contains speech, from 0 to 1. */
  async probability(window: Float32Array): Promise<number> {
    this.#input.copyWithin(0, WINDOW);
    this.#input.set(window, CONTEXT);
    if (window.every((sample) => Math.abs(sample) < SILENCE)) return 0;
    const input = new this.#onnx.Tensor('float32', this.#input, [1, CONTEXT + WINDOW]);
    const output = await this.#session.run({ input, h: this.#hidden, c: this.#cell });
    const { speech_probs: speech, hn = this.#hidden, cn = this.#cell } = output;
    this.#hidden = hn;
    this.#cell = cn;
    return (speech?.data as Float32Array | undefined)?.[0] ?? 0;
  }

  #zeros(): OnnxTensor {
    return new this.#onnx.Tensor('float32', new Float32Array(128), STATE);
  }
}
