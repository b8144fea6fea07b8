import { cpSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { ServerProcess } from '../support/infra/server-process.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

async function serverOn(env: Record<string, string>): Promise<ServerProcess> {
  const server = new ServerProcess({ env });
  onTestFinished(() => server.close());
  await server.listening();
  return server;
}

it('SIGUSR2 copies the database while sessions are created, and another server starts with the copy', async () => {
  const dataDir = temporaryFolder();
  const server = await serverOn({ DATA_DIR: dataDir });
  const before = await server.backend.createVisit('before');
  const copy = join(dataDir, 'backup', 'televisit.db');

  const state = { isDone: false };
  const creating = (async () => {
    while (!state.isDone) await server.backend.createVisit();
  })();
  server.kill('SIGUSR2');
  await expect.poll(() => server.output).toContain('copied the database');
  state.isDone = true;
  await creating;

  expect(readdirSync(join(dataDir, 'backup'))).toEqual(['televisit.db']);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  const restored = temporaryFolder();
  cpSync(copy, join(restored, 'televisit.db'));
  const other = await serverOn({ DATA_DIR: restored });
  expect(await other.backend.api.getSession(before.sessionId)).toMatchObject({ sessionId: before.sessionId });
  // The first one continues.
  await server.backend.createVisit();
});

it('SIGUSR2 says in the log that the copy failed, keeps the previous one, and the server continues', async () => {
  const dataDir = temporaryFolder();
  const server = await serverOn({ DATA_DIR: dataDir });
  // A file where the folder should be.
  writeFileSync(join(dataDir, 'backup'), 'no folder');
  server.kill('SIGUSR2');
  await expect.poll(() => server.output).toContain('failed to copy the database');
  await server.backend.createVisit();
});

it.skipIf(!MongoServer.available())(
  'SIGUSR2 copies nothing if the sessions are in MongoDB, and says so',
  async () => {
    const mongo = await MongoServer.start();
    onTestFinished(() => mongo.dispose());
    const dataDir = temporaryFolder();
    const server = await serverOn({ DATA_DIR: dataDir, MONGO_URI: mongo.uriFor() });
    server.kill('SIGUSR2');
    await expect.poll(() => server.output).toContain('back it up with its own tools');
    expect(existsSync(join(dataDir, 'backup'))).toBe(false);
  },
);
