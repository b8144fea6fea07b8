import type { ProbePath, Source } from '@televisit/shared/vocabulary';
import type { Logger } from 'pino';
import type { Producer, RtpCapabilities } from 'mediasoup/types';
import type { Clock } from '../domain/clock.ts';
import { ActiveSpeaker } from './active-speaker.ts';
import { highest } from './camera-demand.ts';
import type { MediaWorker } from './media-worker.ts';
import { PeerMedia, type PeerMediaListener } from './peer-media.ts';
import { Probe } from './probe.ts';
import { RouterBranch } from './router-branch.ts';
import { RouterSpread, type RouterSpreadOptions } from './router-spread.ts';

export interface NewPeer {
  readonly userId: string;
  readonly rtpCapabilities: RtpCapabilities;
  readonly listener: PeerMediaListener;
}

export interface VisitRouterOptions extends RouterSpreadOptions {
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The routers of one visit and the media of everyone connected to it. It decides who receives whom. */
export class VisitRouter {
  readonly #spread: RouterSpread;
  readonly #first: RouterBranch;
  readonly #speaker: ActiveSpeaker;
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** Everyone, with where they live. */
  readonly #peers = new Map<PeerMedia, RouterBranch>();
  /** The cameras that everyone else has been given, by producer. */
  readonly #cameras = new Map<string, PeerMedia>();

  private constructor(first: RouterBranch, speaker: ActiveSpeaker, options: VisitRouterOptions) {
    this.#spread = new RouterSpread(first, options);
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
    const { branch, made: speaker } = await RouterBranch.create(worker, options.codecs, (router) =>
      ActiveSpeaker.create(router),
    );
    return new VisitRouter(branch, speaker, options);
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
    const taking = this.#spread.take();
    const { branch, leave } = taking instanceof Promise ? await taking : taking;
    const peer = await PeerMedia.create({
      router: branch.router,
      webRtcServer: branch.worker.webRtcServer,
      userId,
      rtpCapabilities,
      listener,
      clock: this.#clock,
      onLook: (producerId) => this.#look(producerId),
    }).catch((error: unknown) => {
      leave();
      throw error;
    });
    // From here on whatever is published reaches this peer too; consume() makes one consumer for a producer however
    // many ask.
    this.#peers.set(peer, branch);
    peer.onClose(() => {
      this.#peers.delete(peer);
      leave();
    });
    try {
      const present = [...this.#peers.keys()].filter(
        (other) => other.published && other !== peer && other.userId !== userId,
      );
      await Promise.all([
        peer.consume(branch.silence, null, null),
        ...present.flatMap((other) =>
          other.streams.map(({ producer, source }) => this.#give(peer, other, producer, source)),
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
      silence: this.#first.silence,
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
    if (source === 'microphone') this.#hear(owner, producer);
    const given = [...this.#peers.keys()]
      .filter(({ userId }) => userId !== owner.userId)
      .map((peer) =>
        this.#give(peer, owner, producer, source).catch((error: unknown) => {
          if (!peer.closed) this.#warn(producer, error);
        }),
      );
    if (source !== 'camera') return;
    // Before all have their consumers nobody can tell whether somebody looks.
    void Promise.all(given).then(() => this.#openCamera(owner, producer));
  }

  /** Idempotent; every peer closes with it. */
  close(): void {
    this.#spread.close();
  }

  /** Gives a stream to one peer, through a pipe where that lives on another router. */
  async #give(peer: PeerMedia, owner: PeerMedia, producer: Producer, source: Source): Promise<void> {
    const bringing = this.#bring(producer, owner, this.#peers.get(peer));
    if (bringing) await bringing;
    await peer.consume(producer, owner.userId, source);
  }

  /** Who speaks is decided on the first router, wherever people live. */
  #hear(owner: PeerMedia, microphone: Producer): void {
    const hear = async () => {
      const bringing = this.#bring(microphone, owner, this.#first);
      if (bringing) await bringing;
      if (!microphone.closed) await this.#speaker.add(microphone, owner.userId);
    };
    hear().catch((error: unknown) => this.#warn(microphone, error));
  }

  #bring(producer: Producer, owner: PeerMedia, to: RouterBranch | undefined): Promise<void> | undefined {
    const from = this.#peers.get(owner);
    // With either of them gone there is nothing to bring.
    return from && to?.bring(producer, from);
  }

  #openCamera(owner: PeerMedia, camera: Producer): void {
    if (camera.closed || this.#cameras.has(camera.id)) return;
    this.#cameras.set(camera.id, owner);
    camera.observer.once('close', () => this.#cameras.delete(camera.id));
    this.#look(camera.id);
  }

  /** Somebody may look at another layer of a camera now, or at none: its sender needs to send no more than that. */
  #look(producerId: string): void {
    const owner = this.#cameras.get(producerId);
    if (!owner || owner.closed) return;
    owner.demandCamera(highest([...this.#peers.keys()].map((peer) => peer.demandOf(producerId))));
  }

  #warn(producer: Producer, error: unknown): void {
    if (!producer.closed) this.#logger.warn({ err: error }, 'a stream could not be given to everyone');
  }
}
