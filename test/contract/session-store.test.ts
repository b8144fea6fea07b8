import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { chatStoreContract } from '@televisit/server/features/chat/testing/chat-store-contract';
import { sqliteChat } from '@televisit/server/features/chat/store.sqlite';
import { MONGO_STORES, SQLITE_STORES } from '@televisit/server/features/stores';
import { MAX_NOTES } from '@televisit/server/domain/session-store';
import { MongoStore } from '@televisit/server/store/mongo/mongo-store';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { VISITS } from '@televisit/server/store/sqlite/visits-migration';
import { mongo as driver } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { olderDatabase, REMINDER_FIELDS } from '../support/fixtures/older-database.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { BACKEND, ended, newVisit, NINE, started } from '../support/fixtures/stored-sessions.ts';
import { calendarFeedsContract } from './calendar-feeds.ts';
import { nodeStoreContract } from './node-store.ts';
import { meetingEventsContract } from './meeting-events.ts';
import { receivedEventsContract } from './received-events.ts';
import { sessionStoreContract } from './session-store.ts';
import { endpoint, webhookStoreContract } from './webhook-store.ts';

sessionStoreContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder)) };
});
chatStoreContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder, SQLITE_STORES)), together: false };
});
webhookStoreContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder)), together: false };
});

receivedEventsContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder)) };
});
meetingEventsContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder)) };
});

calendarFeedsContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder)) };
});

