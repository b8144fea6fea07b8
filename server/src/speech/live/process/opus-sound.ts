import type { RemoteInfo } from 'node:dgram';
import { OpusDecoder } from 'opus-decoder';
import type { EncodedFrame, OrderedPacket } from '../../../recording/frames/frame.ts';
import { OpusDepacketizer } from '../../../recording/frames/opus.ts';
import { isRtcp, parseRtp } from '../../../recording/rtp/packet.ts';
import { ReorderBuffer } from '../../../recording/rtp/reorder-buffer.ts';
import { parseSenderReports } from '../../../recording/rtp/sender-report.ts';
import { Timeline, type Placed } from '../../../recording/rtp/timeline.ts';
import { Unwrapper } from '../../../recording/rtp/unwrapper.ts';
import type { TrackCodec } from '../../../recording/track-summary.ts';
import { SpeechError } from '../../speech-error.ts';

const SAMPLES_PER_MS = 16;
/** Text is late by what is waited for; a repeated packet needs a round trip. */
const REORDER_WINDOW_MS = 200;
const START_WINDOW_MS = 50;
const REORDER_CAPACITY = 1024;
/** Without packets for this long the sender is muted, or saves what is silent: it pauses. */
const SILENT_MS = 300;
/** As much of a hole is filled with silence; it suffices to end an utterance. */
const LONGEST_HOLE_MS = 1500;
/** Less is the rounding of times. */
const SHORTEST_HOLE_MS = 2;

export interface Datagram {
  readonly data: Buffer;
  readonly from: RemoteInfo;
  /** Milliseconds since the Unix epoch. */
  readonly arrivedAt: number;
}

/**
 * Gets the sound, one channel with 16,000 samples per second.
 * @param at the time of the first sample, in milliseconds since the Unix epoch
 */
export type SoundListener = (samples: Float32Array, at: number) => void;

/** Decodes the packets of a stream of Opus, with silence where nothing was sent. */
export class OpusSound {
  readonly #codec: TrackCodec;
  readonly #decoder: OpusDecoder<16_000>;
  readonly #onSound: SoundListener;
  readonly #order: ReorderBuffer<OrderedPacket>;
  readonly #depacketizer = new OpusDepacketizer();
  readonly #timeline: Timeline<EncodedFrame>;
  readonly #timestamps = new Unwrapper(32);
  #source: RemoteInfo | null = null;
  #lastArrival = -Infinity;
  /** The end of the last frame, in the time of the timeline. */
  #end: number | null = null;
  /** The silence after it that was delivered. */
  #filledMs = 0;

  private constructor(codec: TrackCodec, decoder: OpusDecoder<16_000>, onSound: SoundListener) {
    this.#codec = codec;
    this.#decoder = decoder;
    this.#onSound = onSound;
    this.#timeline = new Timeline({ clockRate: codec.clockRate });
    this.#order = new ReorderBuffer({
      windowMs: REORDER_WINDOW_MS,
      startMs: START_WINDOW_MS,
      capacity: REORDER_CAPACITY,
      onPacket: (packet) => this.#depacketize(packet),
      onGap: () => this.#depacketizer.handleGap(),
    });
  }

  /** @throws {SpeechError} `unsupported` if it is no Opus */
  static async open(codec: TrackCodec, onSound: SoundListener): Promise<OpusSound> {
    if (codec.mimeType.toLowerCase() !== 'audio/opus') throw new SpeechError('unsupported', codec.mimeType);
    const decoder = new OpusDecoder({ sampleRate: 16_000, channels: 1, preSkip: 0 });
    await decoder.ready;
    return new OpusSound(codec, decoder, onSound);
  }

  receive({ data, from, arrivedAt }: Datagram): void {
    if (this.#source && !isSame(this.#source, from)) return;
    if (isRtcp(data)) this.#receiveReports(data, from, arrivedAt);
    else this.#receivePacket(data, from, arrivedAt);
  }

  /** Does what is due; is called several times a second. */
  advance(now: number): void {
    this.#order.advance(now);
    this.#decode(this.#timeline.advance(now));
    if (now - this.#lastArrival > SILENT_MS) this.#fill(now - this.#lastArrival - REORDER_WINDOW_MS);
  }

  /** Delivers what waits for missing packets. */
  flush(): void {
    this.#order.flush();
    this.#decode(this.#timeline.flush());
  }

  close(): void {
    this.#decoder.free();
  }

  #receiveReports(data: Buffer, from: RemoteInfo, arrivedAt: number): void {
    for (const { ssrc, time, timestamp } of parseSenderReports(data)) {
      if (ssrc !== this.#codec.ssrc) continue;
      this.#source ??= from;
      const rtpTime = this.#timestamps.near(timestamp);
      this.#decode(this.#timeline.handleReport({ rtpTime, time }, arrivedAt));
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
    for (const frame of this.#depacketizer.push(packet)) this.#decode(this.#timeline.push(frame));
  }

  #decode(placed: readonly Placed<EncodedFrame>[]): void {
    for (const { frame, time } of placed) {
      if (this.#end !== null) this.#fill(time - this.#end);
      this.#end = time + frame.durationMs;
      this.#filledMs = 0;
      // A packet that is garbage has no samples.
      const { channelData } = this.#decoder.decodeFrame(frame.data);
      const [samples] = channelData;
      if (samples && samples.length > 0) this.#onSound(samples.slice(), this.#wallTime(time));
    }
  }

  /** Delivers silence for a hole of this length, as far as it was not delivered. */
  #fill(holeMs: number): void {
    const end = this.#end;
    const missing = Math.min(holeMs, LONGEST_HOLE_MS) - this.#filledMs;
    if (end === null || missing < SHORTEST_HOLE_MS) return;
    const samples = new Float32Array(Math.round(missing * SAMPLES_PER_MS));
    this.#onSound(samples, this.#wallTime(end + this.#filledMs));
    this.#filledMs += missing;
  }

  #wallTime(time: number): number {
    return (this.#timeline.startedAt ?? 0) + time;
  }
}

function isSame(one: RemoteInfo, other: RemoteInfo): boolean {
  return one.port === other.port && one.address === other.address;
}
