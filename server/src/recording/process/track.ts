import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Backoff } from '../../core/backoff.ts';
import type { EncodedFrame, OrderedPacket } from '../frames/frame.ts';
import { RecorderError } from '../recorder-error.ts';
import { isRtcp, parseRtp } from '../rtp/packet.ts';
import { ReorderBuffer } from '../rtp/reorder-buffer.ts';
import { parseSenderReports } from '../rtp/sender-report.ts';
import { Timeline, type Placed } from '../rtp/timeline.ts';
import { Unwrapper } from '../rtp/unwrapper.ts';
import type { TrackCodec, TrackResult } from '../track-summary.ts';
import { supportOf, type CodecSupport } from './codecs.ts';
import { MatroskaFile } from './matroska-file.ts';
import { TrackFiles } from './track-files.ts';

/** How long a missing packet is waited for: mediasoup forwards what the sender repeats, in its new place. */
const REORDER_WINDOW_MS = 500;
const START_WINDOW_MS = 50;
const REORDER_CAPACITY = 4096;
/** Bursts of key frames of many streams arrive while this process is busy; the system may grant less. */
const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024;
/** How many datagrams are kept that arrive before the codec is known. */
const EARLY_DATAGRAMS = 200;
const KEY_FRAME_BACKOFF = new Backoff({ firstMs: 1000, maxMs: 4000 });
/** Nobody is asked for a key frame if no packets have come for this long: the sender is paused. */
const ACTIVE_MS = 2000;

export interface TrackListeners {
  readonly onKeyFrameNeeded: () => void;
  /** The times of the file were corrected in a pause. */
  readonly onMove: (byMs: number) => void;
  readonly onFailure: (error: RecorderError) => void;
}

interface Datagram {
  readonly data: Buffer;
  readonly from: RemoteInfo;
  readonly arrivedAt: number;
}

/** A stream being recorded: its socket, and the way of its packets into the file. */
export class Track {
  readonly port: number;
  readonly #socket: Socket;
  readonly #files: TrackFiles;
  readonly #now: () => number;
  readonly #listeners: TrackListeners;
  #early: Datagram[] | null = [];
  #reception: Reception | null = null;
  #closing: Promise<TrackResult> | null = null;
  #failed = false;

  private constructor(socket: Socket, files: TrackFiles, now: () => number, listeners: TrackListeners) {
    this.port = socket.address().port;
    this.#socket = socket;
    this.#files = files;
    this.#now = now;
    this.#listeners = listeners;
    socket.on('message', (data, from) => this.#receive({ data, from, arrivedAt: now() }));
    socket.on('error', (error) => this.fail(RecorderError.ofFile(error)));
    files.onError = (error) => this.fail(RecorderError.ofFile(error));
  }

  /**
   * Opens a socket on a free port of the loopback interface, and the file.
   * @param now returns milliseconds since the Unix epoch
   * @throws {RecorderError} if the file exists or cannot be created
   */
  static async open(file: string, now: () => number, listeners: TrackListeners): Promise<Track> {
    const files = await TrackFiles.create(file).catch((error: unknown) => {
      throw RecorderError.ofFile(error);
    });
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
    try {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    } catch (error) {
      await files.abandon();
      throw RecorderError.ofFile(error);
    }
    return new Track(socket, files, now, listeners);
  }

  /** The bytes that wait for the disk. */
  get pendingBytes(): number {
    return this.#files.pendingBytes;
  }

  /** Begins to record what arrives, and what has arrived before. Fails the track if the codec cannot be recorded. */
  start(codec: TrackCodec): void {
    if (this.#reception || this.#failed || this.#closing) return;
    try {
      this.#reception = new Reception(codec, supportOf(codec), this.#files, this.#listeners);
    } catch (error) {
      this.fail(RecorderError.ofFile(error));
      return;
    }
    const early = this.#early ?? [];
    this.#early = null;
    for (const datagram of early) this.#reception.receive(datagram);
  }

  /** Does what is due; is called several times a second. */
  tick(): void {
    if (this.#failed) return;
    this.#reception?.advance(this.#now());
    this.#files.tick(this.#now(), () => this.#result(false));
  }

  /** Records what is still on its way, and finishes the file. Idempotent. */
  close(): Promise<TrackResult> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Gives up: the file ends here. */
  fail(error: RecorderError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#closeSocket();
    void this.#files.abandon();
    this.#listeners.onFailure(error);
  }

  async #close(): Promise<TrackResult> {
    if (!this.#failed) await pause(REORDER_WINDOW_MS);
    this.#closeSocket();
    if (!this.#failed) {
      await this.#reception?.finish();
      await this.#files.close(() => this.#result(true));
    }
    return this.#result(!this.#failed);
  }

  #closeSocket(): void {
    this.#socket.removeAllListeners('message');
    try {
      this.#socket.close();
    } catch {
      // It is closed.
    }
  }

  #receive(datagram: Datagram): void {
    if (this.#reception) this.#reception.receive(datagram);
    else if (this.#early && this.#early.length < EARLY_DATAGRAMS) this.#early.push(datagram);
  }

  #result(isComplete: boolean): TrackResult {
    return {
      bytes: this.#files.bytes,
      ...(this.#reception?.figures() ?? NOTHING_RECEIVED),
      isComplete,
    };
  }
}

const NOTHING_RECEIVED: Omit<TrackResult, 'bytes' | 'isComplete'> = {
  startedAt: null,
  endedAt: null,
  isReported: false,
  lostPackets: 0,
  gaps: 0,
  width: null,
  height: null,
  codec: null,
};

/** The way of a stream's packets into its file, once its codec is known. */
class Reception {
  readonly #codec: TrackCodec;
  readonly #support: CodecSupport;
  readonly #matroska: MatroskaFile;
  readonly #listeners: TrackListeners;
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

  constructor(codec: TrackCodec, support: CodecSupport, files: TrackFiles, listeners: TrackListeners) {
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
