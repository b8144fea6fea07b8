import type { Logger } from 'pino';
import type { RouterRtpCodecCapability } from 'mediasoup/types';
import type { Clock } from '../domain/clock.ts';
import type { NodeLoad } from '../domain/node-store.ts';
import type { ListenAddress, MediaWorker } from './media-worker.ts';
import { VisitRouter, type VisitRouterOptions } from './visit-router.ts';
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
  readonly #options: VisitRouterOptions;
  readonly #pool: WorkerPool;
  readonly #routers = new Set<VisitRouter>();

  private constructor(options: VisitRouterOptions, pool: WorkerPool) {
    this.#options = options;
    this.#pool = pool;
  }

  static async start({ codecs, ...pool }: MediaNodeOptions): Promise<MediaNode> {
    const { clock, logger } = pool;
    return new MediaNode({ codecs, logger, clock }, await WorkerPool.start(pool));
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

  /** How busy it is. */
  load(): NodeLoad {
    return { participants: 0, consumers: this.consumerCount, cpu: 0, bitrate: 0, full: false };
  }

  /** A router on the worker with the fewest. @throws TelevisitError `media_unavailable` */
  async createVisitRouter(): Promise<VisitRouter> {
    const visitRouter = await VisitRouter.create(await this.#pool.pick(), this.#options);
    this.#routers.add(visitRouter);
    visitRouter.onClose(() => this.#routers.delete(visitRouter));
    return visitRouter;
  }

  close(): void {
    this.#pool.close();
  }
}
