import { CAMERA_LAYERS } from '@televisit/shared/vocabulary';
import type { Producer, WebRtcTransport } from 'mediasoup/types';
import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';
import { BandwidthFloor } from './bandwidth-floor.ts';
import { distributeLayers, nextBandwidth } from './layer-budget.ts';
import { TOP_LAYER, type ReceivedStream } from './received-stream.ts';

export interface DownlinkOptions {
  readonly transport: WebRtcTransport;
  readonly clock: Clock;
  /** Returns the streams that are sent over the transport. */
  readonly streams: () => readonly ReceivedStream[];
}

/** How often the layers are chosen, in milliseconds. */
export const DOWNLINK_MS = 1_000;
/** What sound takes of the bandwidth, in bit/s, with the headers of its packets. */
const SOUND_BITRATE = 40_000;
/**
 * Loss from which, and the time in milliseconds for which, no picture is larger than the middle layer: the more packets a frame
 * has, the more of them wait for a retransmission.
 */
const HEAVY_LOSS = 0.05;
const HEAVY_LOSS_MS = 10_000;
const MIDDLE_LAYER = 1;
/** A layer costs at most this much more than it currently has. */
const BITRATE_MARGIN = 1.1;

/**
 * Chooses the simulcast layers of one browser once a second. The worker alone would take a few frames of a larger picture
 * before all frames of a smaller one.
 */
export class Downlink {
  readonly #options: DownlinkOptions;
  readonly #floor = new BandwidthFloor();
  readonly #loop: Loop;
  #minimum = 0;
  #heavyLossUntil = -Infinity;

  constructor(options: DownlinkOptions) {
    this.#options = options;
    const { clock, transport } = options;
    // The transport may close during a request, which ends the loop.
    this.#loop = every(
      clock,
      DOWNLINK_MS,
      () => this.#adapt(),
      () => undefined,
    );
    transport.observer.once('close', () => void this.#loop.stop());
  }

  async #adapt(): Promise<void> {
    const { transport, clock, streams } = this.#options;
    const videos = streams().filter(({ parameters, running }) => parameters.kind === 'video' && running);
    const [first] = videos;
    if (!first) return;
    const [[stats], rttMs] = await Promise.all([transport.getStats(), first.roundTripMs()]);
    // There is no estimate, or one of zero, before the browser has connected the transport.
    const available = stats?.availableOutgoingBitrate;
    if (!available) return;
    const loss = stats.rtpPacketLossSent ?? 0;
    if (loss >= HEAVY_LOSS) this.#heavyLossUntil = clock.now() + HEAVY_LOSS_MS;
    const highest = clock.now() < this.#heavyLossUntil ? MIDDLE_LAYER : TOP_LAYER;
    const layered = videos.filter((video) => video.layered);
    const others = await Promise.all(
      videos.filter((video) => !video.layered).map((video) => video.bitrate()),
    );
    const reserved = others.reduce((sum, bitrate) => sum + bitrate, SOUND_BITRATE);
    const costs = await Promise.all(
      layered.map(async (video) => ({
        wanted: Math.min(video.demand ?? 0, highest),
        current: video.layer,
        bitrates: await layerBitrates(video.producer, clock),
      })),
    );
    const floor = this.#floor.observe(
      {
        loss,
        rttMs,
        available,
        sent: stats.rtpSendBitrate,
        wanted: nextBandwidth(costs, reserved),
      },
      clock.now(),
    );
    await this.#setMinimum(floor);
    const layers = distributeLayers(costs, Math.max(available, floor) - reserved);
    await Promise.all(layered.map((video, index) => video.change({ limit: layers[index] ?? 0 })));
  }

  async #setMinimum(bandwidth: number): Promise<void> {
    if (bandwidth === this.#minimum) return;
    this.#minimum = bandwidth;
    await this.#options.transport.setMinOutgoingBitrate(bandwidth);
  }
}

interface Measured {
  readonly at: number;
  readonly bitrates: Promise<readonly number[]>;
}

/** Every receiver of a camera needs them in the same second. */
const measured = new WeakMap<Producer, Measured>();

/** Returns what the layers of a camera take, in bit/s: at most their nominal bitrate, and less while they have less. */
function layerBitrates(producer: Producer, clock: Clock): Promise<readonly number[]> {
  const now = clock.now();
  const known = measured.get(producer);
  if (known && now - known.at < DOWNLINK_MS / 2) return known.bitrates;
  const bitrates = measure(producer);
  measured.set(producer, { at: now, bitrates });
  return bitrates;
}

async function measure(producer: Producer): Promise<readonly number[]> {
  const stats = await producer.getStats();
  return CAMERA_LAYERS.map(({ maxBitrate }, index) => {
    const encoding = producer.rtpParameters.encodings?.[index];
    const stream = stats.find(({ ssrc, rid }) =>
      encoding?.rid === undefined ? ssrc === encoding?.ssrc : rid === encoding.rid,
    );
    const current = stream?.bitrate ?? 0;
    return current === 0 ? maxBitrate : Math.min(maxBitrate, current * BITRATE_MARGIN);
  });
}
