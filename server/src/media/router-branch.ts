import { randomInt } from 'node:crypto';
import type { Producer, Router, RouterRtpCodecCapability } from 'mediasoup/types';
import type { MediaWorker } from './media-worker.ts';

/** One of a visit's routers, with the streams that other ones pipe into it. */
export class RouterBranch {
  readonly worker: MediaWorker;
  readonly router: Router;
  /** A microphone that nobody has, which says nothing. */
  readonly silence: Producer;
  /** By producer: asking twice for a stream makes one pipe. */
  readonly #pipes = new Map<string, Promise<void>>();

  private constructor(worker: MediaWorker, router: Router, silence: Producer) {
    this.worker = worker;
    this.router = router;
    this.silence = silence;
  }

  /** @param beside what else is made on the router at the same time; where that fails nothing is left */
  static async create<T>(
    worker: MediaWorker,
    codecs: RouterRtpCodecCapability[],
    beside: (router: Router) => Promise<T>,
  ): Promise<{ branch: RouterBranch; made: T }> {
    const router = await worker.createRouter(codecs);
    try {
      const [silence, made] = await Promise.all([silentProducer(router), beside(router)]);
      return { branch: new RouterBranch(worker, router, silence), made };
    } catch (error) {
      router.close();
      throw error;
    }
  }

  /**
   * Makes a producer of another branch one of this router, too, under the same id, for as long as it lives.
   * @returns undefined where it is here already. It rejects where the worker refuses; a producer that closes meanwhile is no error.
   */
  bring(producer: Producer, from: RouterBranch): Promise<void> | undefined {
    if (from === this) return undefined;
    const known = this.#pipes.get(producer.id);
    if (known) return known;
    const forget = () => this.#pipes.delete(producer.id);
    const piping = pipe(producer, from.router, this.router).catch((error: unknown) => {
      forget();
      if (!producer.closed) throw error;
    });
    this.#pipes.set(producer.id, piping);
    producer.observer.once('close', forget);
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
  if (!pipeConsumer || !pipeProducer) throw new Error('mediasoup made no pipe.');
  // mediasoup's own listeners leave a worker's refusal to nobody, and that would end the process.
  for (const event of ['pause', 'resume'] as const) pipeConsumer.observer.removeAllListeners(event);
  const follow = () => {
    const asked = pipeConsumer.producerPaused ? pipeProducer.pause() : pipeProducer.resume();
    // A pipe that closes meanwhile needs nothing any more.
    asked.catch(() => undefined);
  };
  pipeConsumer.on('producerpause', follow);
  pipeConsumer.on('producerresume', follow);
  // It may have changed before anybody listened.
  if (pipeConsumer.producerPaused !== pipeProducer.paused) follow();
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
