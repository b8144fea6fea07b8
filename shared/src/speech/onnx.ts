/** The part of ONNX Runtime that is used here: onnxruntime-node on servers, onnxruntime-web in browsers. */
export interface Onnx {
  readonly Tensor: new (
    type: 'float32' | 'int64' | 'bool',
    data: Float32Array | BigInt64Array | Uint8Array,
    dims: readonly number[],
  ) => OnnxTensor;
  readonly InferenceSession: {
    /** @param model the name of its file, or its content */
    create(model: string | Uint8Array, options: object): Promise<OnnxSession>;
  };
}

export interface OnnxTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

export type OnnxTensors = Record<string, OnnxTensor>;

export interface OnnxSession {
  /** Computes in this thread, after what waits in the event loop. @param fetches the outputs to return */
  run(feeds: OnnxTensors, fetches?: readonly string[]): Promise<OnnxTensors>;
}

/** One thread: the other cores are for the calls. */
export const ONE_THREAD = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' };
