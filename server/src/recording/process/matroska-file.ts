import { EncodedPacket, MkvOutputFormat, Output, StreamTarget } from 'mediabunny';
import type { EncodedFrame } from '../frames/frame.ts';
import type { AddPacket, CodecSupport } from './codecs.ts';

/** Clusters begin with key frames, of which video has few, so most are longer; in seconds. */
const MIN_CLUSTER_S = 1;

interface Muxing {
  readonly output: Output;
  readonly started: Promise<void>;
  readonly addPacket: AddPacket;
}

export interface MatroskaOptions {
  readonly support: Pick<CodecSupport, 'addTrack'>;
  /** Gets the bytes of the file in order. */
  readonly onBytes: (data: Uint8Array) => void;
  readonly onError: (error: unknown) => void;
}

/** Puts the frames of one stream into the structure of a Matroska file, which is only ever appended to. */
export class MatroskaFile {
  readonly #options: MatroskaOptions;
  #muxing: Muxing | null = null;

  constructor(options: MatroskaOptions) {
    this.#options = options;
  }

  /** Adds a frame. @param time in the file, in milliseconds */
  add(frame: EncodedFrame, time: number): void {
    // The description of the track needs the first key frame.
    this.#muxing ??= this.#begin(frame);
    const { started, addPacket } = this.#muxing;
    const type = frame.isKey ? 'key' : 'delta';
    const packet = new EncodedPacket(frame.data, type, time / 1000, frame.durationMs / 1000);
    started.then(() => addPacket(packet)).catch(this.#options.onError);
  }

  /** Resolves when the end of the file has been passed on. Without a frame there is none. */
  async finish(): Promise<void> {
    if (!this.#muxing) return;
    try {
      const { output, started } = this.#muxing;
      await started;
      await output.finalize();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #begin(first: EncodedFrame): Muxing {
    const { onBytes, support } = this.#options;
    const output = new Output({
      format: new MkvOutputFormat({ appendOnly: true, minimumClusterDuration: MIN_CLUSTER_S }),
      target: new StreamTarget(
        new WritableStream<{ data: Uint8Array }>({ write: ({ data }) => onBytes(data) }),
      ),
    });
    const addPacket = support.addTrack(output, first);
    return { output, addPacket, started: output.start() };
  }
}
