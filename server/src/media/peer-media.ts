import { isIPv6 } from 'node:net';
import { TelevisitError } from '@televisit/shared/errors';
import type { ConsumerParameters, MediaState, TransportParameters } from '@televisit/shared/signaling';
import { SOURCES, type Source } from '@televisit/shared/vocabulary';
import type {
  DtlsParameters,
  IceParameters,
  Producer,
  RtpCapabilities,
  RtpParameters,
  WebRtcTransport,
} from 'mediasoup/types';
import type { Clock } from '../core/clock.ts';
import { CameraDemand, type Demand } from './camera-demand.ts';
import { type MediaWorker, callWorker } from './media-worker.ts';
import type { RouterShard } from './router-shard.ts';
import { currentScore, meanScore, ScoreMeter } from './score-meter.ts';
import type { PublishedStream } from './stream-receiver.ts';
import { WebRtcReceiver, type Preferences, type WebRtcReceiverOptions } from './webrtc-receiver.ts';
import { createWebRtcTransport, parametersOf } from './webrtc-transport.ts';

const KINDS = { microphone: 'audio', camera: 'video', screen: 'video', screenAudio: 'audio' } as const;

/** Parameters that signaling passes from mediasoup-client to mediasoup unread. */
export type { DtlsParameters, RtpCapabilities, RtpParameters };

/** Receives the events of a connection's media. */
export interface PeerMediaListener {
  /** A consumer was created that no response has contained yet. */
  consumerNew(consumer: ConsumerParameters): void;
  /** A consumer closed, because its stream ended or its audience changed. */
  consumerClosed(consumerId: string): void;
  /** The best layer that any receiver displays of this connection's camera has changed. */
  cameraDemand(demand: Demand): void;
  /** A stream of another participant that the client can't decode. */
  consumerUndecodable(stream: { readonly userId: string; readonly source: Source }): void;
  /** Another participant can't decode a stream of this one. */
  producerUndecodable(source: Source): void;
  /** A transport is connected. */
  connected?(direction: 'send' | 'receive'): void;
  /** The first packets of a stream that the client sends have arrived. */
  received?(): void;
  /** The client has set a transport up, and no media connection came of it in time. */
  unconnected(transport: UnconnectedTransport): void;
}

/** A transport without a connection, for the operator. */
export interface UnconnectedTransport {
  readonly direction: 'send' | 'receive';
  /** `new`: no packet of the client has arrived (ICE, RFC 8445). */
  readonly iceState: string;
  readonly dtlsState: string;
  /** The protocols, addresses and ports that the client was given. */
  readonly candidates: readonly string[];
}

/** How long a client may take to connect a transport that it has set up, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 10_000;

export interface PeerMediaOptions extends Pick<WebRtcReceiverOptions, 'onDemandChange' | 'onUndecodable'> {
  readonly shard: RouterShard;
  readonly userId: string;
  readonly rtpCapabilities: RtpCapabilities;
  readonly listener: PeerMediaListener;
  readonly clock: Clock;
}

/** The transports and streams of one connection, all of which close with it. */
export class PeerMedia {
  readonly userId: string;
  /** The streams that it receives. */
  readonly receiver: WebRtcReceiver;
  readonly #clock: Clock;
  readonly #worker: MediaWorker;
  #listener: PeerMediaListener;
  readonly #send: WebRtcTransport;
  readonly #receive: WebRtcTransport;
  readonly #connected = new Set<WebRtcTransport>();
  readonly #producers = new Map<Source, Producer>();
  readonly #closeListeners: (() => void)[] = [];
  readonly #sentScores: ScoreMeter[] = [];
  #demand: CameraDemand | undefined;
  #published = false;
  #received = false;
  #closed = false;

  private constructor(options: PeerMediaOptions, send: WebRtcTransport, receive: WebRtcTransport) {
    this.userId = options.userId;
    this.#clock = options.clock;
    this.#worker = options.shard.worker;
    this.#listener = options.listener;
    this.#send = send;
    this.#receive = receive;
    const listener = {
      consumerNew: (consumer: ConsumerParameters) => this.#listener.consumerNew(consumer),
      consumerClosed: (consumerId: string) => this.#listener.consumerClosed(consumerId),
    };
    const { userId, shard, rtpCapabilities, clock, onDemandChange, onUndecodable } = options;
    this.receiver = new WebRtcReceiver(receive, {
      router: shard.router,
      recipient: { kind: 'participant', userId },
      sources: new Set(SOURCES),
      rtpCapabilities,
      clock,
      listener,
      onDemandChange,
      onUndecodable: (stream) => {
        this.#listener.consumerUndecodable(stream);
        onUndecodable?.(stream);
      },
    });
  }

