import type { ConsumerParameters, Payload } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import type { Consumer, Producer, Router, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import type { Clock } from '../domain/clock.ts';
import type { Demand } from './camera-demand.ts';
import { FIRST_LAYERS, ReceivedStream } from './received-stream.ts';
import { ScoreMeter } from './score-meter.ts';
import { callWorker } from './call-worker.ts';

/** Where bandwidth is short a shared screen comes before faces, which have 1. Sound takes what it needs anyway. */
const SCREEN_PRIORITY = 2;

/** What a page shows of its streams. */
export type Preferences = Payload<'consumer:prefer'>['consumers'];

export interface ReceivedStreamsOptions {
  readonly router: Router;
  readonly rtpCapabilities: RtpCapabilities;
  readonly clock: Clock;
  readonly listener: {
    /** A consumer was made that no answer has named yet. */
    consumerNew(consumer: ConsumerParameters): void;
    /** A consumer ended because its stream did. */
    consumerClosed(consumerId: string): void;
  };
  /** What is looked at of a producer may have changed. */
  readonly onLook: (producerId: string) => void;
}

/** Everything that one connection receives. */
export class ReceivedStreams {
  readonly #options: ReceivedStreamsOptions;
  readonly #transport: WebRtcTransport;
  readonly #byConsumer = new Map<string, ReceivedStream>();
  readonly #byProducer = new Map<string, ReceivedStream>();
  /** By producer: asking twice for a stream makes one consumer. */
  readonly #consuming = new Map<string, Promise<void>>();
  readonly #scores: ScoreMeter[] = [];
  #announced = false;
  #joined = false;

  constructor(transport: WebRtcTransport, options: ReceivedStreamsOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  get count(): number {
    return this.#byConsumer.size;
  }

  get parameters(): readonly ConsumerParameters[] {
    return [...this.#byConsumer.values()].map(({ parameters }) => parameters);
  }

  /** Of the streams so far, those that are over too. */
  get scores(): readonly ScoreMeter[] {
    return this.#scores;
  }

  /**
   * Receives a stream, paused until the browser has set it up and the person has joined. A stream that the client
   * can't decode is left out.
   */
  consume(producer: Producer, userId: string | null, source: Source | null): Promise<void> {
    let consuming = this.#consuming.get(producer.id);
    if (!consuming) {
      consuming = this.#consume(producer, userId, source);
      this.#consuming.set(producer.id, consuming);
    }
    return consuming;
  }

  /** From now on new consumers are told one by one; those so far are in `parameters`. */
  announce(): void {
    this.#announced = true;
  }

  /** The browser has set these consumers up. Ids of others and of closed ones are skipped. */
  async ready(consumerIds: readonly string[]): Promise<void> {
    const streams = consumerIds.map((id) => this.#byConsumer.get(id)).filter((one) => one !== undefined);
    await Promise.all(streams.map((stream) => stream.change({ ready: true })));
  }

  /**
   * What the page shows of these consumers now. Ids of others and of closed ones are skipped; sound is heard whatever
   * the page shows.
   */
  async prefer(preferences: Preferences): Promise<void> {
    const changes: Promise<void>[] = [];
    for (const { consumerId, visible, spatialLayer } of preferences) {
      const stream = this.#byConsumer.get(consumerId);
      if (stream?.parameters.kind !== 'video') continue;
      changes.push(stream.change({ visible, spatialLayer }));
      this.#options.onLook(stream.parameters.producerId);
    }
    await Promise.all(changes);
  }

  /** The person has joined: what is ready and shown runs from now on. */
  async join(): Promise<void> {
    this.#joined = true;
    const streams = [...this.#byConsumer.values()];
    const changes = streams.map((stream) => stream.change({ joined: true }));
    for (const { parameters } of streams) this.#options.onLook(parameters.producerId);
    await Promise.all(changes);
  }

  /** What is looked at of a producer, or is about to be; null where it is hidden or not received. */
  demandOf(producerId: string): Demand {
    return this.#byProducer.get(producerId)?.demand ?? null;
  }

  async #consume(producer: Producer, userId: string | null, source: Source | null): Promise<void> {
    const { router, rtpCapabilities, listener, onLook, clock } = this.#options;
    const options = { producerId: producer.id, rtpCapabilities };
    const consumer = await callWorker(this.#transport, () =>
      this.#transport
        .consume({ ...options, paused: true, preferredLayers: FIRST_LAYERS })
        // Asked only now, because each such question costs as much as a consumer, and a large visit has thousands.
        .catch((error: unknown) => {
          if (router.canConsume(options)) throw error;
          return undefined;
        }),
    );
    if (!consumer) return;
    const { id, kind, rtpParameters } = consumer;
    const parameters = { consumerId: id, producerId: producer.id, kind, rtpParameters, userId, source };
    const stream = new ReceivedStream(consumer, parameters, {
      joined: this.#joined,
      clock,
      onGrown: () => onLook(producer.id),
    });
    this.#byConsumer.set(id, stream);
    this.#byProducer.set(producer.id, stream);
    consumer.observer.once('close', () => {
      this.#byConsumer.delete(id);
      this.#byProducer.delete(producer.id);
      this.#consuming.delete(producer.id);
      onLook(producer.id);
    });
    consumer.once('producerclose', () => listener.consumerClosed(id));
    this.#measure(consumer);
    if (source === 'screen') consumer.setPriority(SCREEN_PRIORITY).catch(() => undefined);
    onLook(producer.id);
    if (this.#announced) listener.consumerNew(parameters);
  }

  #measure(consumer: Consumer): void {
    const { clock } = this.#options;
    const meter = new ScoreMeter(() => clock.now());
    this.#scores.push(meter);
    consumer.on('score', ({ score }) => meter.set(score));
    consumer.observer.once('close', () => meter.stop());
  }
}
