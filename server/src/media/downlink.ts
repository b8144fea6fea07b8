import { CAMERA_LAYERS } from '@televisit/shared/vocabulary';
import type { Producer, WebRtcTransport } from 'mediasoup/types';
import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';
import { BandwidthFloor } from './bandwidth-floor.ts';
import { BandwidthProbes } from './bandwidth-probes.ts';
import { distributeLayers, bandwidthNeeds } from './layer-budget.ts';
import { LineState, type Line, type LineReport } from './line-state.ts';
import { TOP_LAYER, type ReceivedStream } from './received-stream.ts';

export interface DownlinkOptions {
  readonly transport: WebRtcTransport;
  readonly clock: Clock;
  /** Returns the streams that are sent over the transport. */
  readonly streams: () => readonly ReceivedStream[];
}

/** How often the layers are chosen, in milliseconds. */
export const DOWNLINK_MS = 1_000;
/**
 * The estimate never falls below this, in bit/s: the frames of the lowest temporal layer of the smallest picture. Without pictures
 * there are no reports, and without reports the worker does not even apply a minimum.
 */
const LEAST_BITRATE = 50_000;
/**
 * Loss from which, and the time in milliseconds for which, no picture is larger than the middle layer: the more packets a frame
 * has, the more of them wait for a retransmission.
 */
const HEAVY_LOSS = 0.05;
const HEAVY_LOSS_MS = 10_000;
const MIDDLE_LAYER = 1;
/** The least difference of two maxima, in bit/s. */
const MAXIMUM_STEP = 2_000;
/** How many streams are asked for the browser's reports: each costs a request to the worker. */
const REPORTING_STREAMS = 3;
/** A layer costs at most this much more than it currently has, and than its nominal bitrate, which is without headers. */
const BITRATE_MARGIN = 1.1;
const WITH_HEADERS = 1.15;
/** What a layer that is not sent yet will probably take of its nominal bitrate: cameras seldom need all of it. */
const PROBABLE_SHARE = 0.65;

/**
 * Chooses the simulcast layers of one browser once a second. The worker alone would take a few frames of a larger picture
 * before all frames of a smaller one.
 */
export class Downlink {
  readonly #options: DownlinkOptions;
  readonly #line = new LineState();
  readonly #floor = new BandwidthFloor();
  readonly #probes = new BandwidthProbes();
  readonly #loop: Loop;
  #minimum = 0;
  #maximum = 0;
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
    if (videos.length === 0) return;
    const [[stats], report] = await Promise.all([transport.getStats(), reportOf(videos)]);
    // There is no estimate, or one of zero, before the browser has connected the transport.
    const available = stats?.availableOutgoingBitrate;
    if (!available) return;
    const line = this.#line.observe({ loss: stats.rtpPacketLossSent ?? 0, ...report }, clock.now());
    const highest = this.#highestLayer(line);
    const layered = videos.filter((video) => video.layered);
    const others = await Promise.all(
      videos.filter((video) => !video.layered).map((video) => video.bitrate()),
    );
    // Browsers acknowledge no packet of sound: the estimate is what remains beside it.
    const reserved = others.reduce((sum, bitrate) => sum + bitrate, 0);
    const costs = await Promise.all(
      layered.map(async (video) => ({
        wanted: Math.min(video.demand ?? 0, highest),
        current: video.layer,
        bitrates: await layerBitrates(video.producer, clock),
      })),
    );
    const floor = this.#floor.observe(line, { available, sent: stats.rtpSendBitrate });
    const needs = bandwidthNeeds(costs, { available, reserved });
    const attempt = this.#probes.observe(
      line,
      { available: Math.max(available, floor), ...needs },
      clock.now(),
    );
    const minimum = Math.round(Math.max(LEAST_BITRATE, floor, attempt.minimum));
    await this.#setBounds(minimum, attempt.probe);
    // What a picture without layers takes is not known before it is sent: nothing may limit it.
    if (others.length > 0 && !this.#probes.isPending && this.#maximum > 0) await this.#setMaximum(0);
    const layers = distributeLayers(costs, Math.max(available, minimum) - reserved);
    await Promise.all(layered.map((video, index) => video.change({ limit: layers[index] ?? 0 })));
  }

  #highestLayer({ loss, isCongested }: Line): number {
    const now = this.#options.clock.now();
    // Fewer packets are lost on a congested line as soon as its estimate has fallen.
    if (loss >= HEAVY_LOSS && !isCongested) this.#heavyLossUntil = now + HEAVY_LOSS_MS;
    return now < this.#heavyLossUntil ? MIDDLE_LAYER : TOP_LAYER;
  }

  /** Sets the least that the worker estimates and, if it should probe, the most: it probes when that changes. */
  async #setBounds(minimum: number, probe: number): Promise<void> {
    if (probe > 0) {
      const maximum = Math.round(Math.max(probe, minimum + MAXIMUM_STEP));
      // The worker probes no more than the most before the change.
      if (this.#maximum > 0 && maximum > this.#maximum) await this.#setMaximum(maximum + MAXIMUM_STEP);
      await this.#setMaximum(maximum === this.#maximum ? maximum + MAXIMUM_STEP : maximum);
    } else if (this.#maximum > 0 && minimum > this.#maximum) await this.#setMaximum(0);
    if (minimum === this.#minimum) return;
    this.#minimum = minimum;
    await this.#options.transport.setMinOutgoingBitrate(minimum);
  }

  async #setMaximum(bandwidth: number): Promise<void> {
    this.#maximum = bandwidth;
    await this.#options.transport.setMaxOutgoingBitrate(bandwidth);
  }
}

/** Returns what the browser reports of its first streams, which stand for all. */
async function reportOf(videos: readonly ReceivedStream[]): Promise<Pick<LineReport, 'missed' | 'rttMs'>> {
  const reports = await Promise.all(videos.slice(0, REPORTING_STREAMS).map((video) => video.report()));
  return {
    missed: reports.reduce((sum, { missed }) => sum + missed, 0),
    rttMs: reports[0]?.rttMs ?? null,
  };
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
    return current === 0
      ? maxBitrate * PROBABLE_SHARE
      : Math.min(maxBitrate * WITH_HEADERS, current * BITRATE_MARGIN);
  });
}