  /** @throws {TelevisitError} `media_unavailable` if the worker is gone */
  static async create(options: PeerMediaOptions): Promise<PeerMedia> {
    const { shard } = options;
    const created = await Promise.allSettled([createWebRtcTransport(shard), createWebRtcTransport(shard)]);
    const [send, receive] = created;
    if (send.status === 'fulfilled' && receive.status === 'fulfilled') {
      return new PeerMedia(options, send.value, receive.value);
    }
    for (const transport of created) if (transport.status === 'fulfilled') transport.value.close();
    throw new TelevisitError('media_unavailable', { cause: created });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the participant has joined. */
  get published(): boolean {
    return this.#published;
  }

  get sendTransport(): TransportParameters {
    return parametersOf(this.#send, this.#worker);
  }

  get receiveTransport(): TransportParameters {
    return parametersOf(this.#receive, this.#worker);
  }

  get streams(): readonly PublishedStream[] {
    return [...this.#producers].map(([source, producer]) => ({ userId: this.userId, source, producer }));
  }

  /** The consumers of all streams that it receives. */
  get consumers(): readonly ConsumerParameters[] {
    return this.receiver.parameters;
  }

  /** Mean scores over time, 0 to 10, of the streams that it sent and received; null if unknown. */
  get quality(): { readonly sent: number | null; readonly received: number | null } {
    return { sent: meanScore(this.#sentScores), received: meanScore(this.receiver.scores) };
  }

  /** Scores at this moment, 0 to 10, of the streams that it sends and receives; null if there are none. */
  get scores(): { readonly sent: number | null; readonly received: number | null } {
    return { sent: currentScore(this.#sentScores), received: currentScore(this.receiver.scores) };
  }

  mediaState(source: Source): MediaState {
    const producer = this.#producers.get(source);
    if (!producer) return 'none';
    return producer.paused ? 'off' : 'on';
  }

  /** Notes whether a TURN server relays the media, which only the client knows: its packets come from that server over UDP. */
  setRelayed(relayed: boolean): void {
    for (const transport of [this.#send, this.#receive]) transport.appData.relayed = relayed;
  }

  /** Hands these streams to another connection and notifies it of the current demand for its camera. */
  setListener(listener: PeerMediaListener): void {
    this.#listener = listener;
    const demand = this.#demand?.notified;
    if (demand !== undefined) listener.cameraDemand(demand);
  }

  /** Calls `listener` once when it closes. */
  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }

  /** Connects a transport. Idempotent. @throws {TelevisitError} `not_yours`, `bad_media`, `media_unavailable` */
  async connectTransport(transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    const transport = this.#transport(transportId);
    // The client repeats the request if it lost the response with its connection.
    if (this.#connected.has(transport)) return;
    await callWorker(this, () => transport.connect({ dtlsParameters }));
    this.#connected.add(transport);
    this.#watch(transport);
  }

  /**
   * Creates new ICE credentials for a transport (RFC 8445, 2.4).
   * @throws {TelevisitError} `not_yours`, `media_unavailable`
   */
  async restartIce(transportId: string): Promise<IceParameters> {
    const transport = this.#transport(transportId);
    return callWorker(this, () => transport.restartIce());
  }

  /**
   * Creates a producer. It replaces the previous producer of the same source.
   * @throws {TelevisitError} `not_yours`, `bad_media`, `media_unavailable`
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

  /** @throws {TelevisitError} `not_yours`, `media_unavailable` */
  async pauseProducer(producerId: string): Promise<void> {
    const producer = this.#producer(producerId);
    await callWorker(this, () => producer.pause());
  }

  /** @throws {TelevisitError} `not_yours`, `media_unavailable` */
  async resumeProducer(producerId: string): Promise<void> {
    const producer = this.#producer(producerId);
    await callWorker(this, () => producer.resume());
  }

  /** @throws {TelevisitError} `not_yours` */
  closeProducer(producerId: string): void {
    this.#producer(producerId).close();
  }

  /** Tells the client that another participant can't decode one of its streams. */
  reportUndecodable(source: Source): void {
    this.#listener.producerUndecodable(source);
  }

  /** Sets the highest layer of the camera that any receiver displays. */
  setCameraDemand(demand: Demand): void {
    this.#demand?.set(demand);
  }

  /** Marks consumers as created in the browser. Ignores unknown ids. */
  async consumersReady(consumerIds: readonly string[]): Promise<void> {
    await this.receiver.ready(consumerIds);
  }

  /** Applies what the page displays of its consumers. Ignores unknown ids. */
  async preferConsumers(preferences: Preferences): Promise<void> {
    await this.receiver.prefer(preferences);
  }

  /**
   * Marks the participant as joined: resumes the sources in `live` and the consumers that are ready and visible.
   * @throws {TelevisitError} `media_unavailable`
   */
  async publish(live: readonly Source[]): Promise<void> {
    this.#published = true;
    await callWorker(this, () =>
      Promise.all([...live.map((source) => this.#producers.get(source)?.resume()), this.receiver.join()]),
    );
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#send.close();
    this.receiver.close();
    for (const listener of this.#closeListeners) listener();
  }

  #watch(transport: WebRtcTransport): void {
    const direction = transport === this.#send ? 'send' : 'receive';
    transport.observer.on('dtlsstatechange', (state) => {
      if (state === 'connected') this.#listener.connected?.(direction);
    });
    const cancel = this.#clock.after(CONNECT_TIMEOUT_MS, () => {
      const { iceState, dtlsState } = transport;
      if (dtlsState === 'connected') return;
      const candidates = this.#worker
        .candidatesOf(transport)
        .map(
          ({ protocol, address, port }) =>
            `${protocol} ${isIPv6(address) ? `[${address}]` : address}:${port}`,
        );
      this.#listener.unconnected({ direction, iceState, dtlsState, candidates });
    });
    transport.observer.once('close', cancel);
  }

  #newDemand(camera: Producer): CameraDemand {
    const demand = new CameraDemand(this.#clock, (layer) => this.#listener.cameraDemand(layer));
    this.#demand = demand;
    camera.observer.once('close', () => {
      demand.close();
      if (this.#demand === demand) this.#demand = undefined;
    });
    return demand;
  }

  #measure(producer: Producer, demand: CameraDemand | undefined): void {
    const meter = new ScoreMeter(() => this.#clock.now());
    this.#sentScores.push(meter);
    producer.observer.once('close', () => meter.stop());
    producer.on('score', (scores) => {
      // The best layer counts: a sender drops the others if they exceed its bandwidth.
      const best = Math.max(...scores.map(({ score }) => score));
      if (best > 0 && !this.#received) {
        this.#received = true;
        this.#listener.received?.();
      }
      // A camera without demand sends nothing, which says nothing about the network.
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
