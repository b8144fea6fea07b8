import type { DatabaseSync } from 'node:sqlite';
import type { ReceivedEvents } from '../../domain/session-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

export const RECEIVED_EVENTS = `
  CREATE TABLE received_events (event_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX received_events_by_age ON received_events (at);`;

/** Stores accepted events of other meeting providers in SQLite. */
export class SqliteReceivedEvents implements ReceivedEvents {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  async has(eventId: string): Promise<boolean> {
    return this.#statements.of('SELECT 1 FROM received_events WHERE event_id = ?').get(eventId) !== undefined;
  }

  add(eventId: string, at: number, forgetBefore: number): Promise<void> {
    return this.#commits.run(() => {
      this.#statements
        .of('INSERT INTO received_events VALUES (?, ?) ON CONFLICT DO NOTHING')
        .run(eventId, at);
      this.#statements.of('DELETE FROM received_events WHERE at < ?').run(forgetBefore);
    });
  }
}
