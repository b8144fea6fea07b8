/** Runs beside the sound of the browser: passes the samples of a microphone on, in larger pieces. */

/** The scope of worklets, which TypeScript's DOM does not have (Web Audio API, 1.32). */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** Samples of one piece: less than a tenth of a second. */
const PIECE = 4096;

class Microphone extends AudioWorkletProcessor {
  #samples = new Float32Array(PIECE);
  #filled = 0;

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    const [channel] = input ?? [];
    if (!channel) return true;
    // A browser's block of samples divides a piece.
    this.#samples.set(channel, this.#filled);
    this.#filled += channel.length;
    if (this.#filled + channel.length > PIECE) {
      const samples = this.#samples.subarray(0, this.#filled);
      this.port.postMessage(samples.slice());
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor('televisit-microphone', Microphone);
