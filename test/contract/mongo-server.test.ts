import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { isRunning } from '../support/infra/server-process.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

interface Visit {
  readonly _id: string;
  readonly appointmentId: string;
  readonly version: number;
  readonly status: string;
  readonly createdAt: number;
  readonly events: readonly string[];
}

function visit(_id: string, more: Partial<Visit> = {}): Visit {
  return {
    _id,
    appointmentId: `a-${_id}`,
    version: 1,
    status: 'scheduled',
    createdAt: 1000,
    events: [],
    ...more,
  };
}

let server: MongoServer;

/** Connects to `uri` until the end of the test. */
function connected(uri: string, options: mongo.MongoClientOptions = {}): mongo.Db {
  const client = new mongo.MongoClient(uri, options);
  onTestFinished(() => client.close());
  return client.db();
}

/** A collection of visits in a database of this test. */
function visits(): mongo.Collection<Visit> {
  return connected(server.uriFor()).collection<Visit>('visits');
}

describe.skipIf(!MongoServer.available())('the MongoDB of the tests, as the store needs it', () => {
  beforeAll(async () => {
    server = await MongoServer.start();
  });
  afterAll(() => server.dispose());

  it('insertOne of a second document with the value of a unique field fails with code 11000', async () => {
    const collection = visits();
    await collection.createIndex({ appointmentId: 1 }, { unique: true }, {});
    await collection.insertOne(visit('1', { appointmentId: 'a' }));
    await expect(collection.insertOne(visit('2', { appointmentId: 'a' }))).rejects.toMatchObject({
      code: 11000,
    });
    expect(await collection.countDocuments()).toBe(1);
  });

  it('updateOne by id and version on twenty connections matches once', async () => {
    const collection = visits();
    for (let round = 1; round <= 10; round++) {
      await collection.insertOne(visit(`${round}`));
      const updates = await Promise.all(
        Array.from({ length: 20 }, () =>
          collection.updateOne(
            { _id: `${round}`, version: 1 },
            {
              $set: { status: 'active' },
              $push: { events: { $each: ['started', 'joined'] } },
              $inc: { version: 1 },
            },
          ),
        ),
      );
      expect(updates.filter(({ matchedCount }) => matchedCount === 1)).toHaveLength(1);
      expect(await collection.findOne({ _id: `${round}` })).toEqual(
        visit(`${round}`, { version: 2, status: 'active', events: ['started', 'joined'] }),
      );
    }
  });

  it('a majority write is visible to a majority read, also after an unacknowledged write', async () => {
    const db = connected(server.uriFor(), { maxPoolSize: 1 });
    await db.collection<Visit>('visits').insertOne(visit('1'), { writeConcern: { w: 0 } });
    await db.collection<Visit>('visits').insertOne(visit('2'), { writeConcern: { w: 'majority' } });
    const read = db.collection<Visit>('visits', { readConcern: { level: 'majority' } });
    expect(await read.findOne({ _id: '2' })).toEqual(visit('2'));
  });

  it('find with a projection omits excluded fields', async () => {
    const collection = visits();
    await collection.insertOne(visit('1', { events: ['created'] }));
    const found = await collection.findOne({ _id: '1' }, { projection: { events: 0 } });
    expect(found).not.toHaveProperty('events');
    expect(found).toHaveProperty('appointmentId', 'a-1');
  });

  it('find with $in, $gt, $lt and $or returns documents in the order of two fields, up to its limit', async () => {
    const collection = visits();
    await collection.insertMany([
      visit('1', { createdAt: 1000 }),
      visit('2', { createdAt: 3000, status: 'active' }),
      visit('3', { createdAt: 2000 }),
      visit('4', { createdAt: 3000 }),
      visit('5', { createdAt: 4000, status: 'ended' }),
    ]);
    const ids = async (filter: mongo.Filter<Visit>, limit = 0) =>
      (await collection.find(filter).sort({ createdAt: -1, _id: 1 }).limit(limit).toArray()).map(
        ({ _id }) => _id,
      );
    expect(await ids({}, 4)).toEqual(['5', '2', '4', '3']);
    expect(await ids({ status: { $in: ['active', 'ended'] } })).toEqual(['5', '2']);
    expect(await ids({ createdAt: { $gt: 1000, $lt: 4000 } })).toEqual(['2', '4', '3']);
    // The page after number 2, as a list that pages by its last entry queries it.
    expect(
      await ids({ $or: [{ createdAt: { $lt: 3000 } }, { createdAt: 3000, _id: { $gt: '2' } }] }, 2),
    ).toEqual(['4', '3']);
  });
});

describe.skipIf(!MongoServer.available() || process.env.TEST_MONGO_URI)('MongoServer', () => {
  it('stop and start keep data, indexes and address, and clients reconnect', async () => {
    const own = await MongoServer.start();
    onTestFinished(() => own.dispose());
    const uri = own.uriFor();
    const collection = connected(uri).collection<Visit>('visits');
    await collection.createIndex({ appointmentId: 1 }, { unique: true }, {});
    await collection.insertOne(visit('1'));
    await own.stop();
    await expect(
      connected(uri, { serverSelectionTimeoutMS: 200 }).collection('visits').findOne(),
    ).rejects.toBeInstanceOf(mongo.MongoServerSelectionError);
    await own.start();
    expect(await collection.findOne()).toEqual(visit('1'));
    await expect(collection.insertOne(visit('2', { appointmentId: 'a-1' }))).rejects.toMatchObject({
      code: 11000,
    });
  });

  it('pause leaves a command unanswered until resume', async () => {
    const own = await MongoServer.start();
    onTestFinished(() => own.dispose());
    const collection = connected(own.uriFor(), { socketTimeoutMS: 300, retryReads: false }).collection<Visit>(
      'visits',
    );
    await collection.insertOne(visit('1'));
    await own.pause();
    await expect(collection.findOne()).rejects.toBeInstanceOf(mongo.MongoNetworkTimeoutError);
    own.resume();
    expect(await collection.findOne()).toEqual(visit('1'));
  });

  it('dispose ends the process, also a paused one', async () => {
    const own = await MongoServer.start();
    const pid = own.pid!;
    await own.pause();
    await own.dispose();
    expect(isRunning(pid)).toBe(false);
    expect(own.pid).toBeUndefined();
  });

  it('the server ends with the process that started it, also with one that was killed', async () => {
    const module = new URL('../support/infra/mongo-server.ts', import.meta.url).href;
    const script = `
      const { MongoServer } = await import(${JSON.stringify(module)});
      console.log((await MongoServer.start()).pid);
      setInterval(() => {}, 1000);`;
    const tests = spawn(process.execPath, ['--input-type=module', '-e', script], {
      // Only this test can remove the data then.
      env: { ...process.env, TMPDIR: temporaryFolder() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = (await once(createInterface(tests.stdout), 'line')) as [string];
    expect(isRunning(Number(pid))).toBe(true);
    tests.kill('SIGKILL');
    await expect.poll(() => isRunning(Number(pid))).toBe(false);
  });
});
