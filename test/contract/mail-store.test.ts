import { MongoStore } from '@televisit/server/store/mongo/mongo-store';
import { sqliteChat } from '@televisit/server/features/chat/store.sqlite';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { VISITS } from '@televisit/server/store/sqlite/visits-migration';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { olderDatabase, REMINDER_FIELDS } from '../support/fixtures/older-database.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { newVisit, NINE } from '../support/fixtures/stored-sessions.ts';
import { mailStoreContract } from './mail-store.ts';

mailStoreContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder)), together: false };
});

describe.skipIf(!MongoServer.available())('MongoStore', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  mailStoreContract('a MongoDB', () => {
    const uri = mongo.uriFor();
    return { open: () => MongoStore.open(uri), together: true };
  });
});

it('SqliteStore.open reads sessions of the version before reminders without reminders', async () => {
  const folder = temporaryFolder();
  const { next } = newVisit({ scheduledAt: NINE + 48 * 3_600_000 });
  expect(next).toMatchObject({ reminders: [1440, 60], remindAt: NINE + 24 * 3_600_000 });
  olderDatabase(folder, 3, VISITS + sqliteChat.migrations.join(''), next, REMINDER_FIELDS);
  const store = SqliteStore.open(folder);
  onTestFinished(() => store.close());
  expect(await store.get(next.sessionId)).toEqual({ ...next, reminders: [], remindAt: null });
  expect(await store.dueReminders(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
  expect(await store.mail.ofSession(next.sessionId)).toEqual([]);
});
