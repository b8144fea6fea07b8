import { describe, expect, it } from 'vitest';
import type { RecordingJob, StoredFile } from '../recording-store.ts';
import { playableOf } from './playable.ts';

const file = (fileId: string, kind: StoredFile['kind'], jobId?: string, recordingId = 'rec') =>
  ({
    fileId,
    kind,
    recordingId,
    contentType: 'video/mp4',
    ...(jobId === undefined ? {} : { jobId }),
  }) as StoredFile;
const job = (jobId: string, kind: RecordingJob['kind'] = 'composition') =>
  ({ jobId, kind, recordingId: 'rec' }) as RecordingJob;

describe('playableOf', () => {
  it('finds the composition of the newest job that has one, with its own preview', () => {
    const files = [
      file('new', 'composition', 'job-2'),
      file('new-preview', 'thumbnail', 'job-2'),
      file('old-preview', 'thumbnail', 'job-1'),
      { ...file('new-media', 'composition', 'job-2'), contentType: 'video/iso.segment' },
      file('old', 'composition', 'job-1'),
      file('other', 'composition', 'job-9', 'another'),
    ];
    const jobs = [job('job-1'), job('job-2'), job('job-3'), job('job-4', 'transcript')];
    expect(playableOf('rec', files, jobs)).toEqual({
      composition: files[0],
      thumbnail: files[1],
      job: jobs[2],
      transcriptVersion: null,
    });
  });

  it('finds nothing in a recording of streams only', () => {
    const files = [file('a', 'stream'), file('b', 'transcript', undefined, 'another')];
    expect(playableOf('rec', files, [])).toEqual({
      composition: null,
      thumbnail: null,
      job: null,
      transcriptVersion: null,
    });
  });

  it('returns another version of the transcript with each correction, in whatever order the files are', () => {
    const versionOf = (...files: StoredFile[]) => playableOf('rec', files, []).transcriptVersion;
    const transcript = file('a', 'transcript');
    const correction = file('b', 'correction');
    const version = versionOf(transcript, file('c', 'stream'));
    expect(version).toMatch(/^[0-9a-f]{16}$/);
    expect(versionOf(transcript, file('d', 'stream'))).toBe(version);
    expect(versionOf(transcript, correction)).not.toBe(version);
    expect(versionOf(transcript, correction)).toBe(versionOf(correction, transcript));
    expect(versionOf(correction)).toBeNull();
  });
});
