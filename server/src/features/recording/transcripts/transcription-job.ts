import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { change } from '../../../domain/change.ts';
import { SYSTEM } from '../../../domain/events.ts';
import type { Ids } from '../../../domain/ids.ts';
import type { Session } from '../../../domain/session.ts';
import type { Sessions } from '../../../domain/sessions.ts';
import type { Clock } from '../../../core/clock.ts';
import { FILL_HOLES } from '../../../recording/composition/arguments.ts';
import { CompositionError } from '../../../recording/composition/composition-error.ts';
import { runFfmpeg } from '../../../recording/composition/ffmpeg.ts';
import type { RecordingFiles } from '../../../recording/recording-files.ts';
import { SpeechError } from '../../../speech/speech-error.ts';
import type { SpeechToText } from '../../../speech/speech-to-text.ts';
import { JobError, type JobRun, type TranscriptSettings } from '../jobs.ts';
import type { LinkedRecording } from '../recording-links.ts';
import type { RecordingJob, RecordingStore, StoredFile } from '../recording-store.ts';
import { mayKeep } from '../rules.ts';
import { mayBeTranscribed, speechOf, type SpeechFile } from './rules.ts';
import type { StoredTranscript } from './stored-transcript.ts';

export interface TranscriptionJobOptions {
  readonly store: RecordingStore;
  readonly sessions: Sessions;
  readonly files: RecordingFiles;
  readonly speechToText: SpeechToText;
  /** The folder for sound that is being transcribed. What is in it belongs to earlier runs. */
  readonly folder: string;
  /** Returns a link to a transcript. */
  readonly linkTo: (recording: LinkedRecording) => string;
  readonly clock: Clock;
  readonly ids: Ids;
}

const MESSAGES: Partial<Record<string, string>> = {
  ffmpeg_missing: 'FFmpeg is not installed on the server.',
  disk_full: 'The server has too little disk space.',
  not_installed: 'Speech to text is not installed on the server.',
  unavailable: 'Speech to text does not work at the moment.',
  busy: 'Speech to text is too busy at the moment.',
  refused: 'The service for speech to text refused.',
  unsupported: 'Speech to text does not know the language, or can’t decode the sound.',
};

/** Transcribes the microphones of a recording, each person on their own, and stores a transcript for each. */
export class TranscriptionJob {
  readonly #options: TranscriptionJobOptions;

  constructor(options: TranscriptionJobOptions) {
    this.#options = options;
  }

