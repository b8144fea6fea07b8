import { TelevisitError } from '@televisit/shared/errors';
import type { ProbePath, Source } from '@televisit/shared/vocabulary';
import type { Logger } from 'pino';
import type { Producer, RtpCapabilities } from 'mediasoup/types';
import type { Clock } from '../core/clock.ts';
import { STREAM_TURNS } from '../core/turns.ts';
import { ActiveSpeaker } from './active-speaker.ts';
import type { AudiencePolicy } from './audience-policy.ts';
import { highestDemand } from './camera-demand.ts';
import type { MediaWorker } from './media-worker.ts';
import { PeerMedia, type PeerMediaListener } from './peer-media.ts';
import { Probe } from './probe.ts';
import { RouterShard } from './router-shard.ts';
import { RouterPool, type RouterPoolOptions } from './router-pool.ts';
import { RtpReceiver, type RtpReceiverOptions } from './rtp-receiver.ts';
import type { PublishedStream, StreamReceiver } from './stream-receiver.ts';

export interface NewPeer {
  readonly userId: string;
  readonly rtpCapabilities: RtpCapabilities;
  readonly listener: PeerMediaListener;
}

export interface SessionRouterOptions extends RouterPoolOptions {
  readonly audience: AudiencePolicy;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Routes the media of one session: creates the consumers that the audience policy allows, on one or more routers. */
export class SessionRouter {
  readonly #pool: RouterPool;
  readonly #first: RouterShard;
  readonly #speaker: ActiveSpeaker;
  readonly #audience: AudiencePolicy;
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** The senders, with the shard that has their producers. */
  readonly #peers = new Map<PeerMedia, RouterShard>();
  /** All receivers, peers and others, with their shards. */
  readonly #receivers = new Map<StreamReceiver, RouterShard>();
  /** The owners of cameras that all participants have consumers of, by producer id. */
  readonly #cameras = new Map<string, PeerMedia>();

