import { createHash } from 'node:crypto';
import type { RecordingJob, StoredFile } from '../recording-store.ts';

/** What of a recording can be played. */
export interface Playable {
  readonly composition: StoredFile | null;
  readonly thumbnail: StoredFile | null;
  /** The newest job that composes it. */
  readonly job: RecordingJob | null;
  /** Changes with the transcript and its corrections; null if there is none. */
  readonly transcriptVersion: string | null;
}

/**
 * Returns what of a recording can be played: its newest composition.
 * @param jobs those of the session, the oldest first
 */
export function playableOf(
  recordingId: string,
  files: readonly StoredFile[],
  jobs: readonly RecordingJob[],
): Playable {
  const own = files.filter((file) => file.recordingId === recordingId);
  const making = jobs.filter((job) => job.recordingId === recordingId && job.kind === 'composition');
  const order = making.map(({ jobId }) => jobId);
  const age = ({ jobId }: StoredFile) => (jobId === undefined ? -1 : order.indexOf(jobId));
  const composition = own
    // The media of the playlist is of the same kind.
    .filter(({ kind, contentType }) => kind === 'composition' && contentType === 'video/mp4')
    .reduce<StoredFile | null>((newest, file) => (newest && age(newest) > age(file) ? newest : file), null);
  const thumbnail = own.find(
    ({ kind, jobId }) => kind === 'thumbnail' && composition !== null && jobId === composition.jobId,
  );
  return {
    composition,
    thumbnail: thumbnail ?? null,
    job: making.at(-1) ?? null,
    transcriptVersion: transcriptVersionOf(own),
  };
}

function transcriptVersionOf(files: readonly StoredFile[]): string | null {
  if (!files.some(({ kind }) => kind === 'transcript')) return null;
  const ids = files.flatMap(({ kind, fileId }) =>
    kind === 'transcript' || kind === 'correction' ? [fileId] : [],
  );
  return createHash('sha256').update(JSON.stringify(ids.sort())).digest('hex').slice(0, 16);
}