nodeStoreContract('SQLite', () => {
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
  chatStoreContract('a MongoDB', () => {
    const uri = mongo.uriFor();
    return { open: () => MongoStore.open(uri, MONGO_STORES), together: true };
  });
  webhookStoreContract('a MongoDB', () => {
    const uri = mongo.uriFor();
    return { open: () => MongoStore.open(uri), together: true };
  });

  receivedEventsContract('a MongoDB', () => {
    const uri = mongo.uriFor();
    return { open: () => MongoStore.open(uri) };
  });
  meetingEventsContract('a MongoDB', () => {
    const uri = mongo.uriFor();
    return { open: () => MongoStore.open(uri) };
  });
  calendarFeedsContract('a MongoDB', () => {
    const uri = mongo.uriFor();
    return { open: () => MongoStore.open(uri) };
  });
  nodeStoreContract('a MongoDB', () => {
    const uri = mongo.uriFor();
    return { open: () => MongoStore.open(uri) };
  });

  it('MongoStore reads sessions written by an older version', async () => {
    const uri = mongo.uriFor();
    const store = await MongoStore.open(uri);
    const direct = await new driver.MongoClient(uri).connect();
    onTestFinished(async () => {
      await direct.close();
      await store.close();
    });
    const { next, events } = newVisit();
    await store.insert({ next, events });
    const sessions = direct.db().collection<{ _id: string }>('sessions');
    const news = ['locked', 'screenShareAllowed', 'hostNotes', 'returnUrl', 'shares', 'options.keepChat'];
    await sessions.updateOne(
      { _id: next.sessionId },
      { $unset: Object.fromEntries(news.map((field) => [`body.${field}`, ''])) },
    );
    expect(await store.get(next.sessionId)).toEqual(next);
    expect(await store.list({}, 1)).toEqual([next]);
  });

  it('MongoStore.open creates an index of each filter in each order of lists', async () => {
    const uri = mongo.uriFor();
    const store = await MongoStore.open(uri);
    const direct = await new driver.MongoClient(uri).connect();
    onTestFinished(async () => {
      await direct.close();
      await store.close();
    });
    const keys = (await direct.db().collection('sessions').indexes()).map(({ key }) =>
      Object.keys(key).join(),
    );
    for (const filter of [[], ['userIds'], ['status'], ['courseId'], ['nodeId'], ['body.endReason']]) {
      for (const order of ['createdAt', 'scheduledAt']) {
        expect(keys).toContain([...filter, order, '_id'].join());
      }
    }
    expect(keys).toEqual(expect.arrayContaining(['appointmentId', 'endedAt']));
  });

  it('MongoStore.open rejects without revealing secrets of the URI when no server listens', async () => {
    const opening = MongoStore.open(
      'mongodb://user:hidden@127.0.0.1:9/x?serverSelectionTimeoutMS=50',
      undefined,
      0,
    );
    await expect(opening).rejects.toThrow(/MONGO_URI can’t be reached/);
    await expect(opening).rejects.not.toThrow(/hidden/);
  });

  it('MongoStore.note stores at most 10,000 notes of a session', async () => {
    const uri = mongo.uriFor();
    const store = await MongoStore.open(uri);
    const direct = await new driver.MongoClient(uri).connect();
    onTestFinished(async () => {
      await direct.close();
      await store.close();
    });
    const change = newVisit();
    const { sessionId } = change.next;
    await store.insert(change);
    const notes = MAX_NOTES - 1;
    const sessions = direct.db().collection<{ _id: string; notes: number }>('sessions');
    await sessions.updateOne({ _id: sessionId }, { $set: { notes } });
    const note = { type: 'report.read', at: NINE, by: BACKEND, seq: null } as const;
    for (let index = 0; index < 3; index++) await store.note(sessionId, note);
    expect(await store.history(sessionId)).toEqual([...change.events, note]);
  });

  it('one of two concurrent updates through different MongoStores succeeds', async () => {
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

describe('MongoStore without a reachable database', () => {
  it.skipIf(!MongoServer.available() || Boolean(process.env.TEST_MONGO_URI))(
    'MongoStore rejects with store_unavailable and a delay, and recovers by itself',
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

it('SqliteStore.open throws when another store uses the folder', () => {
  const folder = temporaryFolder();
  const store = SqliteStore.open(folder);
  onTestFinished(() => store.close());
  expect(() => SqliteStore.open(folder)).toThrow(/Another server already uses this DATA_DIR/);
});

it('SqliteStore.open throws for a database of a newer version', () => {
  const folder = temporaryFolder();
  const database = new DatabaseSync(join(folder, 'televisit.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect(() => SqliteStore.open(folder)).toThrow(/newer version/);
});

it('SqliteStore.open migrates sessions and history of the first version', async () => {
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
    version: 1,
    options: { keepChat: false, reactions: false },
    screenShareAllowed: true,
    shares: [],
    seats: [
      { userId: 'd', role: 'doctor', email: null, removedAt: null },
      { userId: 'p', role: 'patient' },
    ],
  });
  // It had no end and now stays open for a day.
  expect(open?.dueAt).toBeGreaterThan(Date.now() + 23 * 3_600_000);
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

it('SqliteStore.open migrates sessions to the version that lists them by schedule and end', async () => {
  const folder = temporaryFolder();
  const over = ended(newVisit({ scheduledAt: NINE + 5 }).next).next;
  const people = over.seats
    .map(({ userId }) => `INSERT INTO session_users VALUES ('${userId}', ${NINE}, '${over.sessionId}');`)
    .join('');
  olderDatabase(folder, 2, `${VISITS} ${people}`, over, []);
  const database = new DatabaseSync(join(folder, 'televisit.db'));
  database.exec(`UPDATE sessions SET ended_at = ${over.endedAt}`);
  database.close();
  const store = SqliteStore.open(folder);
  onTestFinished(() => store.close());
  const order = { by: 'scheduledAt', direction: 'asc' } as const;
  for (const filter of [
    { endReasons: ['backend_ended' as const] },
    { endedFrom: over.endedAt!, endedTo: over.endedAt! + 1 },
    { userId: 'patient', from: NINE + 5, to: NINE + 6 },
  ])
    expect(await store.list(filter, 10, undefined, order)).toEqual([over]);
});

it('SqliteStore.open reads sessions of the version before the chat, and stores chat', async () => {
  const folder = temporaryFolder();
  const { next } = newVisit();
  const news = ['locked', 'screenShareAllowed', 'hostNotes', 'returnUrl', 'shares', 'region'].map(
    (field) => `$.${field}`,
  );
  const options = ['$.options.keepChat', '$.options.reactions'];
  olderDatabase(folder, 2, VISITS, next, [...news, ...options, ...REMINDER_FIELDS]);
  const store = SqliteStore.open(folder, SQLITE_STORES);
  onTestFinished(() => store.close());
  expect(await store.get(next.sessionId)).toEqual(next);
  const message = { seat: 0, clientId: 'a', text: 'x', fileId: null, at: NINE };
  expect(
    await store.features.chat.append(next.sessionId, message, { messages: 10, textBytes: 1000 }),
  ).toMatchObject({
    fresh: true,
  });
});

it('SqliteStore.open keeps the chat of the version before features had their own tables', async () => {
  const folder = temporaryFolder();
  const { next } = newVisit();
  const message = "INSERT INTO chat_messages VALUES ('s', 1, 0, 'a', 'Hello', NULL, 5, 5, 0);";
  const tables = `${VISITS} ${sqliteChat.migrations.join('')} ${message}`;
  olderDatabase(folder, 3, tables, next, REMINDER_FIELDS);
  for (let time = 0; time < 2; time++) {
    const store = SqliteStore.open(folder, SQLITE_STORES);
    expect(await store.features.chat.messages('s')).toMatchObject([{ seq: 1, text: 'Hello' }]);
    await store.close();
  }
});

it('SqliteStore.open refuses tables of a feature that a newer version has written', () => {
  const folder = temporaryFolder();
  const { migrations } = sqliteChat;
  const newer = {
    chat: { ...sqliteChat, migrations: [...migrations, 'CREATE TABLE chat_next (id INTEGER)'] },
  };
  void SqliteStore.open(folder, newer).close();
  expect(() => SqliteStore.open(folder, SQLITE_STORES)).toThrow(/newer version of Televisit/);
  void SqliteStore.open(folder, newer).close();
});

it('SqliteStore.open keeps aliveAt of nodes of the version without process ids', async () => {
  const folder = temporaryFolder();
  const { next } = newVisit();
  olderDatabase(folder, 2, `${VISITS} INSERT INTO nodes VALUES ('sfu-1', ${NINE});`, next, ['$.region']);
  const store = SqliteStore.open(folder);
  onTestFinished(() => store.close());
  const [known, ...others] = await store.nodes.list();
  expect(others).toEqual([]);
  expect(known).toMatchObject({ nodeId: 'sfu-1', processId: '', aliveAt: NINE, drainUntil: null });
  const taken = { ...known!, processId: 'a', aliveAt: NINE + 1 };
  expect(await store.nodes.beat(taken, '')).toMatchObject({ processId: 'a' });
});

it('SqliteStore marks events as unsent only while an endpoint exists', async () => {
  const store = SqliteStore.open(temporaryFolder());
  onTestFinished(() => store.close());
  const created = newVisit();
  const { sessionId } = created.next;
  await store.insert(created);
  const live = started(created.next);
  await store.update(live);
  expect(await store.webhooks.unsentSessions(10)).toEqual([]);
  await store.webhooks.insertEndpoint(endpoint('a'));
  const over = ended(live.next);
  await store.update(over);
  expect(await store.webhooks.unsent(sessionId)).toMatchObject({ sessionId, events: over.events });
});

it('SqliteStore.note stores at most 10,000 notes of a session', async () => {
  const store = SqliteStore.open(temporaryFolder());
  onTestFinished(() => store.close());
  const change = newVisit();
  await store.insert(change);
  const { sessionId } = change.next;
  const note = { type: 'report.read', at: NINE, by: BACKEND, seq: null } as const;
  await Promise.all(Array.from({ length: MAX_NOTES + 5 }, () => store.note(sessionId, note)));
  expect(await store.history(sessionId)).toHaveLength(MAX_NOTES + 1);
  expect(await store.update(started(change.next))).toBe(true);
});
