import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import type { Ids } from '../../domain/ids.ts';
import type { Session } from '../../domain/session.ts';
import type { Sessions } from '../../domain/sessions.ts';
import { compose, type Composed, type SourceFile } from '../../recording/composition/compose.ts';
import { CompositionError } from '../../recording/composition/composition-error.ts';
import { lockMachine } from '../../recording/composition/machine-lock.ts';
import { FRAME_RATE } from '../../recording/composition/plan.ts';
import type { RecordingFiles } from '../../recording/recording-files.ts';
import { composed, settingsOf, sourcesOf, streamsOf } from './compositions.ts';
import { JobError, type JobRun } from './jobs.ts';
import type { RecordingJob, RecordingStore, StoredFile } from './recording-store.ts';

export interface CompositionJobOptions {
  readonly store: RecordingStore;
  readonly sessions: Sessions;
  readonly files: RecordingFiles;
  /** The folder for files of compositions that are being made. */
  readonly folder: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** What stays free on the disk, in bytes, and how much space a composition needs, compared with its sources. */
const LEAST_FREE = 1e9;
const SPACE = 6;
const LOCK = 'composition';
const MESSAGES = {
  ffmpeg_missing: 'FFmpeg is not installed on the server.',
  disk_full: 'The server has too little disk space.',
  empty: 'The recording has no stream that can be decoded.',
} as const;

/** Composes recordings: gets their files, lets FFmpeg do the work in a folder, and stores the results. */
export class CompositionJob {
  readonly #options: CompositionJobOptions;

  constructor(options: CompositionJobOptions) {
    this.#options = options;
  }

  /** @throws {JobError} if people can do something about the failure */
  async run(job: RecordingJob, { signal, progress }: JobRun): Promise<void> {
    const { clock } = this.#options;
    const folder = join(this.#options.folder, folderName(job));
    await this.#create(folder, job);
    await this.tidy();
    try {
      // One at a time, because each takes a core.
      const lock = await lockMachine(LOCK, clock, signal);
      try {
        await this.#compose(job, folder, signal, progress);
      } finally {
        await lock[Symbol.asyncDispose]();
      }
    } catch (error) {
      throw failureOf(error);
    } finally {
      // What is complete shortens the next attempt; but nothing of an erased person may stay.
      if (!signal.aborted) await rm(folder, { recursive: true, force: true });
      else await this.tidy();
    }
  }

  /** Removes the folders of jobs that are done, were given up, or are made of other files by now. */
  async tidy(): Promise<void> {
    const { folder, store } = this.#options;
    for (const name of existsSync(folder) ? await readdir(folder) : []) {
      if (name.endsWith(CREATED)) continue;
      const text = await readFile(join(folder, name, JOB_FILE), 'utf8').catch(() => 'null');
      const about = parsed(text);
      const jobs = about ? await store.jobs(about.sessionId) : [];
      const isWanted = jobs.some(
        (job) =>
          job.kind === 'composition' &&
          (job.status === 'queued' || job.status === 'running') &&
          folderName(job) === name,
      );
      if (!isWanted) await rm(join(folder, name), { recursive: true, force: true });
    }
  }

  /** Creates the folder of a job with what says so, unless it is there since an earlier attempt. */
  async #create(folder: string, { sessionId }: RecordingJob): Promise<void> {
    if (existsSync(folder)) return;
    const created = `${folder}${CREATED}`;
    await mkdir(created, { recursive: true, mode: 0o700 });
    await writeFile(join(created, JOB_FILE), JSON.stringify({ sessionId }), { mode: 0o600 });
    await rename(created, folder);
  }

