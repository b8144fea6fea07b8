import type { DatabaseSync } from 'node:sqlite';
import { CHAT } from './sqlite-chat.ts';
import { MAIL } from './sqlite-mail.ts';
import { NODES } from './sqlite-nodes.ts';
import { RECEIVED_EVENTS } from './sqlite-received-events.ts';
import { WEBHOOKS } from './sqlite-webhooks.ts';
import { carryOver, VISITS } from './visits-migration.ts';

/** Each step migrates a database from the version of its index to the next. Released steps never change. */
const MIGRATIONS: readonly ((database: DatabaseSync) => void)[] = [
  (database) =>
    database.exec(`CREATE TABLE sessions (
     session_id TEXT PRIMARY KEY,
     appointment_id TEXT NOT NULL UNIQUE,
     node_id TEXT NOT NULL,
     open INTEGER NOT NULL,
     version INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_open_by_node ON sessions (node_id) WHERE open = 1;
   CREATE TABLE session_events (
     session_id TEXT NOT NULL,
     seq INTEGER NOT NULL,
     body TEXT NOT NULL,
     PRIMARY KEY (session_id, seq)
   ) STRICT, WITHOUT ROWID;`),
  (database) => {
    database.exec('ALTER TABLE sessions RENAME TO old_sessions; DROP INDEX sessions_open_by_node;');
    database.exec(VISITS);
    carryOver(database);
    database.exec('DROP TABLE old_sessions; DROP TABLE session_events;');
  },
  (database) => database.exec(CHAT),
  (database) => database.exec(WEBHOOKS),
  (database) => database.exec(MAIL),
  (database) => database.exec(RECEIVED_EVENTS),
  (database) => database.exec(NODES),
];

/** Migrates the database to this version. @throws {Error} if a newer version has written it */
export function migrate(database: DatabaseSync): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (row.user_version > MIGRATIONS.length) {
    throw new Error(
      'The database in DATA_DIR was written by a newer version of Televisit. Run that version, or newer.',
    );
  }
  for (const [version, step] of MIGRATIONS.entries()) {
    if (version < row.user_version) continue;
    database.exec('BEGIN IMMEDIATE');
    try {
      step(database);
      database.exec(`PRAGMA user_version = ${version + 1}; COMMIT`);
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }
}
