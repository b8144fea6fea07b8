import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';
import type { NodeLoad } from '../domain/node-store.ts';
import type { ListenAddress, MediaWorker } from './media-worker.ts';
import type { RouterSpreadOptions } from './router-spread.ts';
import { VisitRouter, type VisitRouterOptions } from './visit-router.ts';
import { WorkerLoad } from './worker-load.ts';
import { WorkerPool } from './worker-pool.ts';

export interface MediaNodeOptions extends Pick<RouterSpreadOptions, 'codecs' | 'consumersPerRouter'> {
  readonly nodeId: string;
  readonly addresses: readonly ListenAddress[];
  readonly ports: readonly number[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How busy a node is; its bitrate as of some seconds ago. */
export type MediaLoad = Omit<NodeLoad, 'full'>;

/** An SFU node: a named pool of workers that carries the routers of its visits. */
export class MediaNode {
  readonly #options: VisitRouterOptions;
  readonly #pool: WorkerPool;
  readonly #routers = new Set<VisitRouter>();
  readonly #loads = new WeakMap<MediaWorker, WorkerLoad>();

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

  /** How many people are in visits on the node. */
  get participantCount(): number {
    let count = 0;
    for (const router of this.#routers) count += router.participantCount;
    return count;
  }

  /**
   * How busy the node is, as far as it is known now; asking is what brings newer figures, so it should be done every second
   * or so. Never throws.
   */
  load(): MediaLoad {
    let cpu = 0;
    let bitrate = 0;
    for (const worker of this.workers) {
      const load = this.#loads.get(worker) ?? new WorkerLoad(worker, this.#options.clock);
      this.#loads.set(worker, load);
      load.look();
      cpu = Math.max(cpu, load.cpu);
      bitrate += load.bitrate;
    }
    return { participants: this.participantCount, consumers: this.consumerCount, cpu, bitrate };
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
