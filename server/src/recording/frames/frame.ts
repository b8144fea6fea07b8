/** A packet in its place: after it comes the next one of the sender, unless a gap is declared. */
export interface OrderedPacket {
  /** In ticks of the codec's clock, unwrapped. */
  readonly rtpTime: number;
  readonly marker: boolean;
  readonly payload: Buffer;
  /** Milliseconds since the Unix epoch. */
  readonly arrivedAt: number;
}

/** A frame as the encoder made it, in the form in which Matroska stores it. */
export interface EncodedFrame {
  readonly data: Buffer;
  /** In ticks of the codec's clock, unwrapped. */
  readonly rtpTime: number;
  readonly arrivedAt: number;
  readonly isKey: boolean;
  /** In milliseconds; 0 if the codec does not say. */
  readonly durationMs: number;
  /** Whether frames are missing before it. */
  readonly afterGap: boolean;
  /** In key frames of video. */
  readonly picture?: Picture;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** The decoder's configuration, for codecs that keep it outside of the frames. */
  readonly description?: Buffer;
}

/** Turns the packets of a stream into frames. */
export interface Depacketizer {
  /** Whether nothing can be decoded before the sender sends a key frame. */
  readonly needsKeyFrame: boolean;
  /** Returns the frames that a packet completes. */
  push(packet: OrderedPacket): EncodedFrame[];
  /** Declares that packets are missing before the next one. */
  handleGap(): void;
}
