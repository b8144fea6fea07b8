import { randomInt } from 'node:crypto';
import type { ProbePath, Source } from '@televisit/shared/signaling';
import type { Logger } from 'pino';
import type { Producer, Router, RouterRtpCodecCapability, RtpCapabilities } from 'mediasoup/types';
import type { Clock } from '../domain/clock.ts';
import { ActiveSpeaker } from './active-speaker.ts';
import { highest } from './camera-demand.ts';
import type { MediaWorker } from './media-worker.ts';
import { PeerMedia, type PeerMediaListener } from './peer-media.ts';
import { Probe } from './probe.ts';

export interface NewPeer {
  readonly userId: string;
  readonly rtpCapabilities: RtpCapabilities;
  readonly listener: PeerMediaListener;
}

export interface VisitRouterOptions {
  readonly codecs: RouterRtpCodecCapability[];
  readonly logger: Logger;
  readonly clock: Clock;
}

interface VisitRouterParts {
  readonly worker: MediaWorker;
  readonly router: Router;
  readonly silence: Producer;
  readonly speaker: ActiveSpeaker;
}

/** The router of one visit and the media of everyone connected to it. It decides who receives whom. */
export class VisitRouter {
  readonly #worker: MediaWorker;
  readonly #router: Router;
  readonly #silence: Producer;
  readonly #speaker: ActiveSpeaker;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #peers = new Set<PeerMedia>();
  /** The cameras that everyone else has been given, by producer. */
  readonly #cameras = new Map<string, PeerMedia>();

  private constructor(
    { worker, router, silence, speaker }: VisitRouterParts,
    { logger, clock }: VisitRouterOptions,
  ) {
    this.#worker = worker;
    this.#router = router;
    this.#silence = silence;
    this.#speaker = speaker;
    this.#logger = logger;
    this.#clock = clock;
    // However the router ends, everything on it ends with it.
    router.observer.once('close', () => {
      for (const peer of this.#peers) peer.close();
    });
  }

  static async create(worker: MediaWorker, options: VisitRouterOptions): Promise<VisitRouter> {
    const router = await worker.createRouter(options.codecs);
    try {
      const [silence, speaker] = await Promise.all([silentProducer(router), ActiveSpeaker.create(router)]);
      return new VisitRouter({ worker, router, silence, speaker }, options);
    } catch (error) {
      router.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#router.closed;
  }

  get consumerCount(): number {
    let count = 0;
    for (const peer of this.#peers) count += peer.consumerCount;
    return count;
  }

  /** Called once when the router closes, by us or with its worker. */
  onClose(listener: () => void): void {
    this.#router.observer.once('close', listener);
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
    const peer = await PeerMedia.create({
      router: this.#router,
      webRtcServer: this.#worker.webRtcServer,
      userId,
      rtpCapabilities,
      listener,
      clock: this.#clock,
      onLook: (producerId) => this.#look(producerId),
    });
    // From here on whatever is published reaches this peer too; consume() makes one consumer for a producer however
    // many ask.
    this.#peers.add(peer);
    peer.onClose(() => this.#peers.delete(peer));
    try {
      const present = [...this.#peers].filter(
        (other) => other.published && other !== peer && other.userId !== userId,
      );
      await Promise.all([
        peer.consume(this.#silence, null, null),
        ...present.flatMap((other) =>
          other.streams.map(({ producer, source }) => peer.consume(producer, other.userId, source)),
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
      router: this.#router,
      webRtcServer: this.#worker.webRtcServer,
      silence: this.#silence,
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
    if (source === 'microphone') {
      this.#speaker.add(producer, owner.userId).catch((error: unknown) => this.#warn(producer, error));
    }
    const given = [...this.#peers]
      .filter(({ userId }) => userId !== owner.userId)
      .map((peer) =>
        peer.consume(producer, owner.userId, source).catch((error: unknown) => {
          if (!peer.closed) this.#warn(producer, error);
        }),
      );
    if (source !== 'camera') return;
    // Before all have their consumers nobody can tell whether somebody looks.
    void Promise.all(given).then(() => this.#openCamera(owner, producer));
  }

  /** Idempotent; every peer closes with it. */
  close(): void {
    this.#router.close();
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
    owner.demandCamera(highest([...this.#peers].map((peer) => peer.demandOf(producerId))));
  }

  #warn(producer: Producer, error: unknown): void {
    if (!producer.closed) this.#logger.warn({ err: error }, 'a stream could not be given to everyone');
  }
}

async function silentProducer(router: Router): Promise<Producer> {
  const transport = await router.createDirectTransport();
  return transport.produce({
    kind: 'audio',
    paused: true,
    rtpParameters: {
      codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48000, channels: 2 }],
      encodings: [{ ssrc: randomInt(1, 0xffffffff) }],
    },
  });
}
