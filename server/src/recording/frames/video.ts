import type { Depacketizer, EncodedFrame, OrderedPacket, Picture } from './frame.ts';

/** A frame that is complete. */
export interface Unit {
  readonly data: Buffer;
  readonly isKey: boolean;
  /** In key frames. */
  readonly picture?: Picture;
}

/** How a codec is split into payloads. Keeps the pieces of one frame. */
export interface PayloadFormat {
  /** Takes the next payload of the frame. Returns false if it is malformed, or if the start of the frame is missing. */
  add(payload: Buffer): boolean;
  /** Returns the frame of the pieces and forgets them; null if they are no frame that can be decoded. */
  take(): Unit | null;
  /** Forgets the pieces. */
  reset(): void;
}

/** Video of any codec: after a missing packet it drops frames up to the next key frame, as they refer to what is missing. */
export class VideoDepacketizer implements Depacketizer {
  readonly #format: PayloadFormat;
  #open: { readonly rtpTime: number; readonly arrivedAt: number } | null = null;
  #needsKeyFrame = true;
  #afterGap = false;

  constructor(format: PayloadFormat) {
    this.#format = format;
  }

  get needsKeyFrame(): boolean {
    return this.#needsKeyFrame;
  }

  push({ payload, marker, rtpTime, arrivedAt }: OrderedPacket): EncodedFrame[] {
    // Packets that only probe the bandwidth.
    if (payload.length === 0) return [];
    const frames: EncodedFrame[] = [];
    // Some senders set no marker at the end of a frame.
    if (this.#open && this.#open.rtpTime !== rtpTime) frames.push(...this.#complete());
    if (!this.#format.add(payload)) {
      this.handleGap();
      return frames;
    }
    this.#open ??= { rtpTime, arrivedAt };
    if (marker) frames.push(...this.#complete());
    return frames;
  }

  handleGap(): void {
    this.#format.reset();
    this.#open = null;
    this.#needsKeyFrame = true;
    this.#afterGap = true;
  }

  #complete(): EncodedFrame[] {
    const unit = this.#format.take();
    const { rtpTime, arrivedAt } = this.#open ?? { rtpTime: 0, arrivedAt: 0 };
    this.#open = null;
    if (!unit) {
      this.handleGap();
      return [];
    }
    if (this.#needsKeyFrame && !unit.isKey) return [];
    const afterGap = this.#afterGap;
    this.#needsKeyFrame = false;
    this.#afterGap = false;
    return [{ ...unit, rtpTime, arrivedAt, durationMs: 0, afterGap }];
  }
}
