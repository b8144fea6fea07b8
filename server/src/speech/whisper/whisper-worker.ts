import type { Logger } from 'pino';
import { Backoff } from '../../core/backoff.ts';
import { sleep, type Clock } from '../../core/clock.ts';
import { SpeechError } from '../speech-error.ts';
import type { WhisperFiles } from '../speech-folder.ts';
import type { WhisperReport, WhisperSegment, WhisperSound } from './whisper-messages.ts';
import { WhisperProcess } from './whisper-process.ts';

/** The process ends after this time without work, as a model takes 400 MB. */
const IDLE_MS = 60_000;
/** A process that reports nothing for this long while it works is stuck. Finding the speech in hours of sound takes a minute. */
const STUCK_MS = 300_000;
/** A process that lived this long, in milliseconds, did not fail by its start. */
const STABLE_MS = 60_000;
const RESTART = new Backoff({ firstMs: 250, maxMs: 30_000, jitter: 0.2 });

export interface WhisperWorkerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Returns where the files are. @throws {SpeechError} `not_installed` */
  readonly files: () => WhisperFiles;
  /** The number of threads that compute. */
  readonly threads: number;
  /** How much lower the priority of the process is than that of this one. */
  readonly niceness: number;
  readonly idleMs?: number;
}

export interface WhisperJob {
  readonly sound: WhisperSound;
  /** Whisper's code of the language; absent to let it detect the language. */
  readonly language?: string;
  readonly vocabulary: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
}

export interface WhisperResult {
  readonly language: string;
  readonly segments: readonly WhisperSegment[];
}

interface Running {
  readonly id: number;
  readonly segments: WhisperSegment[];
  readonly result: PromiseWithResolvers<WhisperResult>;
  readonly onProgress: (share: number) => void;
  language: string;
  duration: number;
}

/**
 * Runs Whisper in a Python process, one job after the other. The process starts with the first job and ends when it is idle. If
 * it dies, the job that it was working on fails, and the next one starts another process.
 */
export class WhisperWorker {
  readonly #options: WhisperWorkerOptions;
  #process: WhisperProcess | null = null;
  #ready = Promise.withResolvers<readonly string[]>();
  #running: Running | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #lastId = 0;
  #failures = 0;
  #startedAt = 0;
  #restartAt = 0;
  #cancelTimer: () => void = () => undefined;
  #isClosed = false;

  constructor(options: WhisperWorkerOptions) {
    this.#options = options;
  }

  /** The id of the Python process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** @throws {SpeechError} if it is not installed, dies, is aborted or closed, or can't read the sound */
  run(job: WhisperJob): Promise<WhisperResult> {
    const result = this.#queue.then(() => this.#run(job));
    this.#queue = result.catch(() => undefined);
    const { signal } = job;
    if (!signal) return result;
    // The process stops at the end of a segment; the caller need not wait for that.
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(new SpeechError('closed', 'the transcription was aborted'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    return Promise.race([result, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
  }

  /** Fails the jobs and ends the process. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#running?.result.reject(new SpeechError('closed'));
    await this.#process?.close();
    await this.#queue;
  }

  async #run(job: WhisperJob): Promise<WhisperResult> {
    this.#checkOpen(job.signal);
    this.#cancelTimer();
    const process = await this.#runningProcess();
    this.#checkOpen(job.signal);
    const languages = await this.#watched(this.#ready.promise);
    if (job.language !== undefined && !languages.includes(job.language)) {
      this.#endWhenIdle();
      throw new SpeechError('unsupported', `the model does not know the language ${job.language}`);
    }
    const id = ++this.#lastId;
    const running: Running = {
      id,
      segments: [],
      result: Promise.withResolvers(),
      onProgress: job.onProgress ?? (() => undefined),
      language: job.language ?? '',
      duration: 0,
    };
    this.#running = running;
    const abort = () => process.send({ type: 'abort', id });
    job.signal?.addEventListener('abort', abort, { once: true });
    try {
      const { sound, language, vocabulary } = job;
      process.send({ type: 'transcribe', id, vocabulary, ...sound, ...(language ? { language } : {}) });
      if (job.signal?.aborted) abort();
      return await this.#watched(running.result.promise);
    } finally {
      job.signal?.removeEventListener('abort', abort);
      this.#running = null;
      this.#endWhenIdle();
    }
  }

  #checkOpen(signal: AbortSignal | undefined): void {
    if (this.#isClosed || signal?.aborted) throw new SpeechError('closed');
  }

  async #runningProcess(): Promise<WhisperProcess> {
    if (this.#process) return this.#process;
    const { clock, files, threads, niceness, logger } = this.#options;
    const found = files();
    const wait = this.#restartAt - clock.now();
    if (wait > 0) await sleep(clock, wait);
    this.#checkOpen(undefined);
    this.#ready = Promise.withResolvers();
    this.#ready.promise.catch(() => undefined);
    this.#startedAt = clock.now();
    const process = new WhisperProcess({
      files: found,
      threads,
      niceness,
      logger,
      onReport: (report) => this.#handle(report),
      onExit: () => this.#handleExit(process),
    });
    this.#process = process;
    return process;
  }

  #handle(report: WhisperReport): void {
    if (report.type === 'ready') {
      this.#ready.resolve(report.languages);
      return;
    }
    const running = this.#running;
    if (running?.id !== report.id) return;
    this.#watch();
    if (report.type === 'started') {
      running.language = report.language;
      running.duration = report.duration;
    } else if (report.type === 'segment') {
      running.segments.push(report);
      if (running.duration > 0) running.onProgress(Math.min(1, report.end / running.duration));
    } else if (report.type === 'finished') {
      running.onProgress(1);
      running.result.resolve({ language: running.language, segments: running.segments });
    } else {
      running.result.reject(new SpeechError('unsupported', report.message));
    }
  }

  #handleExit(process: WhisperProcess): void {
    if (this.#process !== process) return;
    this.#process = null;
    const { clock } = this.#options;
    const error = new SpeechError(this.#isClosed ? 'closed' : 'unavailable', 'the whisper process died');
    this.#failures = clock.now() - this.#startedAt > STABLE_MS ? 1 : this.#failures + 1;
    this.#restartAt = clock.now() + RESTART.delay(this.#failures);
    this.#ready.reject(error);
    this.#running?.result.reject(error);
  }

  /** Waits for something of the process, unless it reports nothing for too long. */
  async #watched<T>(work: Promise<T>): Promise<T> {
    this.#watch();
    try {
      return await work;
    } finally {
      this.#cancelTimer();
    }
  }

  #watch(): void {
    const { clock, logger } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(STUCK_MS, () => {
      logger.error({ pid: this.pid }, 'whisper process does not respond');
      this.#process?.kill();
    });
  }

  #endWhenIdle(): void {
    const { clock, idleMs = IDLE_MS } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(idleMs, () => void this.#end());
  }

  async #end(): Promise<void> {
    const process = this.#process;
    this.#process = null;
    await process?.close();
  }
}
