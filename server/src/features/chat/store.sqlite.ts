import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { GroupCommit } from '../../store/sqlite/group-commit.ts';
import type { SqliteAdapter } from '../../store/sqlite/schema.ts';
import { Statements } from '../../store/sqlite/statements.ts';
import {
  exportedMessages,
  type Appended,
  type ChatLimits,
  type ChatStore,
  type ExportedMessage,
  type StoredFile,
  type StoredMessage,
} from './chat-store.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

/**
 * `text_bytes` is the total size of all texts up to this message when they were sent. The content of files is in the
 * last column, so that reading the others does not touch its pages.
 */
const TABLES = `
  CREATE TABLE chat_messages (
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    seat INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    text TEXT,
    file_id TEXT,
    at INTEGER NOT NULL,
    text_bytes INTEGER NOT NULL,
    kept INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (session_id, seq),
    UNIQUE (session_id, seat, client_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX chat_messages_unsettled ON chat_messages (session_id) WHERE kept = 0;
  CREATE TABLE chat_files (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    file_id TEXT NOT NULL UNIQUE,
    seat INTEGER NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kept INTEGER NOT NULL DEFAULT 0,
    content BLOB NOT NULL
  ) STRICT;
  CREATE INDEX chat_files_by_session ON chat_files (session_id, id);
  CREATE INDEX chat_files_unsettled ON chat_files (session_id) WHERE kept = 0;`;

const MESSAGE = 'seq, seat, client_id AS clientId, text, file_id AS fileId, at';
const FILE = 'file_id AS fileId, seat, name, content_type AS contentType, bytes, at';

const APPEND = `INSERT INTO chat_messages (session_id, seq, seat, client_id, text, file_id, at, text_bytes)
  SELECT ?1, last_seq + 1, ?2, ?3, ?4, ?5, ?6, before + ?7 FROM (SELECT
    coalesce((SELECT seq FROM chat_messages WHERE session_id = ?1 ORDER BY seq DESC LIMIT 1), 0) AS last_seq,
    coalesce((SELECT text_bytes FROM chat_messages WHERE session_id = ?1 ORDER BY seq DESC LIMIT 1), 0) AS before)
  WHERE last_seq < ?8 AND before + ?7 <= ?9
  RETURNING ${MESSAGE}`;

const ADD_FILE = `INSERT INTO chat_files (session_id, file_id, seat, name, content_type, bytes, at, content)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE (SELECT count(*) FROM chat_files WHERE session_id = ?1) < ?9`;

const DROP_UNSENT = `DELETE FROM chat_files WHERE id IN (
    SELECT id FROM chat_files WHERE session_id = ?1 AND seat = ?2 AND file_id NOT IN
      (SELECT file_id FROM chat_messages WHERE session_id = ?1 AND file_id IS NOT NULL)
    ORDER BY id DESC LIMIT -1 OFFSET ?3)`;

/** Stores the chat in SQLite. */
class SqliteChat implements ChatStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  append(
    sessionId: string,
    message: Omit<StoredMessage, 'seq'>,
    limits: ChatLimits,
  ): Promise<Appended | null> {
    const { seat, clientId, text, fileId, at } = message;
    return this.#commits.run(() => {
      const known = this.#statements
        .of(`SELECT ${MESSAGE} FROM chat_messages WHERE session_id = ? AND seat = ? AND client_id = ?`)
        .get(sessionId, seat, clientId);
      if (known) return { message: messageIn(known), fresh: false };
      const bytes = Buffer.byteLength(text ?? '');
      const values = [sessionId, seat, clientId, text, fileId, at, bytes, limits.messages, limits.textBytes];
      const added = this.#statements.of(APPEND).get(...values);
      return added ? { message: messageIn(added), fresh: true } : null;
    });
  }

  async messages(sessionId: string): Promise<readonly StoredMessage[]> {
    const sql = `SELECT ${MESSAGE} FROM chat_messages WHERE session_id = ? ORDER BY seq`;
    return this.#statements.of(sql).all(sessionId).map(messageIn);
  }

  addFile(sessionId: string, file: StoredFile, content: Uint8Array, limit: number): Promise<boolean> {
    const { fileId, seat, name, contentType, bytes, at } = file;
    return this.#commits.run(() => {
      const values = [sessionId, fileId, seat, name, contentType, bytes, at, content, limit];
      return this.#statements.of(ADD_FILE).run(...values).changes > 0;
    });
  }

  async files(sessionId: string): Promise<readonly StoredFile[]> {
    const sql = `SELECT ${FILE} FROM chat_files WHERE session_id = ? ORDER BY id`;
    return this.#statements.of(sql).all(sessionId).map(fileIn);
  }

  async content(sessionId: string, fileId: string): Promise<Uint8Array | undefined> {
    const sql = 'SELECT content FROM chat_files WHERE session_id = ? AND file_id = ?';
    return this.#statements.of(sql).get(sessionId, fileId)?.content as Uint8Array | undefined;
  }

  dropUnsent(sessionId: string, seat: number, keep: number): Promise<void> {
    return this.#write([DROP_UNSENT, sessionId, seat, keep]);
  }

  async erase(sessionId: string, seat: number): Promise<void> {
    await this.#write([
      'UPDATE chat_messages SET text = NULL, file_id = NULL WHERE session_id = ? AND seat = ?',
      sessionId,
      seat,
    ]);
    await this.#deleteFiles('session_id = ? AND seat = ?', sessionId, seat);
  }

  async export(sessionId: string, seat: number): Promise<readonly ExportedMessage[]> {
    return exportedMessages(await this.messages(sessionId), await this.files(sessionId), seat);
  }

  async purge(sessionIds: readonly string[]): Promise<void> {
    for (const sessionId of sessionIds) {
      await this.#write(['DELETE FROM chat_messages WHERE session_id = ?', sessionId]);
      await this.#deleteFiles('session_id = ?', sessionId);
    }
  }

  keep(sessionId: string): Promise<void> {
    return this.#write(
      ['UPDATE chat_messages SET kept = 1 WHERE session_id = ? AND kept = 0', sessionId],
      ['UPDATE chat_files SET kept = 1 WHERE session_id = ? AND kept = 0', sessionId],
    );
  }

  async unsettled(): Promise<readonly string[]> {
    const sql = `SELECT session_id FROM chat_messages WHERE kept = 0
      UNION SELECT session_id FROM chat_files WHERE kept = 0`;
    return this.#statements
      .of(sql)
      .all()
      .map((row) => row.session_id as string);
  }

  /** Deletes files, one per commit, because overwriting their content blocks other writes. */
  async #deleteFiles(which: string, ...values: SQLInputValue[]): Promise<void> {
    const one = this.#statements.of(`SELECT id FROM chat_files WHERE ${which} LIMIT 1`);
    for (let row = one.get(...values); row; row = one.get(...values)) {
      await this.#write(['DELETE FROM chat_files WHERE id = ?', row.id as number]);
    }
  }

  #write(...statements: readonly [string, ...SQLInputValue[]][]): Promise<void> {
    return this.#commits.run(() => {
      for (const [sql, ...values] of statements) this.#statements.of(sql).run(...values);
    });
  }
}

function messageIn(row: object): StoredMessage {
  return { ...(row as StoredMessage) };
}

function fileIn(row: object): StoredFile {
  return { ...(row as StoredFile) };
}

export const sqliteChat: SqliteAdapter<ChatStore> = {
  migrations: [TABLES],
  create: (database, commits) => new SqliteChat(database, commits),
};
