import type { RecordingJobRecord } from '@televisit/shared/features/recording.records';
import {
  COMPOSITION_LAYOUTS,
  JOB_KINDS,
  type JobKind,
} from '@televisit/shared/features/recording.vocabulary';
import type { Logger } from 'pino';
import { Backoff } from '../../core/backoff.ts';
import type { Clock } from '../../core/clock.ts';
import { every, type Loop } from '../../core/timing.ts';
import type { Ids } from '../../domain/ids.ts';
import type { RecordingObserver } from '../../recording/recording-observer.ts';
import type { RecordingJob, RecordingStore } from './recording-store.ts';

/** A failure of a job whose message is meant for people. */
export class JobError extends Error {
  override readonly name = 'JobError';
  /** Whether another attempt would fail, too. */
  readonly isFinal: boolean;

  constructor(message: string, { isFinal, ...options }: ErrorOptions & { readonly isFinal: boolean }) {
    super(message, options);
    this.isFinal = isFinal;
  }
}

const UNKNOWN = 'The server could not do it. Its log says why.';

export interface JobRun {
  /** Aborted when this process no longer has the job, or closes. */
  readonly signal: AbortSignal;
  /** Reports the share that is done, from 0 to 1. */
  readonly progress: (share: number) => void;
}

/**
 * Does a job. It may run a second time after it was interrupted anywhere.
 * @throws {JobError} with the cause for people; other errors are only logged, and the job is tried again
 */
export type JobHandler = (job: RecordingJob, run: JobRun) => Promise<void>;

export type NewJob = Pick<RecordingJob, 'jobId' | 'sessionId' | 'recordingId' | 'kind' | 'settings'>;

/** What a job of the kind `transcript` has to do; null for what the session says. */
export interface TranscriptSettings {
  /** The language that people spoke (BCP 47). */
  readonly language: string | null;
  readonly vocabulary: readonly string[] | null;
}

/** Returns the job that transcribes a recording. */
export function transcriptJob(
  { sessionId }: Pick<RecordingJob, 'sessionId'>,
  recordingId: string,
  settings: TranscriptSettings = { language: null, vocabulary: null },
): NewJob {
  const jobId = `${recordingId}-transcript`;
  return { jobId, sessionId, recordingId, kind: 'transcript', settings: { ...settings } };
}

export interface RecordingJobsOptions {
  readonly store: RecordingStore;
  /** The kinds of jobs that this process can do. */
  readonly handlers: Partial<Record<JobKind, JobHandler>>;
  readonly observer: Pick<RecordingObserver, 'jobEnded'> | null;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** How long a job stays with a process that does not respond, and how often the process extends that, in milliseconds. */
const LEASE_MS = 30_000;
const EXTEND_MS = 5000;
/** How often this process looks for jobs of others, in milliseconds. */
const LOOK_MS = 5000;
/** How often a job is tried before it counts as failed. */
const MAX_ATTEMPTS = 6;
const RETRY = new Backoff({ firstMs: 10_000, maxMs: 10 * 60_000, jitter: 0.2 });

/** Does what is to be made of recordings, one job at a time. Jobs of processes that died are done by others. */
export class RecordingJobs {
  readonly #options: RecordingJobsOptions;
  readonly #kinds: readonly JobKind[];
  readonly #owner: string;
  readonly #loop: Loop;

  constructor(options: RecordingJobsOptions) {
    this.#options = options;
    this.#kinds = Object.keys(options.handlers) as JobKind[];
    this.#owner = options.ids.unique();
    const { clock, logger } = options;
    this.#loop = every(
      clock,
      LOOK_MS,
      (signal) => this.#doAll(signal),
      (error) => logger.warn({ err: error }, 'failed to look for jobs of recordings'),
    );
  }