  private constructor(first: RouterShard, speaker: ActiveSpeaker, options: SessionRouterOptions) {
    this.#pool = new RouterPool(first, options);
    this.#first = first;
    this.#speaker = speaker;
    this.#audience = options.audience;
    this.#logger = options.logger;
    this.#clock = options.clock;
    first.router.observer.once('close', () => {
      for (const peer of this.#peers.keys()) peer.close();
      for (const receiver of this.#receivers.keys()) receiver.close('router_closed');
    });
  }

  static async create(worker: MediaWorker, options: SessionRouterOptions): Promise<SessionRouter> {
    const { shard, created: speaker } = await RouterShard.createWith(worker, options.codecs, (router) =>
      ActiveSpeaker.create(router),
    );
    return new SessionRouter(shard, speaker, options);
  }

  get closed(): boolean {
    return this.#first.router.closed;
  }

  /** The number of streams that it forwards. */
  get consumerCount(): number {
    let count = 0;
    for (const receiver of this.#receivers.keys()) count += receiver.consumerCount;
    return count;
  }

  /** The number of participants who have joined. */
  get participantCount(): number {
    let count = 0;
    for (const peer of this.#peers.keys()) if (peer.published) count += 1;
    return count;
  }

  /** Calls `listener` once when it closes, by `close()` or with any of its workers. */
  onClose(listener: () => void): void {
    this.#first.router.observer.once('close', listener);
  }

  /** Calls `listener` when the active speaker changes, with null when the last one has no microphone left. */
  onActiveSpeaker(listener: (userId: string | null) => void): void {
    this.#speaker.onChange(listener);
  }

  /**
   * Creates the transports of a connection, with paused consumers of the session's streams and of a warm-up producer.
   * @throws {TelevisitError} `bad_media`, `media_unavailable`
   */
  async createPeer({ userId, rtpCapabilities, listener }: NewPeer): Promise<PeerMedia> {
    const { shard, release } = await this.#pool.reserve();
    const peer = await PeerMedia.create({
      shard,
      userId,
      rtpCapabilities,
      listener,
      clock: this.#clock,
      onDemandChange: (producerId) => this.#updateDemand(producerId),
      onUndecodable: (stream) => {
        for (const owner of this.#peers.keys()) {
          if (owner.published && owner.userId === stream.userId) owner.reportUndecodable(stream.source);
        }
      },
    }).catch((error: unknown) => {
      release();
      throw error;
    });
    this.#peers.set(peer, shard);
    peer.onClose(() => {
      this.#peers.delete(peer);
      release();
    });
    // From here on it also receives streams that are published during the awaits; repeated calls share one consumer.
    this.#addReceiver(peer.receiver, shard);
    try {
      await Promise.all([
        peer.receiver.consumeWarmUp(shard.warmUpProducer),
        ...this.#published().map(([owner, stream]) => this.#consume(peer.receiver, owner, stream)),
      ]);
      peer.receiver.announce();
      return peer;
    } catch (error) {
      peer.close();
      throw error;
    }
  }

  /** Creates a transport for a connection test. @throws {TelevisitError} `bad_media`, `media_unavailable` */
  async openProbe(path: ProbePath, rtpCapabilities: RtpCapabilities): Promise<Probe> {
    const probe = await Probe.open({ shard: this.#first, path, rtpCapabilities, clock: this.#clock });
    this.#addReceiver(probe.receiver, this.#first);
    return probe;
  }

  /**
   * Opens a receiver that is no participant. It reports current and future streams to its listener, and closes with the
   * router: when a worker dies, its owner opens another one on the session's next router.
   * @throws {TelevisitError} `media_unavailable` if the router is closed
   */
  async openReceiver(options: RtpReceiverOptions): Promise<RtpReceiver> {
    const { shard, release } = await this.#pool.reserve();
    if (shard.router.closed) {
      release();
      throw new TelevisitError('media_unavailable');
    }
    const receiver = new RtpReceiver(shard.router, options, (producerId) => this.#updateDemand(producerId));
    this.#addReceiver(receiver, shard);
    receiver.onClose(release);
    for (const [owner, stream] of this.#published()) void this.#tryConsume(receiver, owner, stream);
    return receiver;
  }

  /** Creates consumers of all streams of a peer that has joined. */
  createPeerConsumers(peer: PeerMedia): void {
    for (const { producer, source } of peer.streams) this.createConsumers(peer, producer, source);
  }

  /** Creates consumers of a stream if its owner has joined. Returns at once; listeners are notified of each consumer. */
  createConsumers(owner: PeerMedia, producer: Producer, source: Source): void {
    if (!owner.published || producer.closed) return;
    if (source === 'microphone') this.#observeSpeaker(owner, producer);
    const stream = { userId: owner.userId, source, producer };
    const participants: Promise<void>[] = [];
    for (const receiver of this.#receivers.keys()) {
      const consuming = this.#tryConsume(receiver, owner, stream);
      if (receiver.recipient.kind === 'participant') participants.push(consuming);
    }
    if (source !== 'camera') return;
    // Before that the demand would only seem low. Other receivers have no demand before they resume the stream.
    void Promise.all(participants).then(() => this.#trackDemand(owner, producer));
  }

  /** Applies changed answers of the audience policy: creates consumers that are missing, closes those no longer allowed. */
  audienceChanged(): void {
    for (const receiver of this.#receivers.keys()) {
      for (const [owner, stream] of this.#published()) {
        if (this.#mayReceive(receiver, stream)) void this.#tryConsume(receiver, owner, stream);
        else receiver.stopConsuming(stream.producer.id);
      }
    }
  }

  /** Closes its routers with all peers and receivers. Idempotent. */
  close(): void {
    this.#pool.close();
  }

  #addReceiver(receiver: StreamReceiver, shard: RouterShard): void {
    this.#receivers.set(receiver, shard);
    receiver.onClose(() => this.#receivers.delete(receiver));
  }

  /** The streams of participants who have joined. */
  #published(): (readonly [PeerMedia, PublishedStream])[] {
    const joined = [...this.#peers.keys()].filter(({ published }) => published);
    return joined.flatMap((owner) => owner.streams.map((stream) => [owner, stream] as const));
  }

  #mayReceive({ recipient, sources, senders }: StreamReceiver, stream: PublishedStream): boolean {
    const isWanted = sources.has(stream.source) && (senders?.has(stream.userId) ?? true);
    return isWanted && this.#audience.mayReceive(recipient, stream);
  }

  /** Creates a receiver's consumer of a stream, if allowed, through a pipe if they are on different shards. */
  async #consume(receiver: StreamReceiver, owner: PeerMedia, stream: PublishedStream): Promise<void> {
    if (!this.#mayReceive(receiver, stream)) return;
    await this.#pipe(stream.producer, owner, this.#receivers.get(receiver));
    // A large session has thousands of consumers, for which other sessions do not wait.
    await STREAM_TURNS.next(this);
    // Meanwhile the audience may have changed, or the stream ended.
    if (this.#mayReceive(receiver, stream) && !stream.producer.closed) await receiver.consume(stream);
  }

  async #tryConsume(receiver: StreamReceiver, owner: PeerMedia, stream: PublishedStream): Promise<void> {
    try {
      await this.#consume(receiver, owner, stream);
    } catch (error) {
      if (receiver.closed || stream.producer.closed) return;
      this.#logger.warn({ err: error, source: stream.source }, 'failed to create consumer');
    }
  }

  /** Observes a microphone on the first shard, which detects the active speaker of all shards. */
  #observeSpeaker(owner: PeerMedia, microphone: Producer): void {
    const observe = async () => {
      await this.#pipe(microphone, owner, this.#first);
      if (!microphone.closed) await this.#speaker.add(microphone, owner.userId);
    };
    observe().catch((error: unknown) => {
      if (!microphone.closed) this.#logger.warn({ err: error }, 'failed to observe microphone');
    });
  }

  #pipe(producer: Producer, owner: PeerMedia, to: RouterShard | undefined): Promise<void> | undefined {
    // Undefined if either end has closed.
    const from = this.#peers.get(owner);
    return to && from?.pipeTo(to, producer);
  }

  #trackDemand(owner: PeerMedia, camera: Producer): void {
    if (camera.closed || this.#cameras.has(camera.id)) return;
    this.#cameras.set(camera.id, owner);
    camera.observer.once('close', () => this.#cameras.delete(camera.id));
    this.#updateDemand(camera.id);
  }

  /** Tells the sender of a camera the highest layer that any receiver uses, above which it need not send. */
  #updateDemand(producerId: string): void {
    const owner = this.#cameras.get(producerId);
    if (!owner || owner.closed) return;
    const demands = [...this.#receivers.keys()].map((receiver) => receiver.demandOf(producerId));
    owner.setCameraDemand(highestDemand(demands));
  }
}
