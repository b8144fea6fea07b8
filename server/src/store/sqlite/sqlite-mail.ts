import type { DatabaseSync } from 'node:sqlite';
import type { Mail, MailOutcome, MailStore } from '../../domain/mail-store.ts';
import { claimDue, type Outbox } from './claim-due.ts';
import type { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

/** Existing sessions get their `remind_at` when the server starts (`Reminders.start`). */
export const MAIL = `
  ALTER TABLE sessions ADD COLUMN remind_at INTEGER;
  CREATE INDEX sessions_to_remind ON sessions (remind_at) WHERE remind_at IS NOT NULL;
  CREATE TABLE mails (
    session_id TEXT NOT NULL,
    mail_id TEXT NOT NULL,
    seat INTEGER NOT NULL,
    kind TEXT NOT NULL,
    minutes_before INTEGER,
    sequence INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER,
    settled_at INTEGER,
    attempts INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (session_id, mail_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL;`;

/** Mail to people whose seat has another address by now. */
export const MAIL_ADDRESSES = 'ALTER TABLE mails ADD COLUMN address TEXT';

const COLUMNS = `mail_id AS mailId, session_id AS sessionId, seat, kind, minutes_before AS minutesBefore, sequence, address, state,
  created_at AS createdAt, due_at AS dueAt, settled_at AS settledAt, attempts, error`;

const INSERT = `INSERT INTO mails (mail_id, session_id, seat, kind, minutes_before, sequence, address, state, created_at,
    due_at, settled_at, attempts, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

const OUTBOX: Outbox = { table: 'mails', key: 'session_id, mail_id', columns: COLUMNS };

const SETTLE = `UPDATE mails SET state = ?, due_at = ?, settled_at = ?, error = ?, address = CASE WHEN ? THEN address END
  WHERE session_id = ? AND mail_id = ? AND attempts = ? AND state = 'pending'`;

/** Stores mails in SQLite. */
export class SqliteMail implements MailStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  add(mails: readonly Mail[]): Promise<void> {
    return this.#commits.run(() => {
      for (const mail of mails) {
        this.#statements
          .of(INSERT)
          .run(
            mail.mailId,
            mail.sessionId,
            mail.seat,
            mail.kind,
            mail.minutesBefore,
            mail.sequence,
            mail.address,
            mail.state,
            mail.createdAt,
            mail.dueAt,
            mail.settledAt,
            mail.attempts,
            mail.error,
          );
      }
    });
  }

  async claim(now: number, leaseMs: number, limit: number): Promise<readonly Mail[]> {
    return (await claimDue(this.#statements, this.#commits, OUTBOX, now, leaseMs, limit)).map(mailIn);
  }

  settle({ sessionId, mailId, attempts }: Mail, outcome: MailOutcome): Promise<boolean> {
    const pending = outcome.state === 'pending';
    return this.#commits.run(() => {
      const { changes } = this.#statements
        .of(SETTLE)
        .run(
          outcome.state,
          pending ? outcome.dueAt : null,
          pending ? null : outcome.at,
          outcome.state === 'sent' ? null : outcome.error,
          pending ? 1 : 0,
          sessionId,
          mailId,
          attempts,
        );
      return changes > 0;
    });
  }

  async ofSession(sessionId: string): Promise<readonly Mail[]> {
    const sql = `SELECT ${COLUMNS} FROM mails WHERE session_id = ? ORDER BY mail_id`;
    return this.#statements.of(sql).all(sessionId).map(mailIn);
  }

  deleteSeat(sessionId: string, seat: number): Promise<void> {
    return this.#commits.run(() => {
      this.#statements.of('DELETE FROM mails WHERE session_id = ? AND seat = ?').run(sessionId, seat);
    });
  }
}

function mailIn(row: object): Mail {
  return { ...(row as Mail) };
}
