import { TelevisitError } from '@televisit/shared/errors';
import type { TranscriptRecord } from '@televisit/shared/features/transcripts';
import { MAX_REVISIONS } from '@televisit/shared/features/transcripts.vocabulary';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Clock } from '../../../core/clock.ts';
import type { Actor } from '../../../domain/events.ts';
import type { Ids } from '../../../domain/ids.ts';
import type { Session } from '../../../domain/session.ts';
import type { Sessions } from '../../../domain/sessions.ts';
import type { RecordingFiles } from '../../../recording/recording-files.ts';
import { transcriptJob, type RecordingJobs, type TranscriptSettings } from '../jobs.ts';
import type { RecordingJob, RecordingStore, StoredFile } from '../recording-store.ts';
import { requireRecording } from '../rules.ts';
import { assembled, requireSegment, type PersonalTranscript } from './rules.ts';
import { storedCorrections, storedTranscript, type StoredCorrections } from './stored-transcript.ts';

export interface TranscriptsOptions {
  readonly store: RecordingStore;
  readonly sessions: Sessions;
  /** Null if this server has no key for recordings. */
  readonly files: RecordingFiles | null;
  readonly jobs: RecordingJobs;
  /** Whether this server can transcribe. */
  readonly canTranscribe: boolean;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

type Correction = Readonly<{ segmentId: string; text: string }>;

/** The transcripts of recordings: requested, read, corrected and deleted by backends. */
export class Transcripts {
  readonly #options: TranscriptsOptions;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
  }

  /**
   * Queues the transcript of what is not transcribed yet.
   * @throws {TelevisitError} `session_not_found`, `recording_not_found`, `recording_not_ready`, `transcript_off`,
   * `transcript_unavailable`
   */
  async request(sessionId: string, recordingId: string, settings: TranscriptSettings): Promise<RecordingJob> {
    const { sessions, jobs, store, canTranscribe } = this.#options;
    const session = await sessions.get(sessionId);
    const recording = requireRecording(session, recordingId);
    if (session.options.transcript === 'off') throw new TelevisitError('transcript_off');
    if (!canTranscribe) throw new TelevisitError('transcript_unavailable');
    if (recording.readyAt === null) throw new TelevisitError('recording_not_ready');
    const wanted = transcriptJob(session, recordingId, settings);
    await jobs.put(wanted);
    const job = (await store.jobs(sessionId)).find((one) => one.jobId === wanted.jobId);
    // The recording was deleted meanwhile.
    if (!job) throw new TelevisitError('recording_not_found');
    return job;
  }

