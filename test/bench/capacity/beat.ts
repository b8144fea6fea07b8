import type { Socket } from 'node:dgram';
import { RTP_HEADER_BYTES, Srtp } from '../../support/clients/srtp.ts';

export const AUDIO_SSRC = 1_000;
export const VIDEO_SSRC = 2_000;

/** Audio of 32 kbit/s with a packet every 20 ms, and video of 1 Mbit/s: 25 frames a second of 5 packets. */
const AUDIO_BYTES = 80;
const VIDEO_BYTES = 1_000;
const PACKETS_OF_A_FRAME = 5;
const AUDIO_EVERY_MS = 20;
const FRAME_EVERY_MS = 40;
const LONGEST_DELAY_MS = 200;

/** Packets that one participant sends, a second. */
export const PACKETS_PER_PERSON = 1000 / AUDIO_EVERY_MS + (1000 / FRAME_EVERY_MS) * PACKETS_OF_A_FRAME;

/** Offset of the sending time in a payload: after the bytes that a VP8 parser reads. */
const STAMP_OFFSET = 4;

/** A packet's place in its stream. */
class Stream {
  readonly #packet: Buffer;
  readonly #step: number;
  #sequence = 0;
  #timestamp = 0;

  constructor(ssrc: number, payloadType: number, bytes: number, step: number) {
    this.#packet = Buffer.alloc(RTP_HEADER_BYTES + bytes);
    this.#packet.writeUInt8(0x80, 0);
    this.#packet.writeUInt8(payloadType, 1);
    this.#packet.writeUInt32BE(ssrc, 8);
    this.#step = step;
  }

  /** Returns a packet with the current time. @param first whether it begins a frame: a key frame of VP8 (RFC 7741) */
  next(srtp: Srtp, first = true): Buffer {
    if (first) this.#timestamp += this.#step;
    this.#sequence = (this.#sequence + 1) % 0x10000;
    this.#packet.writeUInt16BE(this.#sequence, 2);
    this.#packet.writeUInt32BE(this.#timestamp >>> 0, 4);
    this.#packet.writeUInt8(first ? 0x10 : 0, RTP_HEADER_BYTES);
    this.#packet.writeDoubleLE(performance.now(), RTP_HEADER_BYTES + STAMP_OFFSET);
    return srtp.protect(this.#packet);
  }
}

interface Receiver {
  readonly port: number;
}

/** Participants who send in the same millisecond send the same packets: each is encrypted once. */
interface Phase {
  readonly srtp: Srtp;
  readonly audio: Stream;
  readonly video: Stream;
  readonly receivers: Receiver[];
}

/** Sends the packets of participants, each a little later than the previous, as independent senders do. */
export class Beat {
  /** Packets that all participants have sent so far. */
  sent = 0;
  readonly #socket: Socket;
  readonly #phases: Phase[];
  #timer: ReturnType<typeof setInterval> | undefined;
  #slot = Math.floor(performance.now());

  /** @param key encrypts everything that is sent */
  constructor(socket: Socket, key: Buffer) {
    this.#socket = socket;
    this.#phases = Array.from({ length: FRAME_EVERY_MS }, () => ({
      srtp: new Srtp(key),
      audio: new Stream(AUDIO_SSRC, 100, AUDIO_BYTES, 48 * AUDIO_EVERY_MS),
      video: new Stream(VIDEO_SSRC, 101, VIDEO_BYTES, 90 * FRAME_EVERY_MS),
      receivers: [],
    }));
  }

  /** Idempotent. */
  start(): void {
    this.#timer ??= setInterval(() => this.#catchUp(), 1);
  }

  /** Returns when a payload was sent, on the clock of `performance.now()`. */
  static sentAt(payload: Buffer): number {
    return payload.readDoubleLE(STAMP_OFFSET);
  }

  /** Sends the packets of a participant to a port from now on. */
  add(port: number, person: number): void {
    // Neighbours are half a round apart, so that a visit's two participants do not send at once.
    const phase = (person * 7) % FRAME_EVERY_MS;
    this.#phases[phase]?.receivers.push({ port });
  }

  /** Idempotent; `start` continues. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #catchUp(): void {
    const now = Math.floor(performance.now());
    // After a long delay the sender continues with what is due now, as a camera does.
    this.#slot = Math.max(this.#slot, now - LONGEST_DELAY_MS);
    for (; this.#slot < now; this.#slot += 1) {
      const phase = this.#slot % FRAME_EVERY_MS;
      // An audio packet is due at half of a frame's time, too.
      const [here, there] = [this.#phases[phase], this.#phases[(phase + AUDIO_EVERY_MS) % FRAME_EVERY_MS]];
      if (!here || !there) continue;
      for (const { audio, srtp, receivers } of [here, there]) this.#send(receivers, () => audio.next(srtp));
      const { video, srtp, receivers } = here;
      for (let packet = 0; packet < PACKETS_OF_A_FRAME; packet++) {
        this.#send(receivers, () => video.next(srtp, packet === 0));
      }
    }
  }

  #send(receivers: readonly Receiver[], packet: () => Buffer): void {
    if (receivers.length === 0) return;
    const bytes = packet();
    for (const { port } of receivers) {
      this.#socket.send(bytes, port, '127.0.0.1');
      this.sent += 1;
    }
  }
}
