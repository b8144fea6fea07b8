import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { Backoff } from '../core/backoff.ts';
import { sleep, type Clock } from '../core/clock.ts';
import { withTimeout } from '../core/timing.ts';
import { WatchedProcess } from '../core/watched-process.ts';
import {
  monotonicTime,
  type RecorderCommand,
  type RecorderReport,
  type RecorderSettings,
} from './messages.ts';
import { RecordedTrack, type TrackListener, type TrackOptions } from './recorded-track.ts';
import { RecorderError } from './recorder-error.ts';

const ENTRY = fileURLToPath(new URL('./process/main.ts', import.meta.url));
/** How long a caller waits for the process, in milliseconds. The process itself may take longer to start. */
const PATIENCE_MS = 10_000;
/** A process that lived this long, in milliseconds, did not fail by its start. */
const STABLE_MS = 60_000;
const MEMORY_LIMIT_BYTES = 64 * 1024 * 1024;
const RESTART = new Backoff({ firstMs: 250, maxMs: 10_000, jitter: 0.2 });

type RecorderChild = WatchedProcess<RecorderCommand, RecorderReport>;

export interface RecorderOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How much may wait for the disk, in bytes; with more, the largest track fails. Default: 64 MiB. */
  readonly memoryLimitBytes?: number;
}

/** How busy the recorder process is. */
export interface RecorderLoad {
  /** The use of one core over the last second, from 0. */
  readonly cpuShare: number;
  readonly tracks: number;
}

/**
 * Records streams to files in one process of its own, which starts when it is needed first. If that process dies, its tracks fail,
 * and the next track starts another one. If this process dies, the other finishes its files and ends.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #tracks = new Map<number, RecordedTrack>();
  #child: RecorderChild | null = null;
  /** Resolves when the process can take tracks. */
  #ready: Promise<RecorderChild> | null = null;
  #failures = 0;
  #restartAt = 0;
  #lastId = 0;
  #closing: Promise<void> | null = null;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get load(): RecorderLoad {
    return { cpuShare: this.#child?.cpuShare ?? 0, tracks: this.#tracks.size };
  }

  /** The id of the recorder process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts the process unless there is one, and resolves when it can take tracks. A process that takes too long continues to
   * start, so that a later call may find it ready.
   * @throws {RecorderError} if it is not ready within 10 s, it died meanwhile, or the recorder is closed
   */
  async ready(): Promise<void> {
    await this.#readyChild();
  }

  /**
   * Opens a file and a port for one stream. After a failure of the process it waits for up to 10 s before it starts another.
   * @throws {RecorderError} if the file exists or cannot be created, the process died or is not ready within 10 s, or the
   * recorder is closed
   */
  async openTrack(options: TrackOptions, listener: TrackListener): Promise<RecordedTrack> {
    const { clock, logger } = this.#options;
    const child = await this.#readyChild();
    if (this.#closing) throw new RecorderError('closed');
    const id = ++this.#lastId;
    const track = new RecordedTrack(options, listener, {
      id,
      logger,
      send: (command) => child.send(command),
      ended: () => this.#tracks.delete(id),
    });
    this.#tracks.set(id, track);
    // The process may have died since.
    if (child !== this.#child) track.fail(new RecorderError('process_died'));
    return withTimeout(clock, PATIENCE_MS, track.open(clock.now() - monotonicTime()), () => {
      const error = notResponding();
      track.fail(error);
      throw error;
    });
  }

  /** Finishes all files and ends the process. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#tracks.values()].map((track) => track.close()));
    await this.#child?.close();
  }

  async #readyChild(): Promise<RecorderChild> {
    if (this.#closing) throw new RecorderError('closed');
    this.#ready ??= this.#begin();
    return withTimeout(this.#options.clock, PATIENCE_MS, this.#ready, () => {
      throw notResponding();
    });
  }

  #begin(): Promise<RecorderChild> {
    const ready = this.#start();
    // All callers may have given up by then.
    ready.catch(() => {
      if (this.#ready === ready) this.#ready = null;
    });
    return ready;
  }

  async #start(): Promise<RecorderChild> {
    const { clock, logger, memoryLimitBytes = MEMORY_LIMIT_BYTES } = this.#options;
    const wait = this.#restartAt - clock.now();
    if (wait > 0) await sleep(clock, wait);
    if (this.#closing) throw new RecorderError('closed');
    const settings: RecorderSettings = { memoryLimit: memoryLimitBytes };
    const ready = Promise.withResolvers<RecorderChild>();
    const child: RecorderChild = new WatchedProcess({
      name: 'recorder',
      entry: ENTRY,
      args: [JSON.stringify(settings)],
      clock,
      logger,
      onReport: (report) => {
        ready.resolve(child);
        if (report.type !== 'status') this.#tracks.get(report.id)?.handle(report);
      },
      onExit: () => {
        this.#handleExit(child);
        ready.reject(new RecorderError('process_died'));
      },
    });
    this.#child = child;
    return ready.promise;
  }

  #handleExit(child: RecorderChild): void {
    this.#child = null;
    this.#ready = null;
    const { clock } = this.#options;
    this.#failures = clock.now() - child.startedAt < STABLE_MS ? this.#failures + 1 : 1;
    this.#restartAt = clock.now() + RESTART.delay(this.#failures);
    for (const track of [...this.#tracks.values()]) track.fail(new RecorderError('process_died'));
  }
}

function notResponding(): RecorderError {
  return new RecorderError('process_died', 'the recorder process does not respond');
}
