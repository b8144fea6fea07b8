import type { JobKind } from '@televisit/shared/features/recording.vocabulary';
import { Schema, type Connection, type Model } from 'mongoose';
import type { WrappedKey } from '../../recording/master-keys.ts';
import type { MongoAdapter } from '../../store/mongo/mongo-store.ts';
import { isDuplicate, withStoreErrors } from '../../store/mongo/store-errors.ts';
import type {
  JobOutcome,
  RecordingJob,
  RecordingStore,
  RecordingWork,
  StoredFile,
} from './recording-store.ts';
import { openOfEachKind } from './jobs.ts';
import { kindOfFile } from './rules.ts';

type FileDocument = Omit<StoredFile, 'fileId'> & { readonly _id: string };
/** Work of the first version does not say whether it is settled. */
type WorkDocument = Omit<RecordingWork, 'workId' | 'settled'> & {
  readonly _id: string;
  readonly settled?: boolean;
};
type JobDocument = Omit<RecordingJob, 'jobId'> & { readonly _id: string };
interface DroppedDocument {
  readonly _id: string;
}
interface ExpiryDocument {
  readonly _id: string;
  readonly sessionId: string;
  readonly expiresAt: number;
}

const PLAIN = { versionKey: false, minimize: false } as const;

function modelsOn(connection: Connection) {
  const files = new Schema<FileDocument>(
    {
      _id: String,
      sessionId: String,
      recordingId: String,
      kind: String,
      seat: Number,
      source: String,
      contentType: String,
      codec: String,
      startedAt: Number,
      endedAt: Number,
      bytes: Number,
      jobId: String,
      of: String,
      sections: Schema.Types.Mixed,
      held: Boolean,
      key: Schema.Types.Mixed,
    },
    { collection: 'recording_files', ...PLAIN },
  );
  files.index({ sessionId: 1 });
  files.index({ 'key.keyId': 1 });
  const dropped = new Schema<DroppedDocument>(
    { _id: String },
    { collection: 'dropped_recording_files', ...PLAIN },
  );
  const work = new Schema<WorkDocument>(
    {
      _id: String,
      sessionId: String,
      recordingId: String,
      owner: String,
      leasedUntil: Number,
      done: Boolean,
      lost: Boolean,
      settled: Boolean,
    },
    { collection: 'recording_work', ...PLAIN },
  );
  work.index({ sessionId: 1 });
  const expiry = new Schema<ExpiryDocument>(
    { _id: String, sessionId: String, expiresAt: Number },
    { collection: 'recording_expiry', ...PLAIN },
  );
  expiry.index({ expiresAt: 1 });
  const jobs = new Schema<JobDocument>(
    {
      _id: String,
      sessionId: String,
      recordingId: String,
      kind: String,
      settings: Schema.Types.Mixed,
      status: String,
      progress: Number,
      attempts: Number,
      error: String,
      createdAt: Number,
      owner: String,
      leasedUntil: Number,
    },
    { collection: 'recording_jobs', ...PLAIN },
  );
  jobs.index({ sessionId: 1 });
  jobs.index({ status: 1, createdAt: 1 });
  return {
    jobs: connection.model<JobDocument>('RecordingJob', jobs),
    expiry: connection.model<ExpiryDocument>('RecordingExpiry', expiry),
    files: connection.model<FileDocument>('RecordingFile', files),
    dropped: connection.model<DroppedDocument>('DroppedRecordingFile', dropped),
    work: connection.model<WorkDocument>('RecordingWork', work),
  };
}

type Filter = Readonly<Record<string, unknown>>;

/** Stores the files and the open work of recordings in MongoDB. */
class MongoRecordings implements RecordingStore {
  readonly #files: Model<FileDocument>;
  readonly #dropped: Model<DroppedDocument>;
  readonly #work: Model<WorkDocument>;
  readonly #expiry: Model<ExpiryDocument>;
  readonly #jobs: Model<JobDocument>;

  constructor({ files, dropped, work, expiry, jobs }: ReturnType<typeof modelsOn>) {
    this.#files = files;
    this.#dropped = dropped;
    this.#work = work;
    this.#expiry = expiry;
    this.#jobs = jobs;
  }

