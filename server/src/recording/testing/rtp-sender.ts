import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { TrackCodec } from '../track-summary.ts';
import type { RtpRecording } from './rtp-streams.ts';

const NTP_TO_UNIX_S = 2_208_988_800;

export type TimedPacket = RtpRecording['packets'][number];

export interface SenderOptions {
  readonly ssrc: number;
  readonly firstSequence?: number;
  /** The timestamp of the first packet. */
  readonly firstTimestamp?: number;
}

export interface PlayOptions {
  /** The order and number in which the packets are sent, at the time that each has in `time`. */
  readonly packets?: readonly TimedPacket[];
  /** Is what the timestamps get added, in milliseconds; see `time` for when packets are sent. */
  readonly timestampDelayMs?: number;
  readonly signal?: AbortSignal;
}

/** Sends recorded packets as a media server does: at their times, with sender reports on the same port. */
export class RtpSender {
  readonly codec: TrackCodec;
  readonly #socket: Socket;
  readonly #recording: RtpRecording;
  readonly #target: { readonly ip: string; readonly port: number };
  readonly #options: Required<SenderOptions>;

  private constructor(
    socket: Socket,
    recording: RtpRecording,
    target: { readonly ip: string; readonly port: number },
    options: Required<SenderOptions>,
  ) {
    this.#socket = socket;
    this.#recording = recording;
    this.#target = target;
    this.#options = options;
    this.codec = { ...recording.codec, ssrc: options.ssrc };
  }

  static async open(
    recording: RtpRecording,
    target: { readonly ip: string; readonly port: number },
    { ssrc, firstSequence = 65_500, firstTimestamp = 2 ** 32 - 48_000 }: SenderOptions,
  ): Promise<RtpSender> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RtpSender(socket, recording, target, { ssrc, firstSequence, firstTimestamp });
  }

  /** Sends packets in real time and resolves when the last one is sent. Returns the time at which it began. */
  async play({
    packets = this.#recording.packets,
    timestampDelayMs = 0,
    signal,
  }: PlayOptions = {}): Promise<number> {
    const began = Date.now();
    const origin = performance.now();
    for (const packet of packets) {
      const wait = packet.time - (performance.now() - origin);
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      if (signal?.aborted) break;
      this.send(packet, timestampDelayMs);
    }
    return began;
  }

  send(packet: TimedPacket, timestampDelayMs = 0): void {
    this.sendRaw(this.serialize(packet, timestampDelayMs));
  }

  /** Returns a packet as it is sent, with the numbers of this stream. */
  serialize(packet: TimedPacket, timestampDelayMs = 0): Buffer {
    const { ssrc, firstSequence } = this.#options;
    const [first] = this.#recording.packets;
    const sequence = packet.sequence - (first?.sequence ?? 0) + firstSequence;
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0);
    header.writeUInt8((packet.marker ? 0x80 : 0) | this.codec.payloadType, 1);
    header.writeUInt16BE(sequence & 0xffff, 2);
    header.writeUInt32BE(this.#timestamp(packet.timestamp - (first?.timestamp ?? 0), timestampDelayMs), 4);
    header.writeUInt32BE(ssrc, 8);
    return Buffer.concat([header, packet.payload]);
  }

  /** Sends a report: what has the time `mediaMs` in the stream was captured at `capturedAt` (Unix, ms). */
  sendReport(mediaMs: number, capturedAt: number): void {
    const report = Buffer.alloc(28);
    report.writeUInt8(0x80, 0);
    report.writeUInt8(200, 1);
    report.writeUInt16BE(6, 2);
    report.writeUInt32BE(this.#options.ssrc, 4);
    const seconds = Math.floor(capturedAt / 1000);
    report.writeUInt32BE((seconds + NTP_TO_UNIX_S) >>> 0, 8);
    report.writeUInt32BE(Math.floor((capturedAt / 1000 - seconds) * 2 ** 32), 12);
    report.writeUInt32BE(this.#timestamp(0, mediaMs), 16);
    this.sendRaw(report);
  }

  sendRaw(datagram: Buffer): void {
    this.#socket.send(datagram, this.#target.port, this.#target.ip);
  }

  close(): void {
    this.#socket.close();
  }

  #timestamp(ticks: number, ms: number): number {
    return (this.#options.firstTimestamp + ticks + Math.round((ms * this.codec.clockRate) / 1000)) >>> 0;
  }
}
