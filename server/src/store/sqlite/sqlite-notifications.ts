import type { DatabaseSync } from 'node:sqlite';
import {
  REPORTABLE,
  type DeliveryReport,
  type Notification,
  type NotificationOutcome,
  type NotificationStore,
} from '../../domain/notification-store.ts';
import { claimDue, type Outbox } from './claim-due.ts';
import type { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

export const NOTIFICATIONS = `
  CREATE TABLE notifications (
    notification_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    seat INTEGER NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    minutes_before INTEGER,
    sequence INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER,
    settled_at INTEGER,
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    cleared INTEGER NOT NULL,
    provider_id TEXT,
    error TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX notifications_of_session ON notifications (session_id, seat);
  CREATE INDEX notifications_due ON notifications (due_at) WHERE due_at IS NOT NULL;`;

const COLUMNS = `notification_id AS notificationId, session_id AS sessionId, seat, kind, channel,
  minutes_before AS minutesBefore, sequence, state, created_at AS createdAt, due_at AS dueAt, settled_at AS settledAt,
  attempts, failures, cleared, provider_id AS providerId, error`;

const INSERT = `INSERT INTO notifications (notification_id, session_id, seat, kind, channel, minutes_before, sequence, state,
    created_at, due_at, settled_at, attempts, failures, cleared, provider_id, error)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

const OUTBOX: Outbox = { table: 'notifications', key: 'notification_id', columns: COLUMNS };

const SETTLE = `UPDATE notifications SET state = ?, due_at = ?, settled_at = ?, error = ?, failures = ?, cleared = ?,
    provider_id = coalesce(?, provider_id)
  WHERE notification_id = ? AND attempts = ? AND state = 'pending'`;

const REPORT = `UPDATE notifications SET state = ?, due_at = NULL, settled_at = ?, error = ?,
    provider_id = coalesce(?, provider_id)
  WHERE notification_id = ? AND state IN (SELECT value FROM json_each(?))
  RETURNING ${COLUMNS}`;

/** Stores notifications in SQLite. */
export class SqliteNotifications implements NotificationStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  add(notifications: readonly Notification[]): Promise<void> {
    return this.#commits.run(() => {
      for (const one of notifications) {
        this.#statements
          .of(INSERT)
          .run(
            one.notificationId,
            one.sessionId,
            one.seat,
            one.kind,
            one.channel,
            one.minutesBefore,
            one.sequence,
            one.state,
            one.createdAt,
            one.dueAt,
            one.settledAt,
            one.attempts,
            one.failures,
            one.cleared,
            one.providerId,
            one.error,
          );
      }
    });
  }

  async claim(now: number, leaseMs: number, limit: number): Promise<readonly Notification[]> {
    return (await claimDue(this.#statements, this.#commits, OUTBOX, now, leaseMs, limit)).map(notificationIn);
  }

  settle(claimed: Notification, outcome: NotificationOutcome): Promise<boolean> {
    const pending = outcome.state === 'pending' ? outcome : null;
    const { failures, cleared } = pending ?? claimed;
    return this.#commits.run(() => {
      const { changes } = this.#statements
        .of(SETTLE)
        .run(
          outcome.state,
          pending?.dueAt ?? null,
          outcome.state === 'pending' ? null : outcome.at,
          outcome.state === 'sent' ? null : outcome.error,
          failures,
          cleared,
          outcome.state === 'sent' ? outcome.providerId : null,
          claimed.notificationId,
          claimed.attempts,
        );
      return changes > 0;
    });
  }

  report(notificationId: string, report: DeliveryReport): Promise<Notification | null> {
    const from = JSON.stringify(REPORTABLE[report.state]);
    return this.#commits.run(() => {
      const row = this.#statements
        .of(REPORT)
        .get(report.state, report.at, report.error, report.providerId, notificationId, from);
      return row ? notificationIn(row) : null;
    });
  }

  async ofSession(sessionId: string): Promise<readonly Notification[]> {
    const sql = `SELECT ${COLUMNS} FROM notifications WHERE session_id = ? ORDER BY created_at, notification_id`;
    return this.#statements.of(sql).all(sessionId).map(notificationIn);
  }

  deleteSeat(sessionId: string, seat: number): Promise<void> {
    return this.#commits.run(() => {
      this.#statements.of('DELETE FROM notifications WHERE session_id = ? AND seat = ?').run(sessionId, seat);
    });
  }
}

function notificationIn(row: object): Notification {
  return { ...(row as Notification) };
}
