import type { DatabaseSync } from 'node:sqlite';
import type { GroupCommit } from '../../store/sqlite/group-commit.ts';
import type { SqliteAdapter } from '../../store/sqlite/schema.ts';
import { Statements } from '../../store/sqlite/statements.ts';
import { changeEach, type ExportedVote, type PollStore, type StoredPoll } from './poll-store.ts';
import { exportedVotes, forgetVoter } from './rules.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

const TABLE = `
  CREATE TABLE polls (
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (session_id, seq)
  ) STRICT, WITHOUT ROWID;`;

/** Stores polls in SQLite: one row with JSON per poll. */
class SqlitePolls implements PollStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  add(sessionId: string, poll: StoredPoll): Promise<boolean> {
    const sql =
      'INSERT INTO polls (session_id, seq, version, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
    return this.#commits.run(() => {
      const { seq, version } = poll;
      return this.#statements.of(sql).run(sessionId, seq, version, JSON.stringify(poll)).changes > 0;
    });
  }

  async list(sessionId: string): Promise<readonly StoredPoll[]> {
    const rows = this.#statements
      .of('SELECT body FROM polls WHERE session_id = ? ORDER BY seq')
      .all(sessionId);
    return rows.map(({ body }) => JSON.parse(body as string) as StoredPoll);
  }

  replace(sessionId: string, poll: StoredPoll): Promise<boolean> {
    const sql = 'UPDATE polls SET version = ?, body = ? WHERE session_id = ? AND seq = ? AND version = ?';
    return this.#commits.run(() => {
      const { seq, version } = poll;
      const values = [version, JSON.stringify(poll), sessionId, seq, version - 1];
      return this.#statements.of(sql).run(...values).changes > 0;
    });
  }

  async erase(sessionId: string, seat: number): Promise<void> {
    await changeEach(this, sessionId, (poll) => forgetVoter(poll, seat));
  }

  async export(sessionId: string, seat: number): Promise<readonly ExportedVote[]> {
    return exportedVotes(await this.list(sessionId), seat);
  }

  purge(sessionIds: readonly string[]): Promise<void> {
    return this.#commits.run(() => {
      for (const id of sessionIds) this.#statements.of('DELETE FROM polls WHERE session_id = ?').run(id);
    });
  }
}

export const sqlitePolls: SqliteAdapter<PollStore> = {
  migrations: [TABLE],
  create: (database, commits) => new SqlitePolls(database, commits),
};
