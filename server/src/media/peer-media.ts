import { TelevisitError } from '@televisit/shared/errors';
import type { ConsumerParameters, MediaState, TransportParameters } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import type {
  DtlsParameters,
  IceParameters,
  Producer,
  Router,
  RtpCapabilities,
  RtpParameters,
  WebRtcServer,
  WebRtcTransport,
} from 'mediasoup/types';
import type { Clock } from '../domain/clock.ts';
import { CameraDemand, type Demand } from './camera-demand.ts';
import { ReceivedStreams, type Preferences, type ReceivedStreamsOptions } from './received-streams.ts';
import { meanScore, ScoreMeter } from './score-meter.ts';
import { parametersOf } from './transport-parameters.ts';
import { callWorker } from './call-worker.ts';

/** Where the estimate of what a receiver can take starts, in bit/s; mediasoup's own 600 kbit/s makes a blurry first minute. */
const INITIAL_OUTGOING_BITRATE = 1_000_000;

const KINDS = { microphone: 'audio', camera: 'video', screen: 'video', screenAudio: 'audio' } as const;

/** What the owner of a connection hears of its media. */
export interface PeerMediaListener {
  /** A consumer was made that no answer has named yet. */
  consumerNew(consumer: ConsumerParameters): void;
  /** A consumer ended because its stream did. */
  consumerClosed(consumerId: string): void;
  /** The best layer of this connection's camera that anybody looks at has changed. */
  cameraDemand(demand: Demand): void;
}

export interface PeerMediaOptions extends Pick<ReceivedStreamsOptions, 'onLook'> {
  readonly router: Router;
  readonly webRtcServer: WebRtcServer;
  readonly userId: string;
  readonly rtpCapabilities: RtpCapabilities;
  readonly listener: PeerMediaListener;
  readonly clock: Clock;
}

/** The transports and streams of one connection. Everything it hands out closes with it. */
export class PeerMedia {
  readonly userId: string;
  readonly #options: PeerMediaOptions;
  #listener: PeerMediaListener;
  readonly #send: WebRtcTransport;
  readonly #receive: WebRtcTransport;
  readonly #connected = new Set<WebRtcTransport>();
  readonly #producers = new Map<Source, Producer>();
  readonly #received: ReceivedStreams;
  readonly #closeListeners: (() => void)[] = [];
  readonly #sentScores: ScoreMeter[] = [];
  #demand: CameraDemand | undefined;
  #published = false;
  #closed = false;

  private constructor(options: PeerMediaOptions, send: WebRtcTransport, receive: WebRtcTransport) {
    this.userId = options.userId;
    this.#options = options;
    this.#listener = options.listener;
    this.#send = send;
    this.#receive = receive;
    const listener = {
      consumerNew: (consumer: ConsumerParameters) => this.#listener.consumerNew(consumer),
      consumerClosed: (consumerId: string) => this.#listener.consumerClosed(consumerId),
    };
    this.#received = new ReceivedStreams(receive, { ...options, listener });
  }

