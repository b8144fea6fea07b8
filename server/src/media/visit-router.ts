import type { ProbePath, Source } from '@televisit/shared/vocabulary';
import type { Logger } from 'pino';
import type { Producer, RtpCapabilities } from 'mediasoup/types';
import type { Clock } from '../domain/clock.ts';
import { ActiveSpeaker } from './active-speaker.ts';
import { highestDemand } from './camera-demand.ts';
import type { MediaWorker } from './media-worker.ts';
import { PeerMedia, type PeerMediaListener } from './peer-media.ts';
import { Probe } from './probe.ts';
import { RouterShard } from './router-shard.ts';
import { RouterPool, type RouterPoolOptions } from './router-spread.ts';

export interface NewPeer {
  readonly userId: string;
  readonly rtpCapabilities: RtpCapabilities;
  readonly listener: PeerMediaListener;
}

export interface VisitRouterOptions extends RouterPoolOptions {
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The routers of one visit and the media of everyone connected to it. It decides who receives whom. */
export class VisitRouter {
  readonly #pool: RouterPool;
  readonly #first: RouterShard;
  readonly #speaker: ActiveSpeaker;
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** Everyone, with where they live. */
  readonly #peers = new Map<PeerMedia, RouterShard>();
  /** The cameras that everyone else has been given, by producer. */
  readonly #cameras = new Map<string, PeerMedia>();

