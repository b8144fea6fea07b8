import type { DatabaseSync } from 'node:sqlite';
import type { FeatureStore, FeatureStores } from '../../domain/session-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { LISTS } from './session-query.ts';
import { CALENDAR_FEEDS } from './sqlite-calendar-feeds.ts';
import { CONSOLE_LOGINS } from './sqlite-console-logins.ts';
import { MAIL, MAIL_ADDRESSES } from './sqlite-mail.ts';
import { MEETINGS } from './sqlite-meeting-events.ts';
import { NODES } from './sqlite-nodes.ts';
import { NOTIFICATIONS } from './sqlite-notifications.ts';
import { OBSERVATIONS } from './sqlite-observations.ts';
import { PUSH_SUBSCRIPTIONS } from './sqlite-push.ts';
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
  // Created the tables of the chat, which are its feature's by now.
  () => undefined,
  (database) => database.exec(WEBHOOKS),
  (database) => database.exec(MAIL),
  (database) => database.exec(RECEIVED_EVENTS),
  (database) => database.exec(NODES),
  (database) => {
    database.exec(
      'CREATE TABLE features (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    );
    const chat = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'chat_messages'").get();
    if (chat) database.exec("INSERT INTO features VALUES ('chat', 1)");
  },
  (database) => database.exec(MAIL_ADDRESSES),
  (database) => database.exec(MEETINGS),
  (database) => database.exec(LISTS),
  (database) => database.exec(CALENDAR_FEEDS),
  (database) => database.exec(NOTIFICATIONS + PUSH_SUBSCRIPTIONS),
  (database) => database.exec(CONSOLE_LOGINS + OBSERVATIONS),
];

/** The tables of a feature, and its store on them. */
export interface SqliteAdapter<S extends FeatureStore> {
  /** Each step migrates the tables from the version of its index to the next. Released steps never change. */
  readonly migrations: readonly string[];
  create(database: DatabaseSync, commits: GroupCommit): S;
}

export type SqliteAdapters<F extends FeatureStores> = { readonly [Name in keyof F]: SqliteAdapter<F[Name]> };

const NEWER =
  'The database in DATA_DIR was written by a newer version of Televisit. Run that version, or newer.';

/** Migrates the database to this version. @throws {Error} if a newer version has written it */
export function migrate(database: DatabaseSync): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (row.user_version > MIGRATIONS.length) throw new Error(NEWER);
  for (const [version, step] of MIGRATIONS.entries()) {
    if (version < row.user_version) continue;
    inTransaction(database, () => {
      step(database);
      database.exec(`PRAGMA user_version = ${version + 1}`);
    });
  }
}

/** Migrates the tables of a feature to this version. @throws {Error} if a newer version has written them */
export function migrateFeature(database: DatabaseSync, name: string, migrations: readonly string[]): void {
  const row = database.prepare('SELECT version FROM features WHERE name = ?').get(name);
  const current = (row?.version as number | undefined) ?? 0;
  if (current > migrations.length) throw new Error(NEWER);
  for (const [version, step] of migrations.entries()) {
    if (version < current) continue;
    inTransaction(database, () => {
      database.exec(step);
      database
        .prepare('INSERT INTO features VALUES (?1, ?2) ON CONFLICT DO UPDATE SET version = ?2')
        .run(name, version + 1);
    });
  }
}

function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