  /** @throws {JobError} if people can do something about the failure */
  async run(job: RecordingJob, run: JobRun): Promise<void> {
    const { folder } = this.#options;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await this.#transcribe(job, run);
    } catch (error) {
      throw failureOf(error);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #transcribe(job: RecordingJob, { signal, progress }: JobRun): Promise<void> {
    const { store, sessions } = this.#options;
    const { sessionId, recordingId } = job;
    const session = await sessions.find(sessionId);
    if (!session) return;
    const files = await store.files(sessionId);
    const isDone = new Set(
      files.flatMap(({ kind, of }) => (kind === 'transcript' && of !== undefined ? [of] : [])),
    );
    const speech = speechOf(session, files, recordingId);
    const total = speech.reduce((sum, file) => sum + lengthOf(file), 0);
    let done = 0;
    for (const file of speech) {
      // An earlier attempt got this far, or the file turned up later than others.
      if (!isDone.has(file.fileId)) {
        await this.#transcribeFile(job, file, signal, (share) =>
          progress((done + share * lengthOf(file)) / total),
        );
      }
      done += lengthOf(file);
    }
    await this.#ready(job);
  }

  async #transcribeFile(
    job: RecordingJob,
    file: SpeechFile,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<void> {
    const { sessions, speechToText } = this.#options;
    // Consent may have been withdrawn while others were transcribed.
    const session = await sessions.find(job.sessionId);
    if (!session || !mayTranscribe(session, file)) return;
    const wav = await this.#soundOf(file, signal);
    const language = languageOf(session, file.seat, job);
    const heard = await speechToText.transcribe(wav, {
      ...(language === null ? {} : { language }),
      vocabulary: settingsOf(job).vocabulary ?? session.options.vocabulary,
      signal,
      onProgress,
    });
    await rm(wav, { force: true });
    const segments = heard.segments.map((segment) => ({
      ...timesOf(file, segment),
      text: segment.text,
      confidence: segment.confidence,
      words: segment.words.map((word) => ({ ...timesOf(file, word), text: word.text })),
    }));
    await this.#add(job, file, { language: heard.language, engine: heard.engine, segments });
  }

  /** Decrypts and decodes a file: silence stays where nothing was sent. */
  async #soundOf(file: SpeechFile, signal: AbortSignal): Promise<string> {
    const { folder, files, clock } = this.#options;
    const [source, wav] = [`${file.fileId}.mkv`, `${file.fileId}.wav`];
    const content = Readable.from(files.reader(file)(0, file.bytes));
    await pipeline(content, createWriteStream(join(folder, source), { mode: 0o600 }), { signal });
    const output = ['-ac', '1', '-ar', '16000', '-c:a', 'pcm_s16le', '-f', 'wav', wav];
    const decode = ['-v', 'error', '-y', '-i', source, '-map', '0:a:0', '-af', FILL_HOLES];
    await runFfmpeg({ arguments: [...decode, ...output], folder, signal, clock });
    await rm(join(folder, source), { force: true });
    return join(folder, wav);
  }

  /**
   * Stores a transcript unless it may not stay: meanwhile consent may have been withdrawn, the person erased, or the
   * recording or the transcript deleted.
   */
  async #add(job: RecordingJob, speech: SpeechFile, content: StoredTranscript): Promise<void> {
    const { store, ids, files, sessions } = this.#options;
    const { sessionId } = job;
    const fileId = ids.unique();
    const stored = await files.addText(fileId, JSON.stringify(content));
    const about = { kind: 'transcript', contentType: 'application/json', codec: null } as const;
    await store.addFile({ ...speech, ...about, ...stored, fileId, of: speech.fileId });
    const session = await sessions.find(sessionId);
    const recording = session?.recordings.find(({ recordingId }) => recordingId === job.recordingId);
    if (recording?.legalHold) await store.hold(sessionId, job.recordingId, true);
    if (!session || !recording || !mayTranscribe(session, speech) || !(await this.#isOurs(job))) {
      await store.dropFiles(sessionId, [fileId]);
    }
  }

  /** Whether this process still has the job: it is taken away when the transcript is deleted. */
  async #isOurs({ sessionId, jobId, owner }: RecordingJob): Promise<boolean> {
    const jobs = await this.#options.store.jobs(sessionId);
    return jobs.some((one) => one.jobId === jobId && one.owner === owner && one.status === 'running');
  }

  async #ready(job: RecordingJob): Promise<void> {
    const { store, sessions, linkTo } = this.#options;
    const { sessionId, recordingId } = job;
    if (!(await this.#isOurs(job))) return;
    const transcribed = (await store.files(sessionId)).filter(
      (file) => file.recordingId === recordingId && file.kind === 'transcript',
    );
    const people = new Set(transcribed.map(({ seat }) => seat)).size;
    const transcriptUrl = people === 0 ? null : linkTo({ sessionId, recordingId });
    await sessions.apply(sessionId, (session, now) =>
      change(session, {}, now, SYSTEM, { type: 'transcript.ready', recordingId, people, transcriptUrl }),
    );
  }
}

function mayTranscribe(session: Session, file: SpeechFile): boolean {
  return mayBeTranscribed(session, file.seat) && mayKeep(session, file);
}

function lengthOf({ startedAt, endedAt }: StoredFile): number {
  return Math.max(1, endedAt - startedAt);
}

function settingsOf({ settings }: RecordingJob): TranscriptSettings {
  return settings as unknown as TranscriptSettings;
}

/** Returns the language that a person speaks; null to detect it. */
function languageOf({ options, seats }: Session, seat: number, job: RecordingJob): string | null {
  return settingsOf(job).language ?? options.captionLanguage ?? seats[seat]?.language ?? null;
}

function timesOf(file: StoredFile, { startMs, endMs }: { readonly startMs: number; readonly endMs: number }) {
  return { startedAt: Math.round(file.startedAt + startMs), endedAt: Math.round(file.startedAt + endMs) };
}

function failureOf(error: unknown): unknown {
  if (!(error instanceof SpeechError || error instanceof CompositionError)) return error;
  const message = MESSAGES[error.code];
  if (message === undefined) return error;
  return new JobError(message, { isFinal: error.code === 'unsupported', cause: error });
}
