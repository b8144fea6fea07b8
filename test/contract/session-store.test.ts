import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { MongoStore } from '@televisit/server/store/mongo/mongo-store';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/mongo-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ended, newVisit, NINE } from '../support/visits.ts';
import { sessionStoreContract } from './session-store.ts';

sessionStoreContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder)) };
});

describe.skipIf(!MongoServer.available())('MongoStore', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  sessionStoreContract('a MongoDB', () => {
    const uri = mongo.uriFor();
    return { open: () => MongoStore.open(uri) };
  });

  it('open where nobody listens says so, without the secrets of the address', async () => {
    const opening = MongoStore.open('mongodb://user:hidden@127.0.0.1:9/x?serverSelectionTimeoutMS=50', 0);
    await expect(opening).rejects.toThrow(/MONGO_URI can’t be reached/);
    await expect(opening).rejects.not.toThrow(/hidden/);
  });

  it('two stores on one database: of two updates from one version one wins', async () => {
    const uri = mongo.uriFor();
    const stores = await Promise.all([MongoStore.open(uri), MongoStore.open(uri)]);
    onTestFinished(async () => {
      await Promise.all(stores.map((store) => store.close()));
    });
    const change = newVisit();
    await stores[0].insert(change);
    const results = await Promise.all(stores.map((store) => store.update(ended(change.next))));
    expect(results.filter(Boolean)).toHaveLength(1);
  });
});

describe('MongoStore with a database that goes away', () => {
  it.skipIf(!MongoServer.available() || Boolean(process.env.TEST_MONGO_URI))(
    'rejects with store_unavailable and a time to wait, and works again by itself',
    async () => {
      const mongo = await MongoServer.start();
      onTestFinished(() => mongo.dispose());
      const store = await MongoStore.open(mongo.uriFor());
      onTestFinished(() => store.close());
      const change = newVisit();
      await store.insert(change);
      await mongo.stop();
      await expect(store.get(change.next.sessionId)).rejects.toMatchObject({
        code: 'store_unavailable',
        retryAfter: 3,
      });
      await expect(store.insert(newVisit())).rejects.toMatchObject({ code: 'store_unavailable' });
      await mongo.start();
      await expect.poll(() => store.get(change.next.sessionId).catch(() => undefined)).toEqual(change.next);
    },
  );
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

it('SqliteStore.open of a database of the first version brings its sessions and their history along', async () => {
  const folder = temporaryFolder();
  const database = new DatabaseSync(join(folder, 'televisit.db'));
  database.exec(readFileSync(new URL('first-version.sql', import.meta.url), 'utf8'));
  database.close();
  const store = SqliteStore.open(folder);
  onTestFinished(() => store.close());
  const open = await store.findByAppointment('open');
  expect(open).toMatchObject({
    status: 'scheduled',
    scheduledAt: NINE,
    durationMinutes: 30,
    closesAt: NINE + 60 * 60_000,
    dueAt: NINE + 60 * 60_000,
    version: 1,
    seats: [
      { userId: 'd', role: 'doctor', email: null, removedAt: null },
      { userId: 'p', role: 'patient' },
    ],
  });
  expect(await store.findByAppointment('over')).toMatchObject({
    status: 'ended',
    dueAt: null,
    endedAt: NINE + 9,
  });
  expect((await store.list({ userId: 'p' }, 10)).map(({ appointmentId }) => appointmentId)).toEqual([
    'over',
    'open',
  ]);
  expect(await store.history(open!.sessionId)).toMatchObject([
    { type: 'session.created', seq: 1, by: { type: 'system' } },
  ]);
  expect(Object.fromEntries(await store.countOpenByNode())).toEqual({ 'sfu-1': 1 });
});
