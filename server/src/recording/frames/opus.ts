import type { Depacketizer, EncodedFrame, OrderedPacket } from './frame.ts';

/** The longest packet, in milliseconds (RFC 6716, 3.2.5). */
const MAX_PACKET_MS = 120;
/** Durations of a frame in milliseconds by the configuration in the first byte (RFC 6716, 3.1). */
const SILK_MS = [10, 20, 40, 60];
const HYBRID_MS = [10, 20];
const CELT_MS = [2.5, 5, 10, 20];

/** Opus (RFC 7587): a packet is a frame, and each can be decoded. */
export class OpusDepacketizer implements Depacketizer {
  readonly needsKeyFrame = false;
  #afterGap = false;

  push({ payload, rtpTime, arrivedAt }: OrderedPacket): EncodedFrame[] {
    const durationMs = opusDuration(payload);
    if (durationMs === null) return [];
    const afterGap = this.#afterGap;
    this.#afterGap = false;
    return [{ data: payload, rtpTime, arrivedAt, isKey: true, durationMs, afterGap }];
  }

  handleGap(): void {
    this.#afterGap = true;
  }
}

/** Returns the duration of an Opus packet in milliseconds; null if it is malformed. */
export function opusDuration(packet: Buffer): number | null {
  const [first, second] = packet;
  if (first === undefined) return null;
  const code = first & 3;
  if (code === 3 && second === undefined) return null;
  const frames = code === 0 ? 1 : code === 3 ? (second ?? 0) & 0x3f : 2;
  const duration = frames * frameDuration(first >> 3);
  return duration > 0 && duration <= MAX_PACKET_MS ? duration : null;
}

function frameDuration(configuration: number): number {
  if (configuration < 12) return SILK_MS[configuration % 4] ?? 0;
  if (configuration < 16) return HYBRID_MS[configuration % 2] ?? 0;
  return CELT_MS[configuration % 4] ?? 0;
}

/** Returns the identification header that Matroska keeps as the decoder's configuration (RFC 7845, 5.1). */
export function opusHead(channels: number): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head.writeUInt8(1, 8);
  head.writeUInt8(channels, 9);
  // No pre-skip: RTP does not tell the encoder's, and the times of the packets are those of the sound.
  head.writeUInt32LE(48_000, 12);
  return head;
}
