import { randomInt } from 'node:crypto';
import type { Producer, Router, RouterRtpCodecCapability } from 'mediasoup/types';
import type { MediaWorker } from './media-worker.ts';

/** One of a session's routers, with the producers that are piped into it from the session's other routers. */
export class RouterShard {
  readonly worker: MediaWorker;
  readonly router: Router;
  /** A paused audio producer without an owner, for consumers that only establish a connection. */
  readonly warmUpProducer: Producer;
  /** By producer id, so that concurrent calls share one pipe. */
  readonly #pipes = new Map<string, Promise<void>>();

  private constructor(worker: MediaWorker, router: Router, warmUpProducer: Producer) {
    this.worker = worker;
    this.router = router;
    this.warmUpProducer = warmUpProducer;
  }

  static async create(worker: MediaWorker, codecs: RouterRtpCodecCapability[]): Promise<RouterShard> {
    const { shard } = await RouterShard.createWith(worker, codecs, () => Promise.resolve());
    return shard;
  }

  /** @param create creates something else on the router in parallel; if it fails, the router closes */
  static async createWith<T>(
    worker: MediaWorker,
    codecs: RouterRtpCodecCapability[],
    create: (router: Router) => Promise<T>,
  ): Promise<{ shard: RouterShard; created: T }> {
    const router = await worker.createRouter(codecs);
    try {
      const [warmUpProducer, created] = await Promise.all([createWarmUpProducer(router), create(router)]);
      return { shard: new RouterShard(worker, router, warmUpProducer), created };
    } catch (error) {
      router.close();
      throw error;
    }
  }

  /**
   * Pipes a producer of this shard to another one, where it has the same id, for as long as it lives. Idempotent.
   * @returns undefined if the target is this shard. Rejects if the worker refuses, but not if the producer closes meanwhile.
   */
  pipeTo(target: RouterShard, producer: Producer): Promise<void> | undefined {
    if (target === this) return undefined;
    const pipes = target.#pipes;
    const existing = pipes.get(producer.id);
    if (existing) return existing;
    const piping = pipe(producer, this.router, target.router).catch((error: unknown) => {
      pipes.delete(producer.id);
      if (!producer.closed) throw error;
    });
    pipes.set(producer.id, piping);
    producer.observer.once('close', () => pipes.delete(producer.id));
    return piping;
  }

  /** Idempotent. */
  close(): void {
    this.router.close();
  }
}

async function pipe(producer: Producer, from: Router, to: Router): Promise<void> {
  const { pipeConsumer, pipeProducer } = await from.pipeToRouter({
    producerId: producer.id,
    router: to,
    enableSctp: false,
  });
  if (!pipeConsumer || !pipeProducer) throw new Error('mediasoup returned no pipe.');
  // mediasoup's own listeners ignore the promises, and an unhandled rejection would end the process.
  for (const event of ['pause', 'resume'] as const) pipeConsumer.observer.removeAllListeners(event);
  const syncPaused = () => {
    const request = pipeConsumer.producerPaused ? pipeProducer.pause() : pipeProducer.resume();
    // The pipe may close during the request.
    request.catch(() => undefined);
  };
  pipeConsumer.on('producerpause', syncPaused);
  pipeConsumer.on('producerresume', syncPaused);
  // The state may have changed before the listeners were added.
  if (pipeConsumer.producerPaused !== pipeProducer.paused) syncPaused();
}

async function createWarmUpProducer(router: Router): Promise<Producer> {
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
