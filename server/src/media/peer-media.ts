import { TelevisitError } from '@televisit/shared/errors';
import type {
  ConsumerParameters,
  MediaState,
  Source,
  TransportParameters,
} from '@televisit/shared/signaling';
import type {
  Consumer,
  DtlsParameters,
  Producer,
  Router,
  RtpCapabilities,
  RtpParameters,
  WebRtcServer,
  WebRtcTransport,
} from 'mediasoup/types';
import { meanScore, ScoreMeter } from './score-meter.ts';

/** Where the estimate of what a receiver can take starts, in bit/s; mediasoup's own 600 kbit/s makes a blurry first minute. */
const INITIAL_OUTGOING_BITRATE = 1_000_000;

/** What the owner of a connection hears of its media. */
export interface PeerMediaListener {
  /** A consumer was made that no answer has named yet. */
  consumerNew(consumer: ConsumerParameters): void;
  /** A consumer ended because its stream did. */
  consumerClosed(consumerId: string): void;
}

export interface PeerMediaOptions {
  readonly router: Router;
  readonly webRtcServer: WebRtcServer;
  readonly userId: string;
  readonly rtpCapabilities: RtpCapabilities;
  readonly listener: PeerMediaListener;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

interface Received {
  readonly consumer: Consumer;
  readonly parameters: ConsumerParameters;
  /** Whether the browser has set it up. */
  ready: boolean;
}

/** The transports and streams of one connection. Everything it hands out closes with it. */
export class PeerMedia {
  readonly userId: string;
  readonly #options: PeerMediaOptions;
  readonly #send: WebRtcTransport;
  readonly #receive: WebRtcTransport;
  readonly #producers = new Map<Source, Producer>();
  readonly #consumers = new Map<string, Received>();
  /** By producer: asking twice for a stream makes one consumer. */
  readonly #consuming = new Map<string, Promise<void>>();
  readonly #closeListeners: (() => void)[] = [];
  readonly #sentScores: ScoreMeter[] = [];
  readonly #receivedScores: ScoreMeter[] = [];
  #announced = false;
  #published = false;
  #closed = false;

  private constructor(options: PeerMediaOptions, send: WebRtcTransport, receive: WebRtcTransport) {
    this.userId = options.userId;
    this.#options = options;
    this.#send = send;
    this.#receive = receive;
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
    return this.#consumers.size;
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
    return [...this.#consumers.values()].map(({ parameters }) => parameters);
  }

  /** How well its streams arrived here, and others' streams there, as means over time from 0 to 10. */
  get quality(): { readonly sent: number | null; readonly received: number | null } {
    return { sent: meanScore(this.#sentScores), received: meanScore(this.#receivedScores) };
  }

  mediaState(source: Source): MediaState {
    const producer = this.#producers.get(source);
    if (!producer) return 'none';
    return producer.paused ? 'off' : 'on';
  }

  /** Called once, when this closes for whatever reason. */
  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }

  /** @throws TelevisitError `not_yours`, `bad_media`, `media_unavailable` */
  async connectTransport(transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    const transport = [this.#send, this.#receive].find(({ id }) => id === transportId);
    if (!transport) throw new TelevisitError('not_yours');
    await this.#request(() => transport.connect({ dtlsParameters }));
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
    const kind = source === 'microphone' ? 'audio' : 'video';
    const producer = await this.#request(() => this.#send.produce({ kind, rtpParameters, paused }));
    this.#producers.get(source)?.close();
    this.#producers.set(source, producer);
    producer.observer.once('close', () => {
      if (this.#producers.get(source) === producer) this.#producers.delete(source);
    });
    const meter = this.#meter(this.#sentScores);
    producer.observer.once('close', () => meter.stop());
    // Of several layers the best one counts: a sender leaves the others out where they don't fit.
    producer.on('score', (scores) => meter.set(Math.max(...scores.map(({ score }) => score))));
    return producer;
  }

  /** @throws TelevisitError `not_yours`, `media_unavailable` */
  async pauseProducer(producerId: string): Promise<void> {
    const producer = this.#producer(producerId);
    await this.#request(() => producer.pause());
  }

  /** @throws TelevisitError `not_yours`, `media_unavailable` */
  async resumeProducer(producerId: string): Promise<void> {
    const producer = this.#producer(producerId);
    await this.#request(() => producer.resume());
  }

  /** @throws TelevisitError `not_yours` */
  closeProducer(producerId: string): void {
    this.#producer(producerId).close();
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

  /** From now on new consumers are told one by one; those so far are in `consumers`. */
  announceConsumers(): void {
    this.#announced = true;
  }

  /** The browser has set these consumers up. Ids of others and of closed ones are skipped. */
  async consumersReady(consumerIds: readonly string[]): Promise<void> {
    const received = consumerIds.map((id) => this.#consumers.get(id)).filter((one) => one !== undefined);
    for (const one of received) one.ready = true;
    if (this.#published) await resumeAll(received);
  }

  /** The person has joined: named sources and everything that is ready run. Resuming asks senders for a key frame. */
  async publish(live: readonly Source[]): Promise<void> {
    this.#published = true;
    await this.#request(() => {
      const sending = live.map((source) => this.#producers.get(source)?.resume());
      const receiving = [...this.#consumers.values()].filter(({ ready }) => ready);
      return Promise.all([...sending, resumeAll(receiving)]);
    });
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#send.close();
    this.#receive.close();
    for (const listener of this.#closeListeners) listener();
  }

  async #consume(producer: Producer, userId: string | null, source: Source | null): Promise<void> {
    const options = { producerId: producer.id, rtpCapabilities: this.#options.rtpCapabilities };
    const consumer = await this.#request(async () =>
      this.#options.router.canConsume(options)
        ? this.#receive.consume({ ...options, paused: true })
        : undefined,
    );
    if (!consumer) return;
    const { id, kind, rtpParameters } = consumer;
    const parameters = { consumerId: id, producerId: producer.id, kind, rtpParameters, userId, source };
    this.#consumers.set(id, { consumer, parameters, ready: false });
    consumer.observer.once('close', () => {
      this.#consumers.delete(id);
      this.#consuming.delete(producer.id);
    });
    const meter = this.#meter(this.#receivedScores);
    consumer.observer.once('close', () => meter.stop());
    consumer.on('score', ({ score }) => meter.set(score));
    consumer.once('producerclose', () => this.#options.listener.consumerClosed(id));
    if (this.#announced) this.#options.listener.consumerNew(parameters);
  }

  #meter(meters: ScoreMeter[]): ScoreMeter {
    const meter = new ScoreMeter(this.#options.now);
    meters.push(meter);
    return meter;
  }

  #producer(producerId: string): Producer {
    for (const producer of this.#producers.values()) if (producer.id === producerId) return producer;
    throw new TelevisitError('not_yours');
  }

  /** Asks the worker, and words its refusal for the client. */
  async #request<T>(request: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new TelevisitError('media_unavailable');
    try {
      return await request();
    } catch (error) {
      throw new TelevisitError(this.closed ? 'media_unavailable' : 'bad_media', { cause: error });
    }
  }
}

/** A consumer that closes meanwhile needs no resuming. */
async function resumeAll(received: readonly Received[]): Promise<void> {
  await Promise.all(received.map(({ consumer }) => consumer.resume().catch(() => undefined)));
}

function parametersOf({
  id,
  iceParameters,
  iceCandidates,
  dtlsParameters,
}: WebRtcTransport): TransportParameters {
  return { id, iceParameters, iceCandidates, dtlsParameters };
}
