import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';
import type { ListenAddress, MediaWorker } from './media-worker.ts';
import type { RouterSpreadOptions } from './router-spread.ts';
import { VisitRouter, type VisitRouterOptions } from './visit-router.ts';
import { WorkerPool } from './worker-pool.ts';

export interface MediaNodeOptions extends Pick<RouterSpreadOptions, 'codecs' | 'consumersPerRouter'> {
  readonly nodeId: string;
  readonly addresses: readonly ListenAddress[];
  readonly ports: readonly number[];
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

  static async start(options: MediaNodeOptions): Promise<MediaNode> {
    const pool = await WorkerPool.start(options);
    return new MediaNode({ ...options, spareWorker: (used) => pool.pickBut(used) }, pool);
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

  /** The routers of a visit, the first on the worker with the fewest. @throws TelevisitError `media_unavailable` */
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
