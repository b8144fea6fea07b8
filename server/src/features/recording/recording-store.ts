import type { Source } from '@televisit/shared/vocabulary';
import type { FeatureStore } from '../../domain/session-store.ts';
import type { WrappedKey } from '../../recording/master-keys.ts';

/** A file of a recording in the storage. Times are milliseconds since the Unix epoch. */
export interface StoredFile {
  readonly fileId: string;
  readonly sessionId: string;
  readonly recordingId: string;
  /** The seat of the person in it; null for the timeline. */
  readonly seat: number | null;
  readonly source: Source | null;
  /** The media type (RFC 6838). */
  readonly contentType: string;
  readonly codec: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The size of its content. */
  readonly bytes: number;
  /** Whether it is under a legal hold. */
  readonly held: boolean;
  /** The key of its content. Without it, what the storage holds can't be read. */
  readonly key: WrappedKey;
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
}

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
  /** The same for the files of the person in a seat, unless they are held. */
  erase(sessionId: string, seat: number): Promise<void>;
  /** The same for everything of these sessions. */
  purge(sessionIds: readonly string[]): Promise<void>;
  /** Returns the ids of some dropped files whose content has to be deleted. */
  dropped(limit: number): Promise<readonly string[]>;
  /** Forgets dropped files, whose content has been deleted. */
  forget(fileIds: readonly string[]): Promise<void>;
  /** Adds work, or extends that of the same owner. @returns false, without writing, if it is done or another process has it */
  claim(work: RecordingWork, now: number): Promise<boolean>;
  /** Marks work as done. */
  finish(workId: string, lost: boolean): Promise<void>;
  /** Returns the work of a session's recordings. */
  work(sessionId: string): Promise<readonly RecordingWork[]>;
  /** Returns some sessions with work that is done, or past its lease. */
  sessionsToSettle(now: number, limit: number): Promise<readonly string[]>;
  /** Forgets the work of a recording. */
  forgetWork(sessionId: string, recordingId: string): Promise<void>;
  /** Returns the files of a person. */
  export(sessionId: string, seat: number): Promise<readonly StoredFile[]>;
}
