/// <reference types="vite/client" />
import { sourceOf } from '../../devices/microphone-level.ts';
import workletUrl from './microphone-worklet.ts?worker&url';

/** Gets samples of one channel. @param rate how many there are in a second */
export type SoundListener = (samples: Float32Array<ArrayBuffer>, rate: number) => void;

/** Delivers the samples of a microphone, without playing or sending them. */
export class MicrophoneSound {
  readonly #context: AudioContext;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #onSound: SoundListener;
  #isClosed = false;

  /**
   * @param onFailure called if the browser refuses
   * @throws {DOMException} `NotSupportedError` if the browser can't connect this microphone
   */
  constructor(track: MediaStreamTrack, onSound: SoundListener, onFailure: () => void) {
    const { context, source } = sourceOf(track);
    this.#context = context;
    this.#source = source;
    this.#onSound = onSound;
    this.#connect().catch(() => {
      if (!this.#isClosed) onFailure();
    });
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#source.disconnect();
    this.#context.close().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const context = this.#context;
    await context.audioWorklet.addModule(workletUrl);
    if (this.#isClosed) return;
    const node = new AudioWorkletNode(context, 'televisit-microphone', {
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    node.port.onmessage = ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => {
      if (!this.#isClosed) this.#onSound(data, context.sampleRate);
    };
    this.#source.connect(node);
    // Its output is silent; browsers run only what leads to the loudspeaker.
    node.connect(context.destination);
    if (context.state === 'suspended') await context.resume();
  }
}
