import type { RemoteInfo } from 'node:dgram';
import { Backoff } from '../../core/backoff.ts';
import type { EncodedFrame, OrderedPacket } from '../frames/frame.ts';
import { isRtcp, parseRtp } from '../rtp/packet.ts';
import { ReorderBuffer } from '../rtp/reorder-buffer.ts';
import { parseSenderReports } from '../rtp/sender-report.ts';
import { Timeline, type Placed } from '../rtp/timeline.ts';
import { Unwrapper } from '../rtp/unwrapper.ts';
import type { TrackCodec, TrackResult } from '../track-summary.ts';
import type { CodecSupport } from './codecs.ts';
import { MatroskaFile } from './matroska-file.ts';
import type { TrackFiles } from './track-files.ts';

/** How long a missing packet is waited for: mediasoup forwards what the sender repeats, in its new place. */
export const REORDER_WINDOW_MS = 500;
const START_WINDOW_MS = 50;
const REORDER_CAPACITY = 4096;
const KEY_FRAME_BACKOFF = new Backoff({ firstMs: 1000, maxMs: 4000 });
/** Nobody is asked for a key frame if no packets have come for this long: the sender is paused. */
const ACTIVE_MS = 2000;

export interface ReceptionListeners {
  readonly onKeyFrameNeeded: () => void;
  /** The times of the file were corrected in a pause. */
  readonly onMove: (byMs: number) => void;
}

export interface Datagram {
  readonly data: Buffer;
  readonly from: RemoteInfo;
  /** Milliseconds since the Unix epoch. */
  readonly arrivedAt: number;
}

/** The way of a stream's packets into its file, once its codec is known. */
export class Reception {
  readonly #codec: TrackCodec;
  readonly #support: CodecSupport;
  readonly #matroska: MatroskaFile;
  readonly #listeners: ReceptionListeners;
  readonly #order: ReorderBuffer<OrderedPacket>;
  readonly #timeline: Timeline<EncodedFrame>;
  readonly #timestamps = new Unwrapper(32);
  #source: RemoteInfo | null = null;
  #lostPackets = 0;
  #gaps = 0;
  #picture: { readonly width: number; readonly height: number } | null = null;
  #lastArrival = -Infinity;
  #keyFrameRequests = 0;
  #nextRequestAt: number | null = null;

  constructor(codec: TrackCodec, support: CodecSupport, files: TrackFiles, listeners: ReceptionListeners) {
    this.#codec = codec;
    this.#support = support;
    this.#listeners = listeners;
    this.#matroska = new MatroskaFile({
      support,
      onBytes: (data) => files.append(data),
      onError: (error) => files.onError(error),
    });
    this.#timeline = new Timeline({ clockRate: codec.clockRate, onMove: listeners.onMove });
    this.#order = new ReorderBuffer({
      windowMs: REORDER_WINDOW_MS,
      startMs: START_WINDOW_MS,
      capacity: REORDER_CAPACITY,
      onPacket: (packet) => this.#depacketize(packet),
      onGap: (lost) => this.#handleGap(lost),
    });
  }

  receive({ data, from, arrivedAt }: Datagram): void {
    if (this.#source && !isSame(this.#source, from)) return;
    if (isRtcp(data)) this.#receiveReports(data, from, arrivedAt);
    else this.#receivePacket(data, from, arrivedAt);
  }

  advance(now: number): void {
    this.#order.advance(now);
    this.#write(this.#timeline.advance(now));
    this.#requestKeyFrame(now);
  }

  async finish(): Promise<void> {
    this.#order.flush();
    this.#write(this.#timeline.flush());
    await this.#matroska.finish();
  }

  figures(): Omit<TrackResult, 'bytes' | 'isComplete'> {
    const { startedAt, end, isReported } = this.#timeline;
    return {
      startedAt: startedAt && Math.round(startedAt),
      endedAt: startedAt && Math.round(startedAt + end),
      isReported,
      lostPackets: this.#lostPackets,
      gaps: this.#gaps,
      width: this.#picture?.width ?? null,
      height: this.#picture?.height ?? null,
      codec: this.#codec,
    };
  }

  #receiveReports(data: Buffer, from: RemoteInfo, arrivedAt: number): void {
    for (const { ssrc, time, timestamp } of parseSenderReports(data)) {
      if (ssrc !== this.#codec.ssrc) continue;
      this.#source ??= from;
      const rtpTime = this.#timestamps.near(timestamp);
      this.#write(this.#timeline.handleReport({ rtpTime, time }, arrivedAt));
    }
  }

  #receivePacket(data: Buffer, from: RemoteInfo, arrivedAt: number): void {
    const packet = parseRtp(data);
    if (packet?.ssrc !== this.#codec.ssrc || packet.payloadType !== this.#codec.payloadType) return;
    this.#source ??= from;
    this.#lastArrival = arrivedAt;
    const { marker, payload, timestamp } = packet;
    const rtpTime = this.#timestamps.unwrap(timestamp);
    this.#order.push(packet.sequence, { marker, payload, rtpTime, arrivedAt }, arrivedAt);
  }

  #depacketize(packet: OrderedPacket): void {
    for (const frame of this.#support.depacketizer.push(packet)) {
      if (frame.picture) this.#picture = frame.picture;
      this.#write(this.#timeline.push(frame));
    }
  }

  #handleGap(lost: number): void {
    this.#lostPackets += lost;
    this.#gaps += 1;
    this.#support.depacketizer.handleGap();
  }

  #write(placed: readonly Placed<EncodedFrame>[]): void {
    for (const { frame, time } of placed) this.#matroska.add(frame, time);
  }

  /** Asks for a key frame at once when one is needed, and then again and again. */
  #requestKeyFrame(now: number): void {
    if (!this.#support.depacketizer.needsKeyFrame) {
      this.#keyFrameRequests = 0;
      this.#nextRequestAt = null;
      return;
    }
    const isFirst = this.#picture === null && this.#nextRequestAt === null;
    // The server requests the first one when it resumes the stream.
    this.#nextRequestAt ??= isFirst ? now + KEY_FRAME_BACKOFF.delay(1) : now;
    if (now < this.#nextRequestAt || now - this.#lastArrival > ACTIVE_MS) return;
    this.#keyFrameRequests += 1;
    this.#nextRequestAt = now + KEY_FRAME_BACKOFF.delay(this.#keyFrameRequests);
    this.#listeners.onKeyFrameNeeded();
  }
}

function isSame(one: RemoteInfo, other: RemoteInfo): boolean {
  return one.port === other.port && one.address === other.address;
}
