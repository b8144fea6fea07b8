import { MongoStore } from '@televisit/server/store/mongo/mongo-store';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { afterAll, beforeAll, describe } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { consoleLoginsContract } from './console-logins.ts';
import { observationsContract } from './observations.ts';

for (const contract of [consoleLoginsContract, observationsContract]) {
  contract('SQLite', () => {
    const folder = temporaryFolder();
    return { open: () => Promise.resolve(SqliteStore.open(folder)) };
  });
}

describe.skipIf(!MongoServer.available())('MongoStore', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  for (const contract of [consoleLoginsContract, observationsContract]) {
    contract('a MongoDB', () => {
      const uri = mongo.uriFor();
      return { open: () => MongoStore.open(uri) };
    });
  }
});
