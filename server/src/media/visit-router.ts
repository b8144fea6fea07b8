import { randomInt } from 'node:crypto';
import type { Source } from '@televisit/shared/signaling';
import type { Logger } from 'pino';
import type { Producer, Router, RouterRtpCodecCapability, RtpCapabilities } from 'mediasoup/types';
import type { MediaWorker } from './media-worker.ts';
import { PeerMedia, type PeerMediaListener } from './peer-media.ts';

export interface NewPeer {
  readonly userId: string;
  readonly rtpCapabilities: RtpCapabilities;
  readonly listener: PeerMediaListener;
}

export interface VisitRouterOptions {
  readonly codecs: RouterRtpCodecCapability[];
  readonly logger: Logger;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** The router of one visit and the media of everyone connected to it. It decides who receives whom. */
export class VisitRouter {
  readonly #worker: MediaWorker;
  readonly #router: Router;
  readonly #silence: Producer;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #peers = new Set<PeerMedia>();

  private constructor(
    worker: MediaWorker,
    router: Router,
    silence: Producer,
    { logger, now }: VisitRouterOptions,
  ) {
    this.#worker = worker;
    this.#router = router;
    this.#silence = silence;
    this.#logger = logger;
    this.#now = now;
    // However the router ends, everything on it ends with it.
    router.observer.once('close', () => {
      for (const peer of this.#peers) peer.close();
    });
  }

  static async create(worker: MediaWorker, options: VisitRouterOptions): Promise<VisitRouter> {
    const router = await worker.createRouter(options.codecs);
    try {
      return new VisitRouter(worker, router, await silentProducer(router), options);
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
      now: this.#now,
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

  /** Gives everyone else the streams of a peer that has been published. */
  announce(peer: PeerMedia): void {
    for (const { producer, source } of peer.streams) this.fanOut(peer, producer, source);
  }

  /** Gives a published peer's stream to everyone else. Nobody waits for it: each hears of its consumer by itself. */
  fanOut(owner: PeerMedia, producer: Producer, source: Source): void {
    if (!owner.published) return;
    for (const peer of this.#peers) {
      if (peer.userId === owner.userId) continue;
      peer.consume(producer, owner.userId, source).catch((error: unknown) => {
        if (!peer.closed && !producer.closed) this.#logger.warn({ err: error }, 'consumer could not be made');
      });
    }
  }

  /** Idempotent; every peer closes with it. */
  close(): void {
    this.#router.close();
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
