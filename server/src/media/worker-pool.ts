import type { Logger } from 'pino';
import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from '../domain/clock.ts';
import { MediaWorker, type ListenAddress } from './media-worker.ts';

export interface WorkerPoolOptions {
  readonly nodeId: string;
  readonly addresses: readonly ListenAddress[];
  /** One for each worker. */
  readonly ports: readonly number[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The wait before a worker that could not be started is tried again, in milliseconds. */
const RESTART_DELAY_MS = 1000;

/** The workers of one SFU node. A worker that dies is replaced. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Map<number, MediaWorker>();
  /** Those that are being started in the place of dead ones. */
  readonly #starting = new Set<Promise<void>>();
  #closed = false;

  private constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts all workers. @throws where one can't start, with none left running */
  static async start(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options);
    try {
      await Promise.all(options.ports.map((_, slot) => pool.#start(slot)));
    } catch (error) {
      pool.close();
      throw error;
    }
    return pool;
  }

  get workers(): readonly MediaWorker[] {
    return [...this.#workers.values()];
  }

  /**
   * The worker with the fewest routers; where all have died, the first that is back.
   * @throws TelevisitError `media_unavailable` where none can be started
   */
  async pick(): Promise<MediaWorker> {
    if (this.#living.length === 0) {
      // mediasoup closes what was on a worker before it tells that the worker has died.
      await Promise.resolve();
      await Promise.any(this.#starting).catch(() => undefined);
    }
    const worker = this.pickBut(new Set());
    if (!worker) throw new TelevisitError('media_unavailable');
    return worker;
  }

  /** The living worker with the fewest routers that is none of these; undefined where there is none. */
  pickBut(used: ReadonlySet<MediaWorker>): MediaWorker | undefined {
    const [first, ...others] = this.#living.filter((worker) => !used.has(worker));
    if (!first) return undefined;
    return others.reduce((best, worker) => (worker.routerCount < best.routerCount ? worker : best), first);
  }

  get #living(): readonly MediaWorker[] {
    return this.workers.filter(({ closed }) => !closed);
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#workers.values()) worker.close();
    this.#workers.clear();
  }

  async #start(slot: number): Promise<void> {
    const { addresses, ports, nodeId, logger } = this.#options;
    const worker = await MediaWorker.start({ addresses, port: ports[slot] ?? 0 }, (dead) => {
      logger.error({ nodeId, workerPid: dead.pid }, 'media worker died');
      this.#workers.delete(slot);
      this.#restart(slot);
    });
    if (this.#closed) {
      worker.close();
      return;
    }
    this.#workers.set(slot, worker);
    logger.info({ nodeId, workerPid: worker.pid }, 'media worker started');
  }

  #restart(slot: number): void {
    if (this.#closed) return;
    const starting = this.#start(slot);
    this.#starting.add(starting);
    starting
      .catch((error: unknown) => {
        this.#options.logger.error(
          { err: error, nodeId: this.#options.nodeId },
          'media worker could not be started',
        );
        this.#options.clock.after(RESTART_DELAY_MS, () => this.#restart(slot));
      })
      .finally(() => this.#starting.delete(starting));
  }
}
