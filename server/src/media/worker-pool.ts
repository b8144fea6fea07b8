import type { Logger } from 'pino';
import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from '../core/clock.ts';
import { MediaWorker, type MediaWorkerOptions } from './media-worker.ts';

export interface WorkerPoolOptions extends Omit<MediaWorkerOptions, 'port'> {
  readonly nodeId: string;
  /** One port for each worker. */
  readonly ports: readonly number[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Delay between attempts to start a worker, in milliseconds. */
const RESTART_DELAY_MS = 1000;

/** The workers of one SFU node. Replaces a worker that dies. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Map<number, MediaWorker>();
  /** Pending starts of workers that replace dead ones. */
  readonly #starting = new Set<Promise<void>>();
  #closed = false;

  private constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts all workers. Rejects if one can't start, after closing the others. */
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
   * Returns the worker with the fewest routers. If all have died, waits for the first replacement.
   * @throws {TelevisitError} `media_unavailable` if no worker can be started
   */
  async pick(): Promise<MediaWorker> {
    if (this.#living.length === 0) {
      // mediasoup closes a dead worker's routers before it emits 'died', which is what adds to `#starting`.
      await Promise.resolve();
      await Promise.any(this.#starting).catch(() => undefined);
    }
    const worker = this.pickOutside(new Set());
    if (!worker) throw new TelevisitError('media_unavailable');
    return worker;
  }

  /** Returns the living worker with the fewest routers outside `used`, if any. */
  pickOutside(used: ReadonlySet<MediaWorker>): MediaWorker | undefined {
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
    const { ports, nodeId, logger } = this.#options;
    const worker = await MediaWorker.start({ ...this.#options, port: ports[slot] ?? 0 }, (dead) => {
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
          'failed to start media worker',
        );
        this.#options.clock.after(RESTART_DELAY_MS, () => this.#restart(slot));
      })
      .finally(() => this.#starting.delete(starting));
  }
}
