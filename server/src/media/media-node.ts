import type { Logger } from 'pino';
import type { RouterRtpCodecCapability } from 'mediasoup/types';
import type { Clock } from '../domain/clock.ts';
import type { ListenAddress, MediaWorker } from './media-worker.ts';
import { VisitRouter } from './visit-router.ts';
import { WorkerPool } from './worker-pool.ts';

export interface MediaNodeOptions {
  readonly nodeId: string;
  readonly addresses: readonly ListenAddress[];
  readonly ports: readonly number[];
  readonly codecs: RouterRtpCodecCapability[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An SFU node: a named pool of workers that carries the routers of its visits. */
export class MediaNode {
  readonly #codecs: RouterRtpCodecCapability[];
  readonly #pool: WorkerPool;
  readonly #logger: Logger;
  readonly #routers = new Set<VisitRouter>();

  private constructor(codecs: RouterRtpCodecCapability[], pool: WorkerPool, logger: Logger) {
    this.#codecs = codecs;
    this.#pool = pool;
    this.#logger = logger;
  }

  static async start({ codecs, ...pool }: MediaNodeOptions): Promise<MediaNode> {
    return new MediaNode(codecs, await WorkerPool.start(pool), pool.logger);
  }

  get workers(): readonly MediaWorker[] {
    return this.#pool.workers;
  }

  /** How many streams the node forwards. */
  get consumerCount(): number {
    let count = 0;
    for (const router of this.#routers) count += router.consumerCount;
    return count;
  }

  /** A router on the worker with the fewest. @throws TelevisitError `media_unavailable` */
  async createVisitRouter(): Promise<VisitRouter> {
    const visitRouter = await VisitRouter.create(this.#pool.pick(), this.#codecs, this.#logger);
    this.#routers.add(visitRouter);
    visitRouter.onClose(() => this.#routers.delete(visitRouter));
    return visitRouter;
  }

  close(): void {
    this.#pool.close();
  }
}
