import type { DirectTransport, Producer } from 'mediasoup/types';

const PAYLOAD_TYPE = 101;
const FRAME_MS = 30;
/** RTCP payload-specific feedback, and its picture loss indication (RFC 4585, 6.3.1). */
const FEEDBACK = 206;
const PICTURE_LOSS = 1;
/** The start of a VP8 frame: the payload descriptor (RFC 7741), then the frame header (RFC 6386, 9.1). */
const KEY_FRAME = Buffer.from([0x10, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00, 0x00]);
const DELTA_FRAME = Buffer.from([0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00]);

/** A producer of VP8 packets that look real to an SFU, with a key frame at the start and on request. */
export class FakeCamera {
  readonly producer: Producer;
  readonly #ssrc: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #sequence = 0;
  #keyFrameDue = true;
  /** The number of key-frame requests so far. */
  keyFrameRequests = 0;

  private constructor(transport: DirectTransport, producer: Producer, ssrc: number) {
    this.producer = producer;
    this.#ssrc = ssrc;
    this.#timer = setInterval(() => this.#send(), FRAME_MS);
    producer.observer.once('close', () => clearInterval(this.#timer));
    transport.on('rtcp', (packet) => this.#handleRtcp(packet));
  }

  static async create(transport: DirectTransport, ssrc: number): Promise<FakeCamera> {
    const producer = await transport.produce({
      kind: 'video',
      rtpParameters: {
        codecs: [
          {
            mimeType: 'video/VP8',
            payloadType: PAYLOAD_TYPE,
            clockRate: 90000,
            rtcpFeedback: [{ type: 'nack', parameter: 'pli' }],
          },
        ],
        encodings: [{ ssrc }],
      },
    });
    return new FakeCamera(transport, producer, ssrc);
  }

  /** Sends one RTP packet (RFC 3550) that holds a whole frame. */
  #send(): void {
    const header = Buffer.alloc(12);
    this.#sequence += 1;
    header.writeUInt8(0x80, 0);
    header.writeUInt8(0x80 | PAYLOAD_TYPE, 1);
    header.writeUInt16BE(this.#sequence & 0xffff, 2);
    header.writeUInt32BE(this.#sequence * 90 * FRAME_MS, 4);
    header.writeUInt32BE(this.#ssrc, 8);
    this.producer.send(Buffer.concat([header, this.#keyFrameDue ? KEY_FRAME : DELTA_FRAME]));
    this.#keyFrameDue = false;
  }

  #handleRtcp(packet: Buffer): void {
    if (packet.readUInt8(1) !== FEEDBACK || (packet.readUInt8(0) & 0x1f) !== PICTURE_LOSS) return;
    this.keyFrameRequests += 1;
    this.#keyFrameDue = true;
  }
}
