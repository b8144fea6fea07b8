import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sessionStoreContract } from './session-store.ts';

sessionStoreContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder)) };
});

it('SqliteStore.open of a folder that another store has open says so', () => {
  const folder = temporaryFolder();
  const store = SqliteStore.open(folder);
  onTestFinished(() => store.close());
  expect(() => SqliteStore.open(folder)).toThrow(/Another server already uses this DATA_DIR/);
});

it('SqliteStore.open of a database that a newer version wrote refuses to touch it', () => {
  const folder = temporaryFolder();
  const database = new DatabaseSync(join(folder, 'televisit.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect(() => SqliteStore.open(folder)).toThrow(/newer version/);
});
