import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { NodeLoad } from '../domain/node-store.ts';
import { everyoneElse, type AudiencePolicy } from './audience-policy.ts';
import type { AnnouncedAddresses } from './announced-addresses.ts';
import type { MediaWorker, MediaWorkerOptions } from './media-worker.ts';
import type { RouterPoolOptions } from './router-pool.ts';
import { SessionRouter, type SessionRouterOptions } from './session-router.ts';
import { WorkerLoad } from './worker-load.ts';
import { WorkerPool } from './worker-pool.ts';

export interface MediaNodeOptions
  extends Pick<RouterPoolOptions, 'codecs' | 'consumersPerRouter'>, Pick<MediaWorkerOptions, 'streams'> {
  readonly nodeId: string;
  readonly listenIps: readonly string[];
  readonly announced?: Pick<AnnouncedAddresses, 'current'>;
  readonly ports: readonly number[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The load of a node; the bitrate is some seconds old. */
export type MediaLoad = Omit<NodeLoad, 'full'>;

/** An SFU node: a named pool of workers that carries the routers of sessions. */
export class MediaNode {
  readonly #options: Omit<SessionRouterOptions, 'audience'>;
  readonly #pool: WorkerPool;
  readonly #routers = new Set<SessionRouter>();
  readonly #loads = new WeakMap<MediaWorker, WorkerLoad>();

  private constructor(options: Omit<SessionRouterOptions, 'audience'>, pool: WorkerPool) {
    this.#options = options;
    this.#pool = pool;
  }

  static async start(options: MediaNodeOptions): Promise<MediaNode> {
    const pool = await WorkerPool.start(options);
    return new MediaNode({ ...options, spareWorker: (used) => pool.pickOutside(used) }, pool);
  }

  get workers(): readonly MediaWorker[] {
    return this.#pool.workers;
  }

  /** The number of streams that the node forwards. */
  get consumerCount(): number {
    let count = 0;
    for (const router of this.#routers) count += router.consumerCount;
    return count;
  }

  /** The number of participants in sessions on the node. */
  get participantCount(): number {
    let count = 0;
    for (const router of this.#routers) count += router.participantCount;
    return count;
  }

  /**
   * Returns the latest known load and requests newer figures in the background, so it should be called about once a
   * second. Never throws.
   */
  load(): MediaLoad {
    let cpu = 0;
    let bitrate = 0;
    for (const worker of this.workers) {
      const load = this.#loadOf(worker);
      load.refresh();
      cpu = Math.max(cpu, load.cpu);
      bitrate += load.bitrate;
    }
    return { participants: this.participantCount, consumers: this.consumerCount, cpu, bitrate };
  }

  /** Returns the latest known load of each living worker; the memory is the most that it has used so far, in bytes. */
  workerLoads(): readonly { readonly cpu: number; readonly memory: number; readonly consumers: number }[] {
    const living = this.workers.filter(({ closed }) => !closed);
    return living.map((worker) => {
      const { cpu, memory } = this.#loadOf(worker);
      return { cpu, memory, consumers: worker.consumerCount };
    });
  }

  /**
   * Creates the router of a session on the worker with the fewest routers.
   * @throws {TelevisitError} `media_unavailable` if no worker is available
   */
  async createSessionRouter(audience: AudiencePolicy = everyoneElse): Promise<SessionRouter> {
    const visitRouter = await SessionRouter.create(await this.#pool.pick(), { ...this.#options, audience });
    this.#routers.add(visitRouter);
    visitRouter.onClose(() => this.#routers.delete(visitRouter));
    return visitRouter;
  }

  close(): void {
    this.#pool.close();
  }

  #loadOf(worker: MediaWorker): WorkerLoad {
    const load = this.#loads.get(worker) ?? new WorkerLoad(worker, this.#options.clock);
    this.#loads.set(worker, load);
    return load;
  }
}
