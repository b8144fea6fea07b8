import type { DatabaseSync } from 'node:sqlite';
import type { WrappedKey } from '../../recording/master-keys.ts';
import type { GroupCommit } from '../../store/sqlite/group-commit.ts';
import type { SqliteAdapter } from '../../store/sqlite/schema.ts';
import { Statements } from '../../store/sqlite/statements.ts';
import type { RecordingStore, RecordingWork, StoredFile } from './recording-store.ts';

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
  }

  erase(sessionId: string, seat: number): Promise<void> {
    return this.#drop('session_id = ? AND seat = ? AND held = 0', [sessionId, seat]);
  }

  async purge(sessionIds: readonly string[]): Promise<void> {
    for (const id of sessionIds) {
      await this.#drop('session_id = ?', [id]);
      await this.#write('DELETE FROM recording_work WHERE session_id = ?', [id]);
      await this.#write('DELETE FROM recording_expiry WHERE session_id = ?', [id]);
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

  claim(work: RecordingWork, now: number): Promise<boolean> {
    const { workId, sessionId, recordingId, owner, leasedUntil, done, lost } = work;
    const sql = `INSERT INTO recording_work VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
      ON CONFLICT DO UPDATE SET owner = ?4, leased_until = ?5, done = ?6, lost = ?7
      WHERE done = 0 AND (owner = ?4 OR leased_until < ?8)`;
    const values = [workId, sessionId, recordingId, owner, leasedUntil, done ? 1 : 0, lost ? 1 : 0, now];
    return this.#commits.run(() => this.#statements.of(sql).run(...values).changes > 0);
  }

  finish(workId: string, lost: boolean): Promise<void> {
    return this.#write('UPDATE recording_work SET done = 1, lost = ? WHERE work_id = ?', [
      lost ? 1 : 0,
      workId,
    ]);
  }

  async work(sessionId: string): Promise<readonly RecordingWork[]> {
    return this.#all('SELECT * FROM recording_work WHERE session_id = ?', sessionId).map(workOf);
  }

  async sessionsToSettle(now: number, limit: number): Promise<readonly string[]> {
    const sql = 'SELECT DISTINCT session_id FROM recording_work WHERE done = 1 OR leased_until < ? LIMIT ?';
    return this.#all(sql, now, limit).map(({ session_id: sessionId }) => sessionId as string);
  }

  forgetWork(sessionId: string, recordingId: string): Promise<void> {
    const sql = 'DELETE FROM recording_work WHERE session_id = ? AND recording_id = ?';
    return this.#write(sql, [sessionId, recordingId]);
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
    'source' | 'contentType' | 'codec' | 'startedAt' | 'endedAt' | 'bytes'
  >;
  return {
    fileId: row.file_id as string,
    sessionId: row.session_id as string,
    recordingId: row.recording_id as string,
    seat: row.seat as number | null,
    held: row.held === 1,
    ...body,
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
  };
}

export const sqliteRecordings: SqliteAdapter<RecordingStore> = {
  migrations: [TABLES],
  create: (database, commits) => new SqliteRecordings(database, commits),
};
