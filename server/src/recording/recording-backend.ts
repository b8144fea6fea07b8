import type { Recorder } from './recorder.ts';
import type { RecordingFiles } from './recording-files.ts';

/** What a server records with. */
export interface RecordingBackend {
  readonly recorder: Recorder;
  readonly files: RecordingFiles;
  /** The folder for files that are not stored yet. */
  readonly spool: string;
  /** The folder for files of compositions that are being made. */
  readonly compositions: string;
  /** The folder for sound that is being transcribed. */
  readonly transcripts: string;
  /** How long recordings are kept after they stopped, in milliseconds; null for as long as their session. */
  readonly retentionMs: number | null;
}