  /**
   * Returns the transcript of a recording.
   * @throws {TelevisitError} `session_not_found`, `recording_not_found`, `transcript_not_found`, `recording_unavailable`
   */
  async read(sessionId: string, recordingId: string): Promise<TranscriptRecord> {
    const session = await this.#options.sessions.get(sessionId);
    const files = await this.#filesOf(session, recordingId);
    return assembled(session, recordingId, files, await this.#personal(files));
  }

  /** Whether a recording has a transcript. @throws {TelevisitError} `session_not_found`, `recording_not_found` */
  async exists(sessionId: string, recordingId: string): Promise<boolean> {
    const files = await this.#filesOf(await this.#options.sessions.get(sessionId), recordingId);
    return files.some(({ kind }) => kind === 'transcript');
  }

  /**
   * Replaces the text of segments, all of them or none.
   * @throws {TelevisitError} as `read`, and `transcript_segment_not_found`, `transcript_full`
   */
  async correct(
    sessionId: string,
    recordingId: string,
    corrections: readonly Correction[],
    by: Actor,
  ): Promise<TranscriptRecord> {
    const { sessions, store, clock } = this.#options;
    const session = await sessions.get(sessionId);
    const files = await this.#filesOf(session, recordingId);
    const personal = await this.#personal(files);
    if (files.filter(({ kind }) => kind === 'correction').length >= MAX_REVISIONS)
      throw new TelevisitError('transcript_full');
    const found = corrections.map(({ segmentId, text }) => ({
      ...requireSegment(personal, segmentId),
      text,
    }));
    const added: StoredFile[] = [];
    for (const [file, own] of Map.groupBy(found, (one) => one.file)) {
      const texts = Object.fromEntries(own.map(({ index, text }) => [String(index), text]));
      const { corrections: earlier } = personal.find((one) => one.file === file) ?? { corrections: [] };
      const revision = Math.max(0, ...earlier.map((one) => one.revision)) + 1;
      added.push(await this.#addCorrections(file, { at: clock.now(), revision, texts }));
    }
    // Meanwhile it may have been deleted, or its person erased.
    const left = new Set((await store.files(sessionId)).map(({ fileId }) => fileId));
    if (found.some(({ file }) => !left.has(file.fileId))) {
      await this.#drop(sessionId, added);
      throw new TelevisitError('transcript_segment_not_found');
    }
    await sessions.note(sessionId, { type: 'transcript.corrected', recordingId, segments: found.length, by });
    return this.read(sessionId, recordingId);
  }

  /**
   * Deletes a transcript, also one that is being made. Idempotent.
   * @throws {TelevisitError} `session_not_found`, `recording_not_found`, `recording_held`
   */
  async delete(sessionId: string, recordingId: string, by: Actor): Promise<void> {
    const { sessions, store } = this.#options;
    const session = await sessions.get(sessionId);
    if (requireRecording(session, recordingId).legalHold) throw new TelevisitError('recording_held');
    await store.deleteJob(transcriptJob(session, recordingId).jobId);
    const made = (await this.#filesOf(session, recordingId)).filter(
      ({ kind }) => kind === 'transcript' || kind === 'correction',
    );
    if (made.length === 0) return;
    await this.#drop(sessionId, made);
    await sessions.note(sessionId, { type: 'transcript.deleted', recordingId, by });
  }

  async #filesOf(session: Session, recordingId: string): Promise<readonly StoredFile[]> {
    requireRecording(session, recordingId);
    return (await this.#options.store.files(session.sessionId)).filter(
      (file) => file.recordingId === recordingId,
    );
  }

  /** @throws {TelevisitError} `transcript_not_found`, `recording_unavailable` */
  async #personal(files: readonly StoredFile[]): Promise<readonly PersonalTranscript[]> {
    const { files: storage, logger } = this.#options;
    const transcripts = files.filter(({ kind }) => kind === 'transcript');
    if (transcripts.length === 0) throw new TelevisitError('transcript_not_found');
    try {
      if (!storage) throw new Error('The server has no RECORDING_KEY.');
      const read = async <T>(schema: z.ZodType<T>, file: StoredFile) =>
        schema.parse(JSON.parse(await storage.text(file)));
      const correctionsOf = (transcript: StoredFile) =>
        Promise.all(
          files
            .filter(({ kind, of }) => kind === 'correction' && of === transcript.fileId)
            .map((file) => read(storedCorrections, file)),
        );
      return await Promise.all(
        transcripts.map(async (file) => ({
          file,
          content: await read(storedTranscript, file),
          corrections: await correctionsOf(file),
        })),
      );
    } catch (error) {
      logger.error({ err: error }, 'failed to read a transcript');
      const detail =
        'The transcript can’t be read: the storage of recordings does not work, or the server does not have its key.';
      throw new TelevisitError('recording_unavailable', { detail });
    }
  }

  /** @returns the stored file */
  async #addCorrections(transcript: StoredFile, content: StoredCorrections): Promise<StoredFile> {
    const { files, store, ids } = this.#options;
    if (!files) throw new TelevisitError('recording_unavailable');
    const fileId = ids.unique();
    const stored = await files.addText(fileId, JSON.stringify(content));
    const file = { ...transcript, ...stored, fileId, kind: 'correction', of: transcript.fileId } as const;
    await store.addFile(file);
    return file;
  }

  async #drop(sessionId: string, files: readonly StoredFile[]): Promise<void> {
    if (files.length === 0) return;
    await this.#options.store.dropFiles(
      sessionId,
      files.map(({ fileId }) => fileId),
    );
  }
}
