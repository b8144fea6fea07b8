import { readFile, rm, stat, statfs, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { every, withTimeout, type Loop } from '../../core/timing.ts';
import type { Ids } from '../../domain/ids.ts';
import type { Session } from '../../domain/session.ts';
import type { Sessions } from '../../domain/sessions.ts';
import type { Recorder } from '../../recording/recorder.ts';
import type { RecordingObserver } from '../../recording/recording-observer.ts';
import type { RecordingFiles } from '../../recording/recording-files.ts';
import { RecordingRun, type RecordingRunOptions } from '../../recording/recording-run.ts';
import {
  foundTracks,
  hasLoss,
  spooledRuns,
  TIMELINE,
  workOf,
  type SpooledWork,
} from '../../recording/spool.ts';
import type { RecordingStore, StoredFile } from './recording-store.ts';
import { mayKeep } from './rules.ts';

export interface RecordingRunsOptions {
  readonly store: RecordingStore;
  readonly sessions: Sessions;
  readonly files: RecordingFiles;
  readonly recorder: Recorder;
  readonly observer: Pick<RecordingObserver, 'watchRecorder' | 'refused'> | null;
  /** The folder for files that are not stored yet. */
  readonly spool: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Called when files of a person who was erased before have been dropped. */
  readonly onErased: (session: Session) => Promise<void>;
  /** Called when the files of a run are stored. */
  readonly onStored: (sessionId: string) => Promise<void>;
}

/** What a room says about a run. */
export type NewRun = Pick<
  RecordingRunOptions,
  'openReceiver' | 'seatOf' | 'mayRecord' | 'onRecorded' | 'onBroken'
> &
  Pick<SpooledWork, 'sessionId' | 'recordingId'>;

/** How long other processes leave the work of this one alone, in milliseconds, and how often this one extends that. */
const LEASE_MS = 30_000;
const LOOK_AFTER_MS = 10_000;
/** How long `close` waits for files to be stored, in milliseconds. What is left is stored after the next start. */
const CLOSE_MS = 10_000;
/** The least free space at which a recording may start, in bytes. */
const LEAST_FREE = 1e9;
/** The greatest load of the recorder at which a recording may start, as a share of a core. */
const GREATEST_LOAD = 0.8;

/** The runs of this process, and of those before it: stores their files once they are complete. */
export class RecordingRuns {
  readonly #options: RecordingRunsOptions;
  readonly #owner: string;
  /** The runs that are written or being stored, by the id of their work. */
  readonly #active = new Map<string, SpooledWork>();
  readonly #storing = new Set<Promise<void>>();
  /** How many runs are being written. */
  #written = 0;
  readonly #loop: Loop;

  constructor(options: RecordingRunsOptions) {
    this.#options = options;
    this.#owner = options.ids.unique();
    options.observer?.watchRecorder({
      recordings: () => this.#written,
      load: () => options.recorder.load,
      freeBytes: () => this.#freeBytes(),
    });
    this.#loop = every(
      options.clock,
      LOOK_AFTER_MS,
      async () => {
        await this.#extend();
        await this.#recover();
      },
      (error) => options.logger.warn({ err: error }, 'failed to look after the files of recordings'),
    );
  }

  /** Whether another recording may start: there is enough free space, and the recorder is not too busy. */
  async hasCapacity(): Promise<boolean> {
    const { recorder, observer } = this.#options;
    const hasSpace = (await this.#freeBytes()) >= LEAST_FREE;
    if (hasSpace && recorder.load.cpuShare < GREATEST_LOAD) return true;
    observer?.refused(hasSpace ? 'cpu' : 'disk');
    return false;
  }

  /** Starts the recorder, so that it is ready when a recording is started. */
  warmUp(): void {
    // Each run waits for it, and reports its failure.
    this.#options.recorder.ready().catch(() => undefined);
  }

  /** Begins to write the streams of a session. Its files are stored once it is stopped or breaks. */
  async start({ sessionId, recordingId, ...run }: NewRun): Promise<RecordingRun> {
    const { recorder, spool, clock, ids, logger } = this.#options;
    const work = { workId: ids.unique(), sessionId, recordingId };
    // First, so that the recording does not count as complete meanwhile.
    await this.#claim(work);
    this.#active.set(work.workId, work);
    const folder = join(spool, work.workId);
    const started = RecordingRun.start({
      ...run,
      work,
      folder,
      recorder,
      newId: () => ids.unique(),
      clock,
      logger,
    });
    this.#written++;
    this.#store(
      work,
      started
        .then(
          (one) => one.finished(),
          () => undefined,
        )
        .finally(() => this.#written--),
    );
    return started;
  }

  async #freeBytes(): Promise<number> {
    const { spool } = this.#options;
    await mkdir(spool, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(spool);
    return bavail * bsize;
  }

  /** Waits for files to be stored, but not for long. */
  async close(): Promise<void> {
    await withTimeout(this.#options.clock, CLOSE_MS, this.stored(), () => undefined);
    await this.#loop.stop();
  }

  /** Resolves once the runs that have ended by now are stored, or have failed to be. */
  async stored(): Promise<void> {
    await Promise.all(this.#storing);
  }

  /** Stores what processes have left that died, and what could not be stored before. */
  async #recover(): Promise<void> {
    const { spool, store } = this.#options;
    for (const workId of await spooledRuns(spool)) {
      if (this.#active.has(workId)) continue;
      const work = await workOf(join(spool, workId));
      if (!work || this.#active.has(workId)) continue;
      this.#active.set(workId, work);
      if (await this.#claim(work)) this.#store(work, Promise.resolve());
      else {
        this.#active.delete(workId);
        const isDone = (await store.work(work.sessionId)).some((one) => one.workId === workId && one.done);
        if (isDone) await rm(join(spool, workId), { recursive: true, force: true });
      }
    }
  }

  #store(work: SpooledWork, complete: Promise<void>): void {
    const { logger, onStored } = this.#options;
    const storing = complete
      .then(() => this.#storeFiles(work))
      .then(() => onStored(work.sessionId))
      .catch((error: unknown) =>
        logger.error(
          { err: error, recordingId: work.recordingId },
          'failed to store files of a recording; will try again',
        ),
      )
      .finally(() => {
        this.#active.delete(work.workId);
        this.#storing.delete(storing);
      });
    this.#storing.add(storing);
  }

  async #storeFiles(work: SpooledWork): Promise<void> {
    const { store, sessions, spool } = this.#options;
    const { workId, sessionId, recordingId } = work;
    const folder = join(spool, workId);
    if (!(await this.#claim(work))) return;
    const isThere = (session: Session | undefined): session is Session =>
      session?.recordings.some((one) => one.recordingId === recordingId) === true;
    const session = await sessions.find(sessionId);
    if (isThere(session)) {
      await this.#addFiles(work, folder, session);
      // Meanwhile the recording may have been deleted, or a person erased.
      const after = await sessions.find(sessionId);
      if (!isThere(after)) await store.dropRecording(sessionId, recordingId);
      else {
        const late = (await store.files(sessionId)).filter((file) => !mayKeep(after, file));
        for (const { seat } of late) {
          if (seat !== null) await store.erase(sessionId, seat);
        }
        if (late.length > 0) await this.#options.onErased(after);
      }
    }
    this.#active.delete(workId);
    await store.finish(workId, await hasLoss(folder));
    await rm(folder, { recursive: true, force: true });
  }

  async #addFiles(work: SpooledWork, folder: string, session: Session): Promise<void> {
    const { store, files } = this.#options;
    const { sessionId, recordingId } = work;
    const held = session.recordings.some((one) => one.recordingId === recordingId && one.legalHold);
    const known = new Set((await store.files(sessionId)).map(({ fileId }) => fileId));
    const add = async (
      path: string,
      file: Omit<StoredFile, 'sessionId' | 'recordingId' | 'held' | 'key'>,
    ) => {
      // Stored before its process died.
      if (known.has(file.fileId)) return;
      const key = await files.add(file.fileId, path);
      await store.addFile({ ...file, sessionId, recordingId, held, key });
    };
    const tracks = (await foundTracks(folder)).filter((track) => held || mayKeep(session, track));
    for (const { content, kind: media, fileId, seat, source, codec, startedAt, endedAt, bytes } of tracks) {
      const contentType = `${media}/matroska`;
      await add(content, {
        fileId,
        kind: 'stream',
        seat,
        source,
        contentType,
        codec,
        startedAt,
        endedAt,
        bytes,
      });
    }
    if (tracks.length === 0) return;
    const timeline = join(folder, TIMELINE);
    const times = await timesOf(timeline);
    const { size: bytes } = await stat(timeline);
    await add(timeline, {
      fileId: `${work.workId}-timeline`,
      kind: 'timeline',
      seat: null,
      source: null,
      contentType: 'application/jsonl',
      codec: null,
      ...times,
      bytes,
    });
  }

  #claim(work: SpooledWork): Promise<boolean> {
    const { store, clock } = this.#options;
    const now = clock.now();
    const claimed = { ...work, owner: this.#owner, leasedUntil: now + LEASE_MS, done: false, lost: false };
    return store.claim(claimed, now);
  }

  async #extend(): Promise<void> {
    for (const work of [...this.#active.values()]) await this.#claim(work);
  }
}

/** Returns the times of the first and of the last line of a timeline. */
async function timesOf(timeline: string): Promise<Pick<StoredFile, 'startedAt' | 'endedAt'>> {
  const times = (await readFile(timeline, 'utf8')).split('\n').flatMap((line) => {
    const [, at] = /^\{"at":(\d+)/.exec(line) ?? [];
    return at === undefined ? [] : [Number(at)];
  });
  return { startedAt: times[0] ?? 0, endedAt: times.at(-1) ?? 0 };
}
