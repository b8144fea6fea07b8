import type { DatabaseSync } from 'node:sqlite';
import type { ConsoleRole, LoginMethod } from '@televisit/shared/console.vocabulary';
import type { ConsoleLogin, ConsoleLoginStore } from '../../domain/console-login-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

export const CONSOLE_LOGINS = `
  CREATE TABLE console_logins (
    login_id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    label TEXT NOT NULL,
    role TEXT NOT NULL,
    method TEXT NOT NULL,
    logged_in_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE console_links (link_id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;`;

/** Stores the logins of operators in SQLite. */
export class SqliteConsoleLogins implements ConsoleLoginStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  add(login: ConsoleLogin, now: number): Promise<void> {
    const { loginId, subject, label, role, method, loggedInAt, expiresAt, seenAt } = login;
    return this.#commits.run(() => {
      this.#statements.of('DELETE FROM console_logins WHERE expires_at <= ?').run(now);
      this.#statements
        .of('INSERT INTO console_logins VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(loginId, subject, label, role, method, loggedInAt, expiresAt, seenAt);
    });
  }

  async find(loginId: string): Promise<ConsoleLogin | undefined> {
    const row = this.#statements.of('SELECT * FROM console_logins WHERE login_id = ?').get(loginId);
    return (
      row && {
        loginId,
        subject: row.subject as string,
        label: row.label as string,
        role: row.role as ConsoleRole,
        method: row.method as LoginMethod,
        loggedInAt: row.logged_in_at as number,
        expiresAt: row.expires_at as number,
        seenAt: row.seen_at as number,
      }
    );
  }

  seen(loginId: string, at: number): Promise<void> {
    return this.#commits.run(() => {
      this.#statements
        .of('UPDATE console_logins SET seen_at = ?2 WHERE login_id = ?1 AND seen_at < ?2')
        .run(loginId, at);
    });
  }

  delete(loginId: string): Promise<void> {
    return this.#commits.run(() => {
      this.#statements.of('DELETE FROM console_logins WHERE login_id = ?').run(loginId);
    });
  }

  useLink(linkId: string, expiresAt: number, now: number): Promise<boolean> {
    return this.#commits.run(() => {
      this.#statements.of('DELETE FROM console_links WHERE expires_at <= ?').run(now);
      const sql = 'INSERT INTO console_links VALUES (?, ?) ON CONFLICT DO NOTHING';
      return this.#statements.of(sql).run(linkId, expiresAt).changes > 0;
    });
  }
}
