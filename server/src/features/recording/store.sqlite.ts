import type { DatabaseSync } from 'node:sqlite';
import type { JobKind } from '@televisit/shared/features/recording.vocabulary';
import type { WrappedKey } from '../../recording/master-keys.ts';
import type { GroupCommit } from '../../store/sqlite/group-commit.ts';
import type { SqliteAdapter } from '../../store/sqlite/schema.ts';
import { Statements } from '../../store/sqlite/statements.ts';
import type {
  JobOutcome,
  RecordingJob,
  RecordingStore,
  RecordingWork,
  StoredFile,
} from './recording-store.ts';
import { openOfEachKind } from './jobs.ts';
import { kindOfFile } from './rules.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

const TABLES = `
  CREATE TABLE recording_files (
    file_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    seat INTEGER,
    held INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX recording_files_by_session ON recording_files (session_id);
  CREATE INDEX recording_files_by_key ON recording_files (key_id);
  CREATE TABLE recording_expiry (
    recording_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX recording_expiry_by_time ON recording_expiry (expires_at);
  CREATE TABLE dropped_recording_files (file_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE recording_work (
    work_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    leased_until INTEGER NOT NULL,
    done INTEGER NOT NULL,
    lost INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX recording_work_by_session ON recording_work (session_id);`;

const JOBS = `
  CREATE TABLE recording_jobs (
    job_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    progress REAL NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT,
    created_at INTEGER NOT NULL,
    owner TEXT,
    leased_until INTEGER NOT NULL,
    settings TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX recording_jobs_by_session ON recording_jobs (session_id);
  CREATE INDEX recording_jobs_open ON recording_jobs (created_at) WHERE status IN ('queued', 'running');`;

const SETTLED = 'ALTER TABLE recording_work ADD COLUMN settled INTEGER NOT NULL DEFAULT 0';

/** What erasing a person drops beside their own files. */
const COMPOSED = `('composition', 'playlist', 'thumbnail')`;

type Row = Record<string, unknown>;

