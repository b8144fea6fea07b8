import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { Session } from '@televisit/server/domain/session';

/**
 * Makes the SQLite database of an older version in a folder, with one session as that version wrote it.
 * @param tables how that version made them
 * @param unknown the fields that it did not know, as paths of SQLite (`$.locked`)
 */
export function olderDatabase(
  folder: string,
  version: number,
  tables: string,
  session: Session,
  unknown: readonly string[],
): void {
  const { sessionId, appointmentId, status, placement, scheduledAt, createdAt, dueAt } = session;
  const database = new DatabaseSync(join(folder, 'televisit.db'));
  database.exec(`${tables} PRAGMA user_version = ${version}`);
  const columns =
    'session_id, appointment_id, status, node_id, scheduled_at, created_at, due_at, version, body';
  database
    .prepare(
      `INSERT INTO sessions (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?,
         json_remove(?${unknown.map(() => ', ?').join('')}))`,
    )
    .run(
      sessionId,
      appointmentId,
      status,
      placement.nodeId,
      scheduledAt,
      createdAt,
      dueAt,
      session.version,
      JSON.stringify(session),
      ...unknown,
    );
  database.close();
}

/** The fields of sessions that came with reminders. */
export const REMINDER_FIELDS = [
  '$.reminders',
  '$.mail',
  '$.remindAt',
  ...[0, 1].flatMap((seat) => [`$.seats[${seat}].language`, `$.seats[${seat}].timeZone`]),
];
