/** A jump of the sound's times against the stream's, in milliseconds. */
const JUMP_MS = 50;
const MOST_ANCHORS = 200;

/** Knows when each moment of a stream was spoken, as long pauses are not in the stream. */
export class StreamTime {
  #anchors: { readonly streamMs: number; readonly at: number }[] = [];
  #streamMs = 0;

  /** Adds sound to the stream. @param at when its first sample was spoken, in milliseconds since the Unix epoch */
  add(durationMs: number, at: number): void {
    if (Math.abs(at - this.wallTime(this.#streamMs)) > JUMP_MS) {
      this.#anchors = [...this.#anchors, { streamMs: this.#streamMs, at }].slice(-MOST_ANCHORS);
    }
    this.#streamMs += durationMs;
  }

  /** Returns when a moment of the stream was spoken, in milliseconds since the Unix epoch; 0 before the first sound. */
  wallTime(streamMs: number): number {
    const anchor = this.#anchors.findLast((one) => one.streamMs <= streamMs) ?? this.#anchors[0];
    return anchor ? anchor.at + streamMs - anchor.streamMs : 0;
  }
}
