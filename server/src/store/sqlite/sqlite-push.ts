import type { DatabaseSync } from 'node:sqlite';
import type { PushStore, PushSubscription } from '../../domain/push-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

export const PUSH_SUBSCRIPTIONS = `
  CREATE TABLE push_subscriptions (
    session_id TEXT NOT NULL,
    seat INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (session_id, seat, endpoint)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX push_subscriptions_by_endpoint ON push_subscriptions (endpoint);`;

const PUT = `INSERT INTO push_subscriptions (session_id, seat, endpoint, p256dh, auth, created_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET p256dh = excluded.p256dh, auth = excluded.auth, created_at = excluded.created_at`;

const TRIM = `DELETE FROM push_subscriptions WHERE session_id = ?1 AND seat = ?2 AND endpoint NOT IN
  (SELECT endpoint FROM push_subscriptions WHERE session_id = ?1 AND seat = ?2 ORDER BY created_at DESC, endpoint LIMIT ?3)`;

const LIST = `SELECT session_id AS sessionId, seat, endpoint, p256dh, auth, created_at AS createdAt FROM push_subscriptions
  WHERE session_id = ? ORDER BY created_at, endpoint`;

/** Stores push subscriptions in SQLite. */
export class SqlitePush implements PushStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  put(subscription: PushSubscription, limit: number): Promise<void> {
    const { sessionId, seat, endpoint, p256dh, auth, createdAt } = subscription;
    return this.#commits.run(() => {
      this.#statements.of(PUT).run(sessionId, seat, endpoint, p256dh, auth, createdAt);
      this.#statements.of(TRIM).run(sessionId, seat, limit);
    });
  }

  async ofSession(sessionId: string): Promise<readonly PushSubscription[]> {
    const rows = this.#statements.of(LIST).all(sessionId);
    return rows.map((row) => ({ ...(row as object as PushSubscription) }));
  }

  deleteEndpoint(endpoint: string): Promise<void> {
    return this.#commits.run(() => {
      this.#statements.of('DELETE FROM push_subscriptions WHERE endpoint = ?').run(endpoint);
    });
  }

  deleteSeat(sessionId: string, seat: number): Promise<void> {
    return this.#commits.run(() => {
      this.#statements
        .of('DELETE FROM push_subscriptions WHERE session_id = ? AND seat = ?')
        .run(sessionId, seat);
    });
  }
}
