import { recordingStoreContract } from '@televisit/server/features/recording/testing/recording-store-contract';
import { MONGO_STORES, SQLITE_STORES } from '@televisit/server/features/stores';
import { MongoStore } from '@televisit/server/store/mongo/mongo-store';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { afterAll, beforeAll, describe } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

recordingStoreContract('SQLite', () => {
  const folder = temporaryFolder();
  return { open: () => Promise.resolve(SqliteStore.open(folder, SQLITE_STORES)), together: false };
});

describe.skipIf(!MongoServer.available())('MongoStore', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  recordingStoreContract('a MongoDB', () => {
    const uri = mongo.uriFor();
    return { open: () => MongoStore.open(uri, MONGO_STORES), together: true };
  });
});