  /** Adds a job, or starts it again if it is there. */
  async put(job: NewJob): Promise<void> {
    const { store, clock } = this.#options;
    await store.putJob({
      ...job,
      status: 'queued',
      progress: 0,
      attempts: 0,
      error: null,
      createdAt: clock.now(),
      owner: null,
      leasedUntil: 0,
    });
    this.#loop.trigger();
  }

  /** Interrupts a running job, which another process or the next start does again. */
  close(): Promise<void> {
    return this.#loop.stop();
  }

  async #doAll(closing: AbortSignal): Promise<void> {
    const { store, clock } = this.#options;
    while (!closing.aborted && this.#kinds.length > 0) {
      const now = clock.now();
      const lease = { owner: this.#owner, leasedUntil: now + LEASE_MS };
      const job = await store.claimJob(this.#kinds, lease, now);
      if (!job) return;
      await this.#do(job, closing);
    }
  }

  async #do(job: RecordingJob, closing: AbortSignal): Promise<void> {
    const { store, clock, handlers, observer, logger } = this.#options;
    const startedAt = clock.now();
    const lost = new AbortController();
    const signal = AbortSignal.any([closing, lost.signal]);
    let progress = 0;
    const extend = async (): Promise<void> => {
      const leasedUntil = clock.now() + LEASE_MS;
      if (!(await store.extendJob({ ...job, leasedUntil, progress }))) lost.abort();
    };
    const log = logger.child({ jobId: job.jobId, kind: job.kind, recordingId: job.recordingId });
    const extending = every(clock, EXTEND_MS, extend, (error) =>
      log.warn({ err: error }, 'failed to extend the lease of a job'),
    );
    try {
      const handler = handlers[job.kind];
      if (!handler) throw new Error('The process claimed a job that it can’t do.');
      await handler(job, { signal, progress: (share) => (progress = Math.min(1, Math.max(0, share))) });
      await extending.stop();
      if (await store.endJob(job, { status: 'done', error: null, leasedUntil: 0 })) {
        observer?.jobEnded(job.kind, 'done', clock.now() - startedAt);
      }
    } catch (error) {
      await extending.stop();
      await this.#failed(job, error, { startedAt, closing, lost: lost.signal, log });
    }
  }

  async #failed(
    job: RecordingJob,
    error: unknown,
    {
      startedAt,
      closing,
      lost,
      log,
    }: {
      readonly startedAt: number;
      readonly closing: AbortSignal;
      readonly lost: AbortSignal;
      readonly log: Logger;
    },
  ): Promise<void> {
    const { store, clock, observer } = this.#options;
    if (lost.aborted) return;
    if (closing.aborted) {
      await store.endJob(job, { status: 'queued', error: job.error, leasedUntil: 0 });
      return;
    }
    const isFinal = (error instanceof JobError && error.isFinal) || job.attempts >= MAX_ATTEMPTS;
    log.error(
      { err: error, attempts: job.attempts },
      isFinal ? 'failed to do a job' : 'failed to do a job; will try again',
    );
    observer?.jobEnded(job.kind, isFinal ? 'failed' : 'retried', clock.now() - startedAt);
    await store.endJob(job, {
      status: isFinal ? 'failed' : 'queued',
      error: error instanceof JobError ? error.message : UNKNOWN,
      leasedUntil: isFinal ? 0 : clock.now() + RETRY.delay(job.attempts),
    });
  }
}

/** Returns the number of jobs of every kind, also of those that a store has none of. */
export function openOfEachKind(
  found: readonly (readonly [JobKind, number])[],
): Readonly<Record<JobKind, number>> {
  const none = JOB_KINDS.map((kind) => [kind, 0] as const);
  return Object.fromEntries([...none, ...found]) as Record<JobKind, number>;
}

/** Returns a job as the backend sees it. */
export function jobRecord({
  jobId,
  kind,
  settings,
  status,
  progress,
  error,
}: RecordingJob): RecordingJobRecord {
  const layout = COMPOSITION_LAYOUTS.find((one) => one === settings.layout) ?? null;
  return { jobId, kind, layout, status, progress, error };
}
