import type { JobKind, JobStatus, RecordedFileKind } from '@televisit/shared/features/recording.vocabulary';
import type { Source } from '@televisit/shared/vocabulary';
import type { FeatureStore } from '../../domain/session-store.ts';
import type { WrappedKey } from '../../recording/master-keys.ts';

/** A file of a recording in the storage. Times are milliseconds since the Unix epoch. */
export interface StoredFile {
  readonly fileId: string;
  readonly sessionId: string;
  readonly recordingId: string;
  readonly kind: RecordedFileKind;
  /** The seat of the person in it; null for a file that concerns everyone. */
  readonly seat: number | null;
  readonly source: Source | null;
  /** The media type (RFC 6838). */
  readonly contentType: string;
  readonly codec: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The size of its content. */
  readonly bytes: number;
  /** The job that composed it; absent for other files. */
  readonly jobId?: string;
  /** What a composition holds, of which it leaves out when nothing was recorded; absent for other files. */
  readonly sections?: readonly FileSection[];
  /** The stream that a transcript is of, or the transcript that corrections are of, by its id; absent for other files. */
  readonly of?: string;
  /** Whether it is under a legal hold. */
  readonly held: boolean;
  /** The key of its content. Without it, what the storage holds can't be read. */
  readonly key: WrappedKey;
}

/** An uninterrupted part of a composition. */
export interface FileSection {
  /** Where it is in the file, in seconds. */
  readonly at: number;
  /** When it was recorded, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

/**
 * A stretch of a recording that one process writes, until all its files are stored. A recording is complete once it has no
 * open work.
 */
export interface RecordingWork {
  readonly workId: string;
  readonly sessionId: string;
  readonly recordingId: string;
  /** The process that writes or stores its files. */
  readonly owner: string;
  /** When another process may take it over, unless the owner extends it. Milliseconds since the Unix epoch. */
  readonly leasedUntil: number;
  /** Whether all its files are stored, or given up. */
  readonly done: boolean;
  /** Whether files of it are missing. */
  readonly lost: boolean;
  /** Whether the recording counts it already; later news of it reset that. */
  readonly settled: boolean;
}

/** Work on a recording that is ready. Times are milliseconds since the Unix epoch. */
export interface RecordingJob {
  readonly jobId: string;
  readonly sessionId: string;
  readonly recordingId: string;
  readonly kind: JobKind;
  /** What the handler of its kind needs, as JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly status: JobStatus;
  /** The share that is done, from 0 to 1. */
  readonly progress: number;
  /** How often it was started. */
  readonly attempts: number;
  /** Why its last attempt failed, for people; null if none has. */
  readonly error: string | null;
  readonly createdAt: number;
  /** The process that runs it, or ran it last; null before the first attempt. */
  readonly owner: string | null;
  /** Until when no other process may start it. */
  readonly leasedUntil: number;
}

/** The outcome of an attempt at a job; `queued` for another attempt from `leasedUntil` on. */
export type JobOutcome = Pick<RecordingJob, 'status' | 'error' | 'leasedUntil'>;

/** Stores what the recordings of sessions consist of. Every adapter passes the contract suite in `testing/recording-store-contract.ts`. */
export interface RecordingStore extends FeatureStore {
  /** Adds a file. Does nothing if it is there. */
  addFile(file: StoredFile): Promise<void>;
  /** Returns the files of a session. */
  files(sessionId: string): Promise<readonly StoredFile[]>;
  /** Replaces the key of a file that still has the key with this id. */
  rewrap(fileId: string, keyId: string, key: WrappedKey): Promise<void>;
  /** Returns some files whose keys were wrapped by other master keys. */
  wrappedByOthers(keyId: string, limit: number): Promise<readonly StoredFile[]>;
  /** Puts the files of a recording under a legal hold, or lifts it. */
  hold(sessionId: string, recordingId: string, held: boolean): Promise<void>;
  /** Sets when a recording is to be deleted; null for never. */
  expireAt(sessionId: string, recordingId: string, expiresAt: number | null): Promise<void>;
  /** Returns some sessions with recordings whose time is over. */
  sessionsToExpire(now: number, limit: number): Promise<readonly string[]>;
  /** Drops the files of a recording with their keys, and remembers that their content has to be deleted. */
  dropRecording(sessionId: string, recordingId: string): Promise<void>;
  /** The same for these files of a session. */
  dropFiles(sessionId: string, fileIds: readonly string[]): Promise<void>;
  /** The same for the files of the person in a seat and for those composed of everyone, unless they are held. */
  erase(sessionId: string, seat: number): Promise<void>;
  /** The same for everything of these sessions. */
  purge(sessionIds: readonly string[]): Promise<void>;
  /** Returns the ids of some dropped files whose content has to be deleted. */
  dropped(limit: number): Promise<readonly string[]>;
  /** Forgets dropped files, whose content has been deleted. */
  forget(fileIds: readonly string[]): Promise<void>;
  /**
   * Adds work that is not settled, or extends that of the same owner. @returns false, without writing, if it is done or another
   * process has it
   */
  claim(work: Omit<RecordingWork, 'settled'>, now: number): Promise<boolean>;
  /** Marks work as done, and no longer as settled. */
  finish(workId: string, lost: boolean): Promise<void>;
  /** Returns the work of a session's recordings. */
  work(sessionId: string): Promise<readonly RecordingWork[]>;
  /** Returns some sessions with work that is done, or past its lease, and not settled. */
  sessionsToSettle(now: number, limit: number): Promise<readonly string[]>;
  /**
   * Settles work of a recording that still is as it was read: forgets what lost nothing, and keeps what did, or may have, until
   * the session is purged.
   */
  settleWork(work: readonly RecordingWork[]): Promise<void>;
  /** Forgets the work of a recording. */
  forgetWork(sessionId: string, recordingId: string): Promise<void>;
  /** Adds a job, or starts it again. A process that runs it loses it. */
  putJob(job: RecordingJob): Promise<void>;
  /** Deletes a job. A process that runs it loses it. */
  deleteJob(jobId: string): Promise<void>;
  /** Returns the jobs of a session, the oldest first. */
  jobs(sessionId: string): Promise<readonly RecordingJob[]>;
  /** Returns how many jobs of each kind are neither done nor failed. */
  openJobs(): Promise<Readonly<Record<JobKind, number>>>;
  /** Gives the oldest job of these kinds that is not done, failed or leased to a process. @returns null if there is none */
  claimJob(
    kinds: readonly JobKind[],
    lease: { readonly owner: string; readonly leasedUntil: number },
    now: number,
  ): Promise<RecordingJob | null>;
  /** Extends the lease of a running job. @returns false, without writing, if the process no longer has it */
  extendJob(job: Pick<RecordingJob, 'jobId' | 'owner' | 'leasedUntil' | 'progress'>): Promise<boolean>;
  /** Records how an attempt ended. @returns false, without writing, if the process no longer has the job */
  endJob(job: Pick<RecordingJob, 'jobId' | 'owner'>, outcome: JobOutcome): Promise<boolean>;
  /** Returns the files of a person. */
  export(sessionId: string, seat: number): Promise<readonly StoredFile[]>;
}