  private constructor(first: RouterShard, speaker: ActiveSpeaker, options: VisitRouterOptions) {
    this.#pool = new RouterPool(first, options);
    this.#first = first;
    this.#speaker = speaker;
    this.#logger = options.logger;
    this.#clock = options.clock;
    // However the routers end, everything on them ends with them.
    first.router.observer.once('close', () => {
      for (const peer of this.#peers.keys()) peer.close();
    });
  }

  static async create(worker: MediaWorker, options: VisitRouterOptions): Promise<VisitRouter> {
    const { shard, created: speaker } = await RouterShard.createWith(worker, options.codecs, (router) =>
      ActiveSpeaker.create(router),
    );
    return new VisitRouter(shard, speaker, options);
  }

  get closed(): boolean {
    return this.#first.router.closed;
  }

  get consumerCount(): number {
    let count = 0;
    for (const peer of this.#peers.keys()) count += peer.consumerCount;
    return count;
  }

  /** How many people are in the visit. */
  get participantCount(): number {
    let count = 0;
    for (const peer of this.#peers.keys()) if (peer.published) count += 1;
    return count;
  }

  /** Called once when the routers close, by us or with the worker of any of them. */
  onClose(listener: () => void): void {
    this.#first.router.observer.once('close', listener);
  }

  /** Called when somebody else begins to speak; null where the one who spoke last is gone. */
  onActiveSpeaker(listener: (userId: string | null) => void): void {
    this.#speaker.onChange(listener);
  }

  /**
   * The transports of somebody who connects, with paused consumers of all that is in the visit. A consumer of silence
   * is among them: mediasoup-client connects its receiving side only at the first one, and this lets that happen
   * before there is anything to see.
   * @throws TelevisitError `bad_media`, `media_unavailable`
   */
  async createPeer({ userId, rtpCapabilities, listener }: NewPeer): Promise<PeerMedia> {
    const reserving = this.#pool.reserve();
    const { shard, release } = reserving instanceof Promise ? await reserving : reserving;
    const peer = await PeerMedia.create({
      router: shard.router,
      webRtcServer: shard.worker.webRtcServer,
      userId,
      rtpCapabilities,
      listener,
      clock: this.#clock,
      onLook: (producerId) => this.#updateDemand(producerId),
    }).catch((error: unknown) => {
      release();
      throw error;
    });
    // From here on whatever is published reaches this peer too; consume() makes one consumer for a producer however
    // many ask.
    this.#peers.set(peer, shard);
    peer.onClose(() => {
      this.#peers.delete(peer);
      release();
    });
    try {
      const present = [...this.#peers.keys()].filter(
        (other) => other.published && other !== peer && other.userId !== userId,
      );
      await Promise.all([
        peer.consume(shard.warmUpProducer, null, null),
        ...present.flatMap((other) =>
          other.streams.map(({ producer, source }) => this.#consume(peer, other, producer, source)),
        ),
      ]);
      peer.announceConsumers();
      return peer;
    } catch (error) {
      peer.close();
      throw error;
    }
  }

  /** A transport for a connection test, beside everything else. @throws TelevisitError `bad_media`, `media_unavailable` */
  openProbe(path: ProbePath, rtpCapabilities: RtpCapabilities): Promise<Probe> {
    return Probe.open({
      router: this.#first.router,
      webRtcServer: this.#first.worker.webRtcServer,
      warmUpProducer: this.#first.warmUpProducer,
      path,
      rtpCapabilities,
      clock: this.#clock,
    });
  }

  /** Gives everyone else the streams of a peer that has been published. */
  announce(peer: PeerMedia): void {
    for (const { producer, source } of peer.streams) this.fanOut(peer, producer, source);
  }

  /** Gives a published peer's stream to everyone else. Nobody waits for it: each hears of its consumer by itself. */
  fanOut(owner: PeerMedia, producer: Producer, source: Source): void {
    if (!owner.published || producer.closed) return;
    if (source === 'microphone') this.#observeSpeaker(owner, producer);
    const given = [...this.#peers.keys()]
      .filter(({ userId }) => userId !== owner.userId)
      .map((peer) =>
        this.#consume(peer, owner, producer, source).catch((error: unknown) => {
          if (!peer.closed) this.#warn(producer, error);
        }),
      );
    if (source !== 'camera') return;
    // Before all have their consumers nobody can tell whether somebody looks.
    void Promise.all(given).then(() => this.#openCamera(owner, producer));
  }

  /** Idempotent; every peer closes with it. */
  close(): void {
    this.#pool.close();
  }

  /** Gives a stream to one peer, through a pipe where that lives on another router. */
  async #consume(peer: PeerMedia, owner: PeerMedia, producer: Producer, source: Source): Promise<void> {
    const piping = this.#pipe(producer, owner, this.#peers.get(peer));
    if (piping) await piping;
    await peer.consume(producer, owner.userId, source);
  }

  /** Who speaks is decided on the first router, wherever people live. */
  #observeSpeaker(owner: PeerMedia, microphone: Producer): void {
    const hear = async () => {
      const piping = this.#pipe(microphone, owner, this.#first);
      if (piping) await piping;
      if (!microphone.closed) await this.#speaker.add(microphone, owner.userId);
    };
    hear().catch((error: unknown) => this.#warn(microphone, error));
  }

  #pipe(producer: Producer, owner: PeerMedia, to: RouterShard | undefined): Promise<void> | undefined {
    const from = this.#peers.get(owner);
    // With either of them gone there is nothing to bring.
    return to && from?.pipeTo(to, producer);
  }

  #openCamera(owner: PeerMedia, camera: Producer): void {
    if (camera.closed || this.#cameras.has(camera.id)) return;
    this.#cameras.set(camera.id, owner);
    camera.observer.once('close', () => this.#cameras.delete(camera.id));
    this.#updateDemand(camera.id);
  }

  /** Somebody may look at another layer of a camera now, or at none: its sender needs to send no more than that. */
  #updateDemand(producerId: string): void {
    const owner = this.#cameras.get(producerId);
    if (!owner || owner.closed) return;
    owner.demandCamera(highestDemand([...this.#peers.keys()].map((peer) => peer.demandOf(producerId))));
  }

  #warn(producer: Producer, error: unknown): void {
    if (!producer.closed) this.#logger.warn({ err: error }, 'a stream could not be given to everyone');
  }
}
