import { JOB_KINDS, type JobKind } from '@televisit/shared/features/recording.vocabulary';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type {
  AttemptOutcome,
  RecorderSources,
  RecordingObserver,
  RecordingOutcome,
  RefusalReason,
} from '../recording/recording-observer.ts';
import type { RecordingStorage } from '../recording/storage/recording-storage.ts';

/** In seconds: a composition takes minutes. */
const JOB_BUCKETS = [1, 5, 15, 60, 300, 900, 3600, 14_400];

const REASONS: readonly RefusalReason[] = ['disk', 'cpu'];
const RECORDING_OUTCOMES: readonly RecordingOutcome[] = ['complete', 'streams_lost', 'server_lost'];
const ATTEMPT_OUTCOMES: readonly AttemptOutcome[] = ['done', 'retried', 'failed'];

/** Recordings, and what is made of them. */
export class RecordingMetrics implements RecordingObserver {
  readonly #refused;
  readonly #ready;
  readonly #jobs;
  readonly #uploads;
  #recorder: RecorderSources | null = null;
  #openJobs: (() => Promise<Readonly<Record<JobKind, number>>>) | null = null;

  constructor(registers: Registry[]) {
    const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Counter({ name, help, labelNames, registers });
    this.#refused = counter(
      'televisit_recordings_refused_total',
      'Recordings that were refused because the disk is full or the recorder busy.',
      'reason',
    );
    this.#ready = counter(
      'televisit_recordings_ready_total',
      'Recordings that became ready, also again with late files; the outcome says whether anything is missing.',
      'outcome',
    );
    this.#uploads = counter(
      'televisit_recording_uploads_total',
      'Attempts to put files of recordings into their storage.',
      'outcome',
    );
    this.#jobs = new Histogram({
      name: 'televisit_recording_job_seconds',
      help: 'Duration of attempts to compose or transcribe recordings.',
      labelNames: ['kind', 'outcome'],
      buckets: JOB_BUCKETS,
      registers,
    });
    // A counter that appears with its first failure has no increase that an alert could see.
    for (const reason of REASONS) this.#refused.inc({ reason }, 0);
    for (const outcome of RECORDING_OUTCOMES) this.#ready.inc({ outcome }, 0);
    for (const outcome of ['stored', 'failed']) this.#uploads.inc({ outcome }, 0);
    for (const kind of JOB_KINDS) for (const outcome of ATTEMPT_OUTCOMES) this.#jobs.zero({ kind, outcome });
    this.#gauges(registers);
  }

  watchRecorder(sources: RecorderSources): void {
    this.#recorder = sources;
  }

  watchJobs(openJobs: () => Promise<Readonly<Record<JobKind, number>>>): void {
    this.#openJobs = openJobs;
  }

  refused(reason: RefusalReason): void {
    this.#refused.inc({ reason });
  }

  ready(outcome: RecordingOutcome): void {
    this.#ready.inc({ outcome });
  }

  jobEnded(kind: JobKind, outcome: AttemptOutcome, ms: number): void {
    this.#jobs.observe({ kind, outcome }, ms / 1000);
  }

  /** Returns a storage that counts what is put into it. */
  storage(storage: RecordingStorage): RecordingStorage {
    return {
      put: async (name, content) => {
        try {
          await storage.put(name, content);
          this.#uploads.inc({ outcome: 'stored' });
        } catch (error) {
          this.#uploads.inc({ outcome: 'failed' });
          throw error;
        }
      },
      read: (name, from, to) => storage.read(name, from, to),
      delete: (name) => storage.delete(name),
    };
  }

  #gauges(registers: Registry[]): void {
    const gauge = (
      name: string,
      help: string,
      read: (sources: RecorderSources) => number | Promise<number>,
    ) => {
      const value = async () => {
        const sources = this.#recorder;
        return sources && (await read(sources));
      };
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          // A server without a key for recordings has none of these.
          const current = await value().catch(() => null);
          if (current === null) this.remove();
          else this.set(current);
        },
      });
    };
    gauge('televisit_recordings', 'Recordings that this server writes.', ({ recordings }) => recordings());
    gauge(
      'televisit_recorder_tracks',
      'Streams that the recorder of this server writes.',
      ({ load }) => load().tracks,
    );
    gauge(
      'televisit_recorder_cpu_ratio',
      'The share of a core that the recorder of this server uses; from 0.8 on it takes no more recordings.',
      ({ load }) => load().cpuShare,
    );
    gauge(
      'televisit_recording_spool_free_bytes',
      'Free space on this server for recordings that are not in their storage yet.',
      ({ freeBytes }) => freeBytes(),
    );
    const openJobs = () => this.#openJobs?.();
    new Gauge({
      name: 'televisit_recording_jobs',
      help: 'Compositions and transcripts that are queued or being made on all servers.',
      labelNames: ['kind'],
      registers,
      async collect() {
        // While the database is away, the last values stay: `televisit_store_up` reports the reason.
        const open = await Promise.resolve(openJobs()).catch(() => undefined);
        for (const kind of JOB_KINDS) if (open) this.set({ kind }, open[kind]);
      },
    });
  }
}
