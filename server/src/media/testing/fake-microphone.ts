import type { DirectTransport, Producer } from 'mediasoup/types';

const PAYLOAD_TYPE = 100;
const LEVEL_EXTENSION = 1;
const PACKET_MS = 20;

/** A producer of Opus packets whose audio level (RFC 6464) a test sets. */
export class FakeMicrophone {
  readonly producer: Producer;
  readonly #ssrc: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #sequence = 0;
  /** The audio level in -dBov: 0 is the loudest, 127 is silence. */
  level = 127;

  private constructor(producer: Producer, ssrc: number) {
    this.producer = producer;
    this.#ssrc = ssrc;
    this.#timer = setInterval(() => this.#send(), PACKET_MS);
    producer.observer.once('close', () => clearInterval(this.#timer));
  }

  static async create(transport: DirectTransport, ssrc: number): Promise<FakeMicrophone> {
    const producer = await transport.produce({
      kind: 'audio',
      rtpParameters: {
        codecs: [{ mimeType: 'audio/opus', payloadType: PAYLOAD_TYPE, clockRate: 48000, channels: 2 }],
        headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: LEVEL_EXTENSION }],
        encodings: [{ ssrc }],
      },
    });
    return new FakeMicrophone(producer, ssrc);
  }

  /** Sends one RTP packet (RFC 3550) with a one-byte header extension (RFC 8285). */
  #send(): void {
    const packet = Buffer.alloc(12 + 8 + 20);
    this.#sequence += 1;
    packet.writeUInt8(0x90, 0);
    packet.writeUInt8(PAYLOAD_TYPE, 1);
    packet.writeUInt16BE(this.#sequence & 0xffff, 2);
    packet.writeUInt32BE(this.#sequence * 48 * PACKET_MS, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    packet.writeUInt16BE(0xbede, 12);
    packet.writeUInt16BE(1, 14);
    packet.writeUInt8(LEVEL_EXTENSION << 4, 16);
    packet.writeUInt8(this.level, 17);
    this.producer.send(packet);
  }
}