/** Stores the files and the open work of recordings in SQLite. */
class SqliteRecordings implements RecordingStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  addFile(file: StoredFile): Promise<void> {
    const { fileId, sessionId, recordingId, seat, held, key, ...rest } = file;
    const body = JSON.stringify({ ...rest, wrapped: key.wrapped });
    return this.#write('INSERT INTO recording_files VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING', [
      fileId,
      sessionId,
      recordingId,
      seat,
      held ? 1 : 0,
      key.keyId,
      body,
    ]);
  }

  async files(sessionId: string): Promise<readonly StoredFile[]> {
    return this.#all('SELECT * FROM recording_files WHERE session_id = ?', sessionId).map(fileOf);
  }

  rewrap(fileId: string, keyId: string, key: WrappedKey): Promise<void> {
    return this.#write(
      `UPDATE recording_files SET key_id = ?, body = json_set(body, '$.wrapped', ?) WHERE file_id = ? AND key_id = ?`,
      [key.keyId, key.wrapped, fileId, keyId],
    );
  }

  async wrappedByOthers(keyId: string, limit: number): Promise<readonly StoredFile[]> {
    return this.#all('SELECT * FROM recording_files WHERE key_id <> ? LIMIT ?', keyId, limit).map(fileOf);
  }

  hold(sessionId: string, recordingId: string, held: boolean): Promise<void> {
    const sql = 'UPDATE recording_files SET held = ? WHERE session_id = ? AND recording_id = ?';
    return this.#write(sql, [held ? 1 : 0, sessionId, recordingId]);
  }

  expireAt(sessionId: string, recordingId: string, expiresAt: number | null): Promise<void> {
    if (expiresAt === null) {
      return this.#write('DELETE FROM recording_expiry WHERE recording_id = ?', [recordingId]);
    }
    const sql = `INSERT INTO recording_expiry VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET expires_at = ?3`;
    return this.#write(sql, [recordingId, sessionId, expiresAt]);
  }

  async sessionsToExpire(now: number, limit: number): Promise<readonly string[]> {
    const sql = 'SELECT DISTINCT session_id FROM recording_expiry WHERE expires_at <= ? LIMIT ?';
    return this.#all(sql, now, limit).map(({ session_id: sessionId }) => sessionId as string);
  }

  async dropRecording(sessionId: string, recordingId: string): Promise<void> {
    await this.#drop('session_id = ? AND recording_id = ?', [sessionId, recordingId]);
    await this.expireAt(sessionId, recordingId, null);
    await this.#write('DELETE FROM recording_jobs WHERE session_id = ? AND recording_id = ?', [
      sessionId,
      recordingId,
    ]);
  }

  dropFiles(sessionId: string, fileIds: readonly string[]): Promise<void> {
    const isOne = 'file_id IN (SELECT value FROM json_each(?))';
    return this.#drop(`session_id = ? AND ${isOne}`, [sessionId, JSON.stringify(fileIds)]);
  }

  erase(sessionId: string, seat: number): Promise<void> {
    const isOf = `(seat = ? OR json_extract(body, '$.kind') IN ${COMPOSED})`;
    return this.#drop(`session_id = ? AND ${isOf} AND held = 0`, [sessionId, seat]);
  }

  async purge(sessionIds: readonly string[]): Promise<void> {
    for (const id of sessionIds) {
      await this.#drop('session_id = ?', [id]);
      await this.#write('DELETE FROM recording_work WHERE session_id = ?', [id]);
      await this.#write('DELETE FROM recording_expiry WHERE session_id = ?', [id]);
      await this.#write('DELETE FROM recording_jobs WHERE session_id = ?', [id]);
    }
  }

  async dropped(limit: number): Promise<readonly string[]> {
    return this.#all('SELECT file_id FROM dropped_recording_files LIMIT ?', limit).map(
      ({ file_id: fileId }) => fileId as string,
    );
  }

  forget(fileIds: readonly string[]): Promise<void> {
    return this.#commits.run(() => {
      const sql = 'DELETE FROM dropped_recording_files WHERE file_id = ?';
      for (const id of fileIds) this.#statements.of(sql).run(id);
    });
  }

  claim(work: Omit<RecordingWork, 'settled'>, now: number): Promise<boolean> {
    const { workId, sessionId, recordingId, owner, leasedUntil, done, lost } = work;
    const sql = `INSERT INTO recording_work VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)
      ON CONFLICT DO UPDATE SET owner = ?4, leased_until = ?5, done = ?6, lost = ?7, settled = 0
      WHERE done = 0 AND (owner = ?4 OR leased_until < ?8)`;
    const values = [workId, sessionId, recordingId, owner, leasedUntil, done ? 1 : 0, lost ? 1 : 0, now];
    return this.#commits.run(() => this.#statements.of(sql).run(...values).changes > 0);
  }

  finish(workId: string, lost: boolean): Promise<void> {
    return this.#write('UPDATE recording_work SET done = 1, lost = ?, settled = 0 WHERE work_id = ?', [
      lost ? 1 : 0,
      workId,
    ]);
  }

  async work(sessionId: string): Promise<readonly RecordingWork[]> {
    return this.#all('SELECT * FROM recording_work WHERE session_id = ?', sessionId).map(workOf);
  }

  async sessionsToSettle(now: number, limit: number): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT session_id FROM recording_work
      WHERE settled = 0 AND (done = 1 OR leased_until < ?) LIMIT ?`;
    return this.#all(sql, now, limit).map(({ session_id: sessionId }) => sessionId as string);
  }

  settleWork(work: readonly RecordingWork[]): Promise<void> {
    return this.#commits.run(() => {
      const settle = `UPDATE recording_work SET settled = 1
        WHERE work_id = ? AND (done = 1 OR (owner = ? AND leased_until = ?))`;
      for (const { workId, owner, leasedUntil, done, lost } of work) {
        if (done && !lost) this.#statements.of('DELETE FROM recording_work WHERE work_id = ?').run(workId);
        else this.#statements.of(settle).run(workId, owner, leasedUntil);
      }
    });
  }

  forgetWork(sessionId: string, recordingId: string): Promise<void> {
    const sql = 'DELETE FROM recording_work WHERE session_id = ? AND recording_id = ?';
    return this.#write(sql, [sessionId, recordingId]);
  }

  putJob(job: RecordingJob): Promise<void> {
    const { jobId, sessionId, recordingId, kind, status, progress, attempts } = job;
    const sql = 'INSERT OR REPLACE INTO recording_jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
    const values = [jobId, sessionId, recordingId, kind, status, progress, attempts];
    const { error, createdAt, owner, leasedUntil, settings } = job;
    return this.#write(sql, [...values, error, createdAt, owner, leasedUntil, JSON.stringify(settings)]);
  }

  deleteJob(jobId: string): Promise<void> {
    return this.#write('DELETE FROM recording_jobs WHERE job_id = ?', [jobId]);
  }

  async jobs(sessionId: string): Promise<readonly RecordingJob[]> {
    return this.#all('SELECT * FROM recording_jobs WHERE session_id = ? ORDER BY created_at', sessionId).map(
      jobOf,
    );
  }

  async openJobs(): Promise<Readonly<Record<JobKind, number>>> {
    const sql = `SELECT kind, count(*) AS jobs FROM recording_jobs WHERE status IN ('queued', 'running') GROUP BY kind`;
    return openOfEachKind(this.#all(sql).map(({ kind, jobs }) => [kind as JobKind, jobs as number]));
  }

  claimJob(
    kinds: readonly JobKind[],
    { owner, leasedUntil }: { readonly owner: string; readonly leasedUntil: number },
    now: number,
  ): Promise<RecordingJob | null> {
    const sql = `UPDATE recording_jobs SET status = 'running', attempts = attempts + 1, owner = ?, leased_until = ?
      WHERE job_id = (SELECT job_id FROM recording_jobs WHERE status IN ('queued', 'running') AND leased_until <= ?
        AND kind IN (SELECT value FROM json_each(?)) ORDER BY created_at LIMIT 1) RETURNING *`;
    return this.#commits.run(() => {
      const row = this.#statements.of(sql).get(owner, leasedUntil, now, JSON.stringify(kinds));
      return row ? jobOf(row) : null;
    });
  }

  extendJob({
    jobId,
    owner,
    leasedUntil,
    progress,
  }: Pick<RecordingJob, 'jobId' | 'owner' | 'leasedUntil' | 'progress'>): Promise<boolean> {
    const sql = `UPDATE recording_jobs SET leased_until = ?, progress = ? WHERE job_id = ? AND owner = ? AND status = 'running'`;
    return this.#commits.run(
      () => this.#statements.of(sql).run(leasedUntil, progress, jobId, owner).changes > 0,
    );
  }

  endJob(
    { jobId, owner }: Pick<RecordingJob, 'jobId' | 'owner'>,
    { status, error, leasedUntil }: JobOutcome,
  ): Promise<boolean> {
    const sql = `UPDATE recording_jobs SET status = ?1, error = ?2, leased_until = ?3,
      progress = CASE ?1 WHEN 'done' THEN 1 ELSE progress END WHERE job_id = ?4 AND owner = ?5 AND status = 'running'`;
    return this.#commits.run(
      () => this.#statements.of(sql).run(status, error, leasedUntil, jobId, owner).changes > 0,
    );
  }

  async export(sessionId: string, seat: number): Promise<readonly StoredFile[]> {
    return (await this.files(sessionId)).filter((file) => file.seat === seat);
  }

  #drop(where: string, values: readonly (string | number)[]): Promise<void> {
    return this.#commits.run(() => {
      const keep = `INSERT INTO dropped_recording_files SELECT file_id FROM recording_files WHERE ${where} ON CONFLICT DO NOTHING`;
      this.#statements.of(keep).run(...values);
      this.#statements.of(`DELETE FROM recording_files WHERE ${where}`).run(...values);
    });
  }

  #write(sql: string, values: readonly (string | number | null)[]): Promise<void> {
    return this.#commits.run(() => void this.#statements.of(sql).run(...values));
  }

  #all(sql: string, ...values: (string | number)[]): Row[] {
    return this.#statements.of(sql).all(...values);
  }
}

function fileOf(row: Row): StoredFile {
  const { wrapped, ...body } = JSON.parse(row.body as string) as { readonly wrapped: string } & Pick<
    StoredFile,
    | 'kind'
    | 'source'
    | 'contentType'
    | 'codec'
    | 'startedAt'
    | 'endedAt'
    | 'bytes'
    | 'jobId'
    | 'sections'
    | 'of'
  >;
  return {
    fileId: row.file_id as string,
    sessionId: row.session_id as string,
    recordingId: row.recording_id as string,
    seat: row.seat as number | null,
    held: row.held === 1,
    ...body,
    kind: kindOfFile(body),
    key: { keyId: row.key_id as string, wrapped },
  };
}

function workOf(row: Row): RecordingWork {
  return {
    workId: row.work_id as string,
    sessionId: row.session_id as string,
    recordingId: row.recording_id as string,
    owner: row.owner as string,
    leasedUntil: row.leased_until as number,
    done: row.done === 1,
    lost: row.lost === 1,
    settled: row.settled === 1,
  };
}

function jobOf(row: Row): RecordingJob {
  return {
    jobId: row.job_id as string,
    sessionId: row.session_id as string,
    recordingId: row.recording_id as string,
    kind: row.kind as RecordingJob['kind'],
    settings: JSON.parse(row.settings as string) as RecordingJob['settings'],
    status: row.status as RecordingJob['status'],
    progress: row.progress as number,
    attempts: row.attempts as number,
    error: row.error as string | null,
    createdAt: row.created_at as number,
    owner: row.owner as string | null,
    leasedUntil: row.leased_until as number,
  };
}

export const sqliteRecordings: SqliteAdapter<RecordingStore> = {
  migrations: [TABLES, JOBS, SETTLED],
  create: (database, commits) => new SqliteRecordings(database, commits),
};
