import type { ConsumerParameters, Payload } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import type { Consumer, Producer, Router, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import type { Clock } from '../core/clock.ts';
import type { Recipient } from './audience-policy.ts';
import { callWorker } from './media-worker.ts';
import type { Demand } from './camera-demand.ts';
import { Downlink } from './downlink.ts';
import { INITIAL_LAYERS, ReceivedStream } from './received-stream.ts';
import { Receptions } from './receptions.ts';
import { ScoreMeter } from './score-meter.ts';
import type { PublishedStream, StreamReceiver } from './stream-receiver.ts';

/** If bandwidth is short, a shared screen precedes cameras, whose priority is 1. Audio is never limited. */
const SCREEN_PRIORITY = 2;

/** The streams that a page displays, and on which layers. */
export type Preferences = Payload<'consumer:prefer'>['consumers'];

export interface WebRtcReceiverOptions {
  readonly router: Router;
  readonly recipient: Recipient;
  readonly sources: ReadonlySet<Source>;
  readonly rtpCapabilities: RtpCapabilities;
  readonly clock: Clock;
  readonly listener: {
    /** Called for a consumer created after `announce()`. */
    consumerNew(consumer: ConsumerParameters): void;
    /** Called when a consumer closes although the receiver stays open. */
    consumerClosed(consumerId: string): void;
  };
  /** Called for a stream that the browser can't decode. */
  readonly onUndecodable?: (stream: { readonly userId: string; readonly source: Source }) => void;
  /** Called when `demandOf()` may have changed for a producer. */
  readonly onDemandChange: (producerId: string) => void;
}

/** Receives streams for a browser, over one WebRTC transport. */
export class WebRtcReceiver implements StreamReceiver {
  readonly #options: WebRtcReceiverOptions;
  readonly #transport: WebRtcTransport;
  readonly #streams = new Receptions<ReceivedStream>();
  readonly #scores: ScoreMeter[] = [];
  #downlink: Downlink | undefined;
  #announcing = false;
  #joined = false;

  /** @param transport closes with the receiver */
  constructor(transport: WebRtcTransport, options: WebRtcReceiverOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  get recipient(): Recipient {
    return this.#options.recipient;
  }

  readonly senders = null;

  get sources(): ReadonlySet<Source> {
    return this.#options.sources;
  }

  get closed(): boolean {
    return this.#transport.closed;
  }

  get consumerCount(): number {
    return this.#streams.all.length;
  }

  /** The parameters of all consumers. */
  get parameters(): readonly ConsumerParameters[] {
    return this.#streams.all.map(({ parameters }) => parameters);
  }

  /** The scores of all streams so far, including closed ones. */
  get scores(): readonly ScoreMeter[] {
    return this.#scores;
  }

  /**
   * Creates a consumer that is paused until the browser is ready for it and the participant has joined. Skips a stream
   * that the browser can't decode.
   */
  consume({ producer, userId, source }: PublishedStream): Promise<void> {
    return this.#receive(producer, userId, source);
  }

  /**
   * Creates a consumer of a shard's warm-up producer. mediasoup-client connects a receiving transport only with its first
   * consumer; this one lets it connect before there are streams.
   */
  consumeWarmUp(producer: Producer): Promise<void> {
    return this.#receive(producer, null, null);
  }

  stopConsuming(producerId: string): void {
    const stream = this.#streams.close(producerId);
    if (stream) this.#options.listener.consumerClosed(stream.parameters.consumerId);
  }

  /** Announces each consumer created from now on; the earlier ones are in `parameters`. */
  announce(): void {
    this.#announcing = true;
  }

  /** Marks consumers as created in the browser. Ignores unknown ids. */
  async ready(consumerIds: readonly string[]): Promise<void> {
    const streams = this.#streams.all.filter(({ parameters }) => consumerIds.includes(parameters.consumerId));
    await Promise.all(streams.map((stream) => stream.change({ ready: true })));
  }

  /** Applies what the page displays. Ignores unknown ids and audio, which plays regardless. */
  async prefer(preferences: Preferences): Promise<void> {
    const changes: Promise<void>[] = [];
    const streams = new Map(this.#streams.all.map((stream) => [stream.parameters.consumerId, stream]));
    for (const { consumerId, visible, spatialLayer } of preferences) {
      const stream = streams.get(consumerId);
      if (stream?.parameters.kind !== 'video') continue;
      changes.push(stream.change({ visible, spatialLayer }));
      this.#options.onDemandChange(stream.parameters.producerId);
    }
    await Promise.all(changes);
  }

  /** Lets streams run that are ready and visible, because the participant has joined. */
  async join(): Promise<void> {
    this.#joined = true;
    this.#downlink ??= new Downlink({
      transport: this.#transport,
      clock: this.#options.clock,
      streams: () => this.#streams.all,
    });
    const streams = this.#streams.all;
    const changes = streams.map((stream) => stream.change({ joined: true }));
    for (const { parameters } of streams) this.#options.onDemandChange(parameters.producerId);
    await Promise.all(changes);
  }

  demandOf(producerId: string): Demand {
    return this.#streams.get(producerId)?.demand ?? null;
  }

  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.#transport.observer.once('close', listener);
  }

  close(): void {
    this.#transport.close();
  }

  #receive(producer: Producer, userId: string | null, source: Source | null): Promise<void> {
    const { listener, onDemandChange } = this.#options;
    return this.#streams.open(
      producer,
      () => this.#createStream(producer, userId, source),
      (stream) => {
        stream.onClose(() => onDemandChange(producer.id));
        if (this.#joined) void stream.change({ joined: true });
        onDemandChange(producer.id);
        if (this.#announcing) listener.consumerNew(stream.parameters);
      },
    );
  }

  async #createStream(
    producer: Producer,
    userId: string | null,
    source: Source | null,
  ): Promise<ReceivedStream | undefined> {
    const { router, rtpCapabilities, listener, onDemandChange, clock } = this.#options;
    const options = { producerId: producer.id, rtpCapabilities };
    const consumer = await callWorker(this.#transport, () =>
      this.#transport
        .consume({ ...options, paused: true, preferredLayers: INITIAL_LAYERS, enableRtx: true })
        // Checked only on failure: the check costs as much as a consumer, and a large session has thousands.
        .catch((error: unknown) => {
          if (router.canConsume(options)) throw error;
          return undefined;
        }),
    );
    if (!consumer) {
      if (userId !== null && source !== null) this.#options.onUndecodable?.({ userId, source });
      return undefined;
    }
    const { id, kind, rtpParameters } = consumer;
    consumer.once('producerclose', () => listener.consumerClosed(id));
    this.#measure(consumer);
    if (source === 'screen') consumer.setPriority(SCREEN_PRIORITY).catch(() => undefined);
    const parameters = { consumerId: id, producerId: producer.id, kind, rtpParameters, userId, source };
    const onRampedUp = () => onDemandChange(producer.id);
    return new ReceivedStream(consumer, parameters, { clock, producer, onRampedUp });
  }

  #measure(consumer: Consumer): void {
    const { clock } = this.#options;
    const meter = new ScoreMeter(() => clock.now());
    this.#scores.push(meter);
    consumer.on('score', ({ score }) => meter.set(score));
    consumer.observer.once('close', () => meter.stop());
  }
}