  async #compose(
    job: RecordingJob,
    folder: string,
    signal: AbortSignal,
    progress: (share: number) => void,
  ): Promise<void> {
    const { store, sessions, clock, logger } = this.#options;
    const { sessionId, recordingId } = job;
    const { layout, names } = settingsOf(job);
    const session = await sessions.find(sessionId);
    const all = (await store.files(sessionId)).filter((file) => file.recordingId === recordingId);
    if (!session || sourcesOf(all) !== settingsOf(job).sources) return;
    // Of an attempt that ended right before its end.
    await this.#drop(job, () => true);
    await this.#requireSpace(folder, all);
    const sources: SourceFile[] = [];
    for (const file of streamsOf(all)) sources.push(await this.#fetch(file, folder, signal));
    const timelines: string[] = [];
    for (const file of all.filter(({ kind }) => kind === 'timeline'))
      timelines.push(await this.#options.files.text(file));
    const result = await compose({
      folder,
      files: sources,
      timelines,
      layout,
      names: names ? namesOf(session, sources) : new Map(),
      signal,
      clock,
      logger,
      onProgress: progress,
    });
    await this.#store(job, session, folder, result);
    if (await this.#isCurrent(job)) {
      await sessions.apply(sessionId, (current, now) => composed(current, recordingId, layout, now));
    } else await this.#drop(job, () => true);
  }

  async #requireSpace(folder: string, files: readonly StoredFile[]): Promise<void> {
    const { bavail, bsize } = await statfs(folder);
    const needed = files.reduce((sum, { bytes }) => sum + bytes, 0) * SPACE;
    if (bavail * bsize < needed + LEAST_FREE) throw new CompositionError('disk_full');
  }

  /** Decrypts a file to the folder. */
  async #fetch(file: StoredFile, folder: string, signal: AbortSignal): Promise<SourceFile> {
    const { fileId, seat, source, startedAt, endedAt, bytes } = file;
    if (seat === null || source === null) throw new Error('Only streams are composed.');
    const name = `source-${fileId}.mkv`;
    const path = join(folder, name);
    if (!existsSync(path)) {
      const content = Readable.from(this.#options.files.reader(file)(0, bytes));
      await pipeline(content, createWriteStream(`${path}.partial`, { mode: 0o600 }), { signal });
      await rename(`${path}.partial`, path);
    }
    return { fileId, name, seat, source, startedAt, endedAt };
  }

  async #store(job: RecordingJob, session: Session, folder: string, result: Composed): Promise<void> {
    const { store, files, ids } = this.#options;
    const { sessionId, recordingId, jobId } = job;
    const { sections, frames } = result.plan;
    const recording = session.recordings.find((one) => one.recordingId === recordingId);
    const first = sections[0]?.startedAt ?? 0;
    const last = sections.at(-1);
    const shared = {
      sessionId,
      recordingId,
      jobId,
      seat: null,
      source: null,
      startedAt: Math.round(first),
      endedAt: Math.round(last ? last.startedAt + (last.frames * 1000) / FRAME_RATE : first),
      held: recording?.legalHold === true,
    };
    const add = async (
      name: string,
      about: Pick<StoredFile, 'kind' | 'contentType' | 'codec'> & Partial<Pick<StoredFile, 'sections'>>,
    ) => {
      const fileId = ids.unique();
      const { size: bytes } = await stat(join(folder, name));
      const key = await files.add(fileId, join(folder, name));
      await store.addFile({ ...shared, ...about, fileId, bytes, key });
      return fileId;
    };
    const parts = sections.map(({ startedAt, firstFrame }) => ({ at: firstFrame / FRAME_RATE, startedAt }));
    await add(result.video, {
      kind: 'composition',
      contentType: 'video/mp4',
      codec: 'video/H264',
      ...(frames > 0 ? { sections: parts } : {}),
    });
    const media = await add(result.media, {
      kind: 'composition',
      contentType: 'video/iso.segment',
      codec: 'video/H264',
    });
    const playlist = await readFile(join(folder, result.playlist), 'utf8');
    const linked = `linked-${result.playlist}`;
    // Relative to its own address, the media is the file with this id.
    await writeFile(join(folder, linked), playlist.replaceAll(result.media, media), { mode: 0o600 });
    await add(linked, { kind: 'playlist', contentType: 'application/vnd.apple.mpegurl', codec: null });
    await add(result.thumbnail, { kind: 'thumbnail', contentType: 'image/jpeg', codec: null });
  }

  /** Whether what was composed may stay: meanwhile the recording may have been deleted, or a person erased. */
  async #isCurrent(job: RecordingJob): Promise<boolean> {
    const { store, sessions } = this.#options;
    const { sessionId, recordingId } = job;
    const session = await sessions.find(sessionId);
    const recording = session?.recordings.find((one) => one.recordingId === recordingId);
    if (!recording) return false;
    if (recording.legalHold) await store.hold(sessionId, recordingId, true);
    const files = (await store.files(sessionId)).filter((file) => file.recordingId === recordingId);
    return sourcesOf(files) === settingsOf(job).sources;
  }

  /** Drops what the job has made. */
  async #drop({ sessionId, jobId }: RecordingJob, isMeant: (file: StoredFile) => boolean): Promise<void> {
    const { store } = this.#options;
    const own = (await store.files(sessionId)).filter((file) => file.jobId === jobId && isMeant(file));
    if (own.length > 0) {
      await store.dropFiles(
        sessionId,
        own.map(({ fileId }) => fileId),
      );
    }
  }
}

/** Ends the name of a folder without such a file. */
const CREATED = '.created';
/** The file that says what a folder belongs to. */
const JOB_FILE = 'job.json';

function folderName(job: RecordingJob): string {
  return `${job.jobId}.${settingsOf(job).sources}`;
}

function parsed(text: string): { readonly sessionId: string } | null {
  try {
    return JSON.parse(text) as { readonly sessionId: string } | null;
  } catch {
    return null;
  }
}

function namesOf({ seats }: Session, files: readonly SourceFile[]): ReadonlyMap<number, string> {
  const recorded = new Set(files.map(({ seat }) => seat));
  return new Map(
    seats.flatMap(({ displayName }, seat) =>
      displayName !== null && recorded.has(seat) ? [[seat, displayName] as const] : [],
    ),
  );
}

function failureOf(error: unknown): unknown {
  if (!(error instanceof CompositionError) || !(error.code in MESSAGES)) return error;
  const code = error.code as keyof typeof MESSAGES;
  return new JobError(MESSAGES[code], { isFinal: code === 'empty', cause: error });
}