  /** @throws TelevisitError `media_unavailable` where the worker is gone */
  static async create(options: PeerMediaOptions): Promise<PeerMedia> {
    const transportOptions = {
      webRtcServer: options.webRtcServer,
      enableTcp: true,
      preferUdp: true,
      initialAvailableOutgoingBitrate: INITIAL_OUTGOING_BITRATE,
    };
    const made = await Promise.allSettled([
      options.router.createWebRtcTransport(transportOptions),
      options.router.createWebRtcTransport(transportOptions),
    ]);
    const [send, receive] = made;
    if (send.status === 'fulfilled' && receive.status === 'fulfilled') {
      return new PeerMedia(options, send.value, receive.value);
    }
    for (const transport of made) if (transport.status === 'fulfilled') transport.value.close();
    throw new TelevisitError('media_unavailable', { cause: made });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether its person has joined. */
  get published(): boolean {
    return this.#published;
  }

  get consumerCount(): number {
    return this.#received.count;
  }

  get sendTransport(): TransportParameters {
    return parametersOf(this.#send);
  }

  get receiveTransport(): TransportParameters {
    return parametersOf(this.#receive);
  }

  get streams(): readonly { producer: Producer; source: Source }[] {
    return [...this.#producers].map(([source, producer]) => ({ source, producer }));
  }

  /** All streams that this connection receives. */
  get consumers(): readonly ConsumerParameters[] {
    return this.#received.parameters;
  }

  /** How well its streams arrived here, and others' streams there, as means over time from 0 to 10. */
  get quality(): { readonly sent: number | null; readonly received: number | null } {
    return { sent: meanScore(this.#sentScores), received: meanScore(this.#received.scores) };
  }

  mediaState(source: Source): MediaState {
    const producer = this.#producers.get(source);
    if (!producer) return 'none';
    return producer.paused ? 'off' : 'on';
  }

  /** Another connection goes on with these streams; it hears at once what is looked at of its camera. */
  handTo(listener: PeerMediaListener): void {
    this.#listener = listener;
    const told = this.#demand?.notified;
    if (told !== undefined) listener.cameraDemand(told);
  }

  /** Called once, when this closes for whatever reason. */
  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }

  /** @throws TelevisitError `not_yours`, `bad_media`, `media_unavailable` */
  async connectTransport(transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    const transport = this.#transport(transportId);
    // Asked again, because the first answer was lost with its connection.
    if (this.#connected.has(transport)) return;
    await callWorker(this, () => transport.connect({ dtlsParameters }));
    this.#connected.add(transport);
  }

  /** New ICE credentials for a transport (RFC 8445, 2.4). @throws TelevisitError `not_yours`, `media_unavailable` */
  async restartIce(transportId: string): Promise<IceParameters> {
    const transport = this.#transport(transportId);
    return callWorker(this, () => transport.restartIce());
  }

  /**
   * A second stream of the same source takes the first one's place.
   * @throws TelevisitError `not_yours`, `bad_media`, `media_unavailable`
   */
  async produce(
    transportId: string,
    source: Source,
    rtpParameters: RtpParameters,
    paused: boolean,
  ): Promise<Producer> {
    if (transportId !== this.#send.id) throw new TelevisitError('not_yours');
    const kind = KINDS[source];
    const producer = await callWorker(this, () => this.#send.produce({ kind, rtpParameters, paused }));
    this.#producers.get(source)?.close();
    this.#producers.set(source, producer);
    producer.observer.once('close', () => {
      if (this.#producers.get(source) === producer) this.#producers.delete(source);
    });
    this.#measure(producer, source === 'camera' ? this.#newDemand(producer) : undefined);
    return producer;
  }

  /** @throws TelevisitError `not_yours`, `media_unavailable` */
  async pauseProducer(producerId: string): Promise<void> {
    const producer = this.#producer(producerId);
    await callWorker(this, () => producer.pause());
  }

  /** @throws TelevisitError `not_yours`, `media_unavailable` */
  async resumeProducer(producerId: string): Promise<void> {
    const producer = this.#producer(producerId);
    await callWorker(this, () => producer.resume());
  }

  /** @throws TelevisitError `not_yours` */
  closeProducer(producerId: string): void {
    this.#producer(producerId).close();
  }

  /** What others look at of the camera now. */
  demandCamera(demand: Demand): void {
    this.#demand?.set(demand);
  }

  /** What this connection looks at of a stream, or is about to; null where it does not. */
  demandOf(producerId: string): Demand {
    return this.#received.demandOf(producerId);
  }

  /** As `ReceivedStreams.consume`. @throws TelevisitError `bad_media`, `media_unavailable` */
  consume(producer: Producer, userId: string | null, source: Source | null): Promise<void> {
    return this.#received.consume(producer, userId, source);
  }

  /** From now on new consumers are told one by one; those so far are in `consumers`. */
  announceConsumers(): void {
    this.#received.announce();
  }

  /** The browser has set these consumers up. Ids of others and of closed ones are skipped. */
  async consumersReady(consumerIds: readonly string[]): Promise<void> {
    await this.#received.ready(consumerIds);
  }

  /** What the page shows of its streams. Ids of others and of closed consumers are skipped. */
  async preferConsumers(preferences: Preferences): Promise<void> {
    await this.#received.prefer(preferences);
  }

  /** The person has joined: named sources and everything that is ready and shown run. */
  async publish(live: readonly Source[]): Promise<void> {
    this.#published = true;
    await callWorker(this, () =>
      Promise.all([...live.map((source) => this.#producers.get(source)?.resume()), this.#received.join()]),
    );
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#send.close();
    this.#receive.close();
    for (const listener of this.#closeListeners) listener();
  }

  #newDemand(camera: Producer): CameraDemand {
    const demand = new CameraDemand(this.#options.clock, (layer) => this.#listener.cameraDemand(layer));
    this.#demand = demand;
    camera.observer.once('close', () => {
      demand.close();
      if (this.#demand === demand) this.#demand = undefined;
    });
    return demand;
  }

  #measure(producer: Producer, demand: CameraDemand | undefined): void {
    const { clock } = this.#options;
    const meter = new ScoreMeter(() => clock.now());
    this.#sentScores.push(meter);
    producer.observer.once('close', () => meter.stop());
    producer.on('score', (scores) => {
      // Of several layers the best one counts: a sender leaves the others out where they don't fit.
      const best = Math.max(...scores.map(({ score }) => score));
      // That nothing comes of what nobody asked for is no fault of the network.
      if (best === 0 && demand?.notified === null) meter.stop();
      else meter.set(best);
    });
  }

  #transport(transportId: string): WebRtcTransport {
    const transport = [this.#send, this.#receive].find(({ id }) => id === transportId);
    if (!transport) throw new TelevisitError('not_yours');
    return transport;
  }

  #producer(producerId: string): Producer {
    for (const producer of this.#producers.values()) if (producer.id === producerId) return producer;
    throw new TelevisitError('not_yours');
  }
}
