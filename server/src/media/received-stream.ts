import type { ConsumerParameters } from '@televisit/shared/signaling';
import type { Consumer, Producer } from 'mediasoup/types';
import type { Clock } from '../core/clock.ts';
import type { Demand } from './camera-demand.ts';

/** The highest of the simulcast layers 0 to 2. */
export const TOP_LAYER = 2;

/** Every video starts on its smallest layer, whose key frame arrives first. */
export const INITIAL_LAYERS = { spatialLayer: 0 } as const;

/** How long a video stays on that layer once it runs, in milliseconds. */
export const RAMP_UP_MS = 800;

interface Conditions {
  /** Whether the browser has created its side of the consumer. */
  readonly ready: boolean;
  /** Whether the receiving participant has joined. */
  readonly joined: boolean;
  /** Whether the page displays the stream. */
  readonly visible: boolean;
  readonly spatialLayer: number;
  /** Whether the stream has run for `RAMP_UP_MS`. */
  readonly rampedUp: boolean;
  /** The highest layer that the receiver's downlink carries. */
  readonly limit: number;
}

/** A stream sent to one browser. It runs while the participant has joined and the page is ready for it and displays it. */
export class ReceivedStream {
  readonly parameters: ConsumerParameters;
  /** The producer on its owner's router. */
  readonly producer: Producer;
  readonly #consumer: Consumer;
  readonly #clock: Clock;
  readonly #onRampedUp: () => void;
  #conditions: Conditions;
  #running = false;
  #cancelRampUp: (() => void) | undefined;

  /**
   * @param consumer a paused consumer on `INITIAL_LAYERS`
   * @param options.onRampedUp called when its demand has risen after the ramp-up
   */
  constructor(
    consumer: Consumer,
    parameters: ConsumerParameters,
    { clock, producer, onRampedUp }: { clock: Clock; producer: Producer; onRampedUp: () => void },
  ) {
    this.#consumer = consumer;
    this.producer = producer;
    this.parameters = parameters;
    this.#clock = clock;
    this.#onRampedUp = onRampedUp;
    this.#conditions = {
      ready: false,
      joined: false,
      visible: true,
      spatialLayer: TOP_LAYER,
      rampedUp: false,
      limit: TOP_LAYER,
    };
    consumer.observer.once('close', () => this.#cancelRampUp?.());
  }

  /**
   * The layer that the page displays; null if it hides the stream. A page in the preview counts too, so that cameras
   * already run when it joins. The limit does not count: it may rise at any time.
   */
  get demand(): Demand {
    const { visible, rampedUp, spatialLayer } = this.#conditions;
    if (!visible) return null;
    return rampedUp ? spatialLayer : INITIAL_LAYERS.spatialLayer;
  }

  /** The layer that is sent if the sender has it. */
  get layer(): number {
    return layerOf(this.#conditions);
  }

  /** Whether packets are sent. */
  get running(): boolean {
    return this.#running;
  }

  /** Whether it has simulcast layers. */
  get layered(): boolean {
    return this.#consumer.type === 'simulcast';
  }

  /**
   * Returns what the browser reports: the packets that it has missed so far, and the round-trip time in milliseconds, which is null
   * before its first report.
   */
  async report(): Promise<{ readonly missed: number; readonly rttMs: number | null }> {
    const sent = await this.#sent();
    return { missed: sent?.packetsLost ?? 0, rttMs: sent?.roundTripTime ?? null };
  }

  /** Returns the bitrate of what is sent, in bit/s. */
  async bitrate(): Promise<number> {
    return (await this.#sent())?.bitrate ?? 0;
  }

  /** Changes conditions and sends the worker the difference, if any. Resuming requests a key frame from the sender. */
  async change(change: Partial<Conditions>): Promise<void> {
    const previous = this.#conditions;
    this.#conditions = { ...previous, ...change };
    const { ready, joined, visible, rampedUp } = this.#conditions;
    const requests: Promise<void>[] = [];
    const spatialLayer = layerOf(this.#conditions);
    if (spatialLayer !== layerOf(previous) && this.#consumer.type === 'simulcast') {
      requests.push(this.#consumer.setPreferredLayers({ spatialLayer }));
    }
    const runs = ready && joined && visible;
    if (runs !== this.#running) {
      this.#running = runs;
      requests.push(runs ? this.#consumer.resume() : this.#consumer.pause());
      if (runs && !rampedUp) this.#cancelRampUp ??= this.#clock.after(RAMP_UP_MS, () => void this.#rampUp());
    }
    // The consumer may close during the requests.
    await Promise.all(requests.map((request) => request.catch(() => undefined)));
  }

  get closed(): boolean {
    return this.#consumer.closed;
  }

  onClose(listener: () => void): void {
    this.#consumer.observer.once('close', listener);
  }

  /** Idempotent. */
  close(): void {
    this.#consumer.close();
  }

  async #sent() {
    const stats = await this.#consumer.getStats();
    return stats.find(({ type }) => type === 'outbound-rtp');
  }

  async #rampUp(): Promise<void> {
    const changing = this.change({ rampedUp: true });
    this.#onRampedUp();
    await changing;
  }
}

function layerOf({ spatialLayer, rampedUp, limit }: Conditions): number {
  return rampedUp ? Math.min(spatialLayer, limit) : INITIAL_LAYERS.spatialLayer;
}