  addFile({ fileId, ...file }: StoredFile): Promise<void> {
    return unlessThere(() => this.#files.create({ _id: fileId, ...file }));
  }

  files(sessionId: string): Promise<readonly StoredFile[]> {
    return this.#find({ sessionId });
  }

  rewrap(fileId: string, keyId: string, key: WrappedKey): Promise<void> {
    return withStoreErrors(async () => {
      await this.#files.updateOne({ _id: fileId, 'key.keyId': keyId }, { $set: { key } });
    });
  }

  wrappedByOthers(keyId: string, limit: number): Promise<readonly StoredFile[]> {
    return this.#find({ 'key.keyId': { $ne: keyId } }, limit);
  }

  hold(sessionId: string, recordingId: string, held: boolean): Promise<void> {
    return withStoreErrors(async () => {
      await this.#files.updateMany({ sessionId, recordingId }, { $set: { held } });
    });
  }

  expireAt(sessionId: string, recordingId: string, expiresAt: number | null): Promise<void> {
    return withStoreErrors(async () => {
      const one = { _id: recordingId };
      if (expiresAt === null) await this.#expiry.deleteOne(one);
      else await this.#expiry.updateOne(one, { $set: { sessionId, expiresAt } }, { upsert: true });
    });
  }

  sessionsToExpire(now: number, limit: number): Promise<readonly string[]> {
    return withStoreErrors(async () => {
      const over = { expiresAt: { $lte: now } };
      const found = await this.#expiry.find(over, { sessionId: 1 }).limit(limit).lean<ExpiryDocument[]>();
      return [...new Set(found.map(({ sessionId }) => sessionId))];
    });
  }

  async dropRecording(sessionId: string, recordingId: string): Promise<void> {
    await this.#drop({ sessionId, recordingId });
    await this.expireAt(sessionId, recordingId, null);
    await withStoreErrors(() => this.#jobs.deleteMany({ sessionId, recordingId }));
  }

  dropFiles(sessionId: string, fileIds: readonly string[]): Promise<void> {
    return this.#drop({ sessionId, _id: { $in: [...fileIds] } });
  }

  erase(sessionId: string, seat: number): Promise<void> {
    const isOf = [{ seat }, { kind: { $in: ['composition', 'playlist', 'thumbnail'] } }];
    return this.#drop({ sessionId, held: false, $or: isOf });
  }

  async purge(sessionIds: readonly string[]): Promise<void> {
    await this.#drop({ sessionId: { $in: [...sessionIds] } });
    await withStoreErrors(async () => {
      const those = { sessionId: { $in: [...sessionIds] } };
      await this.#work.deleteMany(those);
      await this.#expiry.deleteMany(those);
      await this.#jobs.deleteMany(those);
    });
  }

  dropped(limit: number): Promise<readonly string[]> {
    return withStoreErrors(async () => {
      const found = await this.#dropped.find({}, { _id: 1 }).limit(limit).lean<DroppedDocument[]>();
      return found.map(({ _id }) => _id);
    });
  }

  forget(fileIds: readonly string[]): Promise<void> {
    return withStoreErrors(async () => {
      await this.#dropped.deleteMany({ _id: { $in: [...fileIds] } });
    });
  }

  claim({ workId, ...work }: Omit<RecordingWork, 'settled'>, now: number): Promise<boolean> {
    return withStoreErrors(async () => {
      const { owner, leasedUntil, done, lost } = work;
      const claimable = { _id: workId, done: false, $or: [{ owner }, { leasedUntil: { $lt: now } }] };
      const { matchedCount } = await this.#work.updateOne(claimable, {
        $set: { owner, leasedUntil, done, lost, settled: false },
      });
      if (matchedCount > 0) return true;
      try {
        await this.#work.create({ _id: workId, ...work, settled: false });
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    });
  }

  finish(workId: string, lost: boolean): Promise<void> {
    return withStoreErrors(async () => {
      await this.#work.updateOne({ _id: workId }, { $set: { done: true, lost, settled: false } });
    });
  }

  work(sessionId: string): Promise<readonly RecordingWork[]> {
    return withStoreErrors(async () => {
      const found = await this.#work.find({ sessionId }).lean<WorkDocument[]>();
      return found.map(({ _id, settled = false, ...work }) => ({ workId: _id, ...work, settled }));
    });
  }

  sessionsToSettle(now: number, limit: number): Promise<readonly string[]> {
    return withStoreErrors(async () => {
      const open = { settled: { $ne: true }, $or: [{ done: true }, { leasedUntil: { $lt: now } }] };
      const found = await this.#work.find(open, { sessionId: 1 }).limit(limit).lean<WorkDocument[]>();
      return [...new Set(found.map(({ sessionId }) => sessionId))];
    });
  }

  settleWork(work: readonly RecordingWork[]): Promise<void> {
    return withStoreErrors(async () => {
      for (const { workId: _id, owner, leasedUntil, done, lost } of work) {
        if (done && !lost) await this.#work.deleteOne({ _id });
        else {
          const asRead = { _id, $or: [{ done: true }, { owner, leasedUntil }] };
          await this.#work.updateOne(asRead, { $set: { settled: true } });
        }
      }
    });
  }

  forgetWork(sessionId: string, recordingId: string): Promise<void> {
    return withStoreErrors(async () => {
      await this.#work.deleteMany({ sessionId, recordingId });
    });
  }

  putJob({ jobId, ...job }: RecordingJob): Promise<void> {
    return withStoreErrors(async () => {
      await this.#jobs.replaceOne({ _id: jobId }, { _id: jobId, ...job }, { upsert: true });
    });
  }

  deleteJob(jobId: string): Promise<void> {
    return withStoreErrors(async () => {
      await this.#jobs.deleteOne({ _id: jobId });
    });
  }

  jobs(sessionId: string): Promise<readonly RecordingJob[]> {
    return withStoreErrors(async () => {
      const found = await this.#jobs.find({ sessionId }).sort({ createdAt: 1 }).lean<JobDocument[]>();
      return found.map(jobOf);
    });
  }

  openJobs(): Promise<Readonly<Record<JobKind, number>>> {
    return withStoreErrors(async () => {
      const open = { $match: { status: { $in: ['queued', 'running'] } } };
      const counted = { $group: { _id: '$kind', jobs: { $sum: 1 } } };
      const found = await this.#jobs.aggregate<{ _id: JobKind; jobs: number }>([open, counted]);
      return openOfEachKind(found.map(({ _id, jobs }) => [_id, jobs]));
    });
  }

  claimJob(
    kinds: readonly JobKind[],
    lease: { readonly owner: string; readonly leasedUntil: number },
    now: number,
  ): Promise<RecordingJob | null> {
    return withStoreErrors(async () => {
      const found = await this.#jobs
        .findOneAndUpdate(
          {
            status: { $in: ['queued', 'running'] },
            leasedUntil: { $lte: now },
            kind: { $in: [...kinds] },
          },
          { $set: { status: 'running', ...lease }, $inc: { attempts: 1 } },
          { sort: { createdAt: 1 }, returnDocument: 'after' },
        )
        .lean<JobDocument>();
      return found && jobOf(found);
    });
  }

  extendJob({
    jobId,
    owner,
    ...lease
  }: Pick<RecordingJob, 'jobId' | 'owner' | 'leasedUntil' | 'progress'>): Promise<boolean> {
    return this.#updateJob(jobId, owner, lease);
  }

  endJob({ jobId, owner }: Pick<RecordingJob, 'jobId' | 'owner'>, outcome: JobOutcome): Promise<boolean> {
    const progress = outcome.status === 'done' ? { progress: 1 } : {};
    return this.#updateJob(jobId, owner, { ...outcome, ...progress });
  }

  async export(sessionId: string, seat: number): Promise<readonly StoredFile[]> {
    return this.#find({ sessionId, seat });
  }

  /** Remembers the files first: an interrupted call is repeated and finds those that are left. */
  async #drop(filter: Filter): Promise<void> {
    const ids = (await this.#find(filter)).map(({ fileId }) => fileId);
    for (const id of ids) await unlessThere(() => this.#dropped.create({ _id: id }));
    await withStoreErrors(() => this.#files.deleteMany({ _id: { $in: ids } }));
  }

  #updateJob(jobId: string, owner: string | null, values: Partial<JobDocument>): Promise<boolean> {
    return withStoreErrors(async () => {
      const own = { _id: jobId, owner, status: 'running' } as const;
      return (await this.#jobs.updateOne(own, { $set: values })).matchedCount > 0;
    });
  }

  #find(filter: Filter, limit = 0): Promise<readonly StoredFile[]> {
    return withStoreErrors(async () => {
      const found = await this.#files.find(filter).limit(limit).lean<FileDocument[]>();
      return found.map(({ _id, ...file }) => ({ fileId: _id, ...file, kind: kindOfFile(file) }));
    });
  }
}

function jobOf({ _id, ...job }: JobDocument): RecordingJob {
  return { jobId: _id, ...job };
}

function unlessThere(create: () => Promise<unknown>): Promise<void> {
  return withStoreErrors(async () => {
    try {
      await create();
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  });
}

export const mongoRecordings: MongoAdapter<RecordingStore> = {
  create: (connection) => {
    const models = modelsOn(connection);
    return { store: new MongoRecordings(models), models: Object.values(models) };
  },
};
