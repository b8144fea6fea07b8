import { MongoStore } from '@televisit/server/store/mongo/mongo-store';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { afterAll, beforeAll, describe } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { notificationStoreContract } from './notification-store.ts';

notificationStoreContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder)), together: false };
});

describe.skipIf(!MongoServer.available())('MongoStore', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  notificationStoreContract('a MongoDB', () => {
    const uri = mongo.uriFor();
    return { open: () => MongoStore.open(uri), together: true };
  });
});
