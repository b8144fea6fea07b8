import type { JobKind } from '@televisit/shared/features/recording.vocabulary';
import type { RecorderLoad } from './recorder.ts';

/** Why a recording was refused: the disk has too little space for it, or the recorder is too busy. */
export type RefusalReason = 'disk' | 'cpu';

/** What a recording consists of when it is ready: everything, or not what the recorder or a lost server could not store. */
export type RecordingOutcome = 'complete' | 'streams_lost' | 'server_lost';

/** How an attempt at a job ended. */
export type AttemptOutcome = 'done' | 'retried' | 'failed';

/** The recorder of this server, read at each scrape. */
export interface RecorderSources {
  /** Returns how many recordings are being written. */
  readonly recordings: () => number;
  readonly load: () => RecorderLoad;
  /** Returns the free space for files that are not stored yet, in bytes. */
  readonly freeBytes: () => Promise<number>;
}

/** Is told about the recordings of this server. */
export interface RecordingObserver {
  watchRecorder(sources: RecorderSources): void;
  /** @param openJobs returns how many jobs of each kind are queued or running on all servers */
  watchJobs(openJobs: () => Promise<Readonly<Record<JobKind, number>>>): void;
  refused(reason: RefusalReason): void;
  /** A recording became ready, or did so again because files turned up late. */
  ready(outcome: RecordingOutcome): void;
  /** @param ms how long the attempt took */
  jobEnded(kind: JobKind, outcome: AttemptOutcome, ms: number): void;
}
