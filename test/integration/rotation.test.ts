import { TelevisitApi } from '@televisit/api-client';
import { afterEach, describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';
import type { ServerProcess } from '../support/infra/server-process.ts';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';

const OLD = {
  internal: 'old-internal-secret-0123456789abcdef',
  token: 'old-video-jwt-secret-0123456789abcdef',
};
const NEW = {
  internal: 'new-internal-secret-0123456789abcdef',
  token: 'new-video-jwt-secret-0123456789abcdef',
};

const dataDir = makeTemporaryFolder();
let server: ServerProcess | undefined;

/** Restarts the server with other secrets on the same data, as an operator does. */
async function restart(env: Record<string, string>): Promise<string> {
  await server?.close();
  const settings = { DATA_DIR: dataDir, WORKERS: '1', LOG_LEVEL: 'warn', ...env };
  server = await startServer({ process: 'server', env: settings, closedBy: 'caller' });
  return server.url;
}

afterEach(async () => {
  await server?.close();
  removeFolder(dataDir);
});

describe('rotating both secrets', () => {
  it('rotating the secrets step by step refuses neither backends nor participants with older links', async () => {
    const seat = { role: 'patient', userId: 'patient' };
    let url = await restart({ INTERNAL_SECRET: OLD.internal, VIDEO_JWT_SECRET: OLD.token });
    const before = new TelevisitApi({ baseUrl: url, secret: OLD.internal });
    const { sessionId } = await before.createSession({
      appointmentId: 'a',
      doctorId: 'doctor',
      patientId: 'patient',
    });
    const oldLink = (await before.joinSession(sessionId, seat)).joinUrl;
    const oldFeed = new URL((await before.getCalendarLink('patient')).url);

    // 1. The server accepts both secrets and signs with the new one.
    url = await restart({
      INTERNAL_SECRET: NEW.internal,
      INTERNAL_SECRET_PREVIOUS: OLD.internal,
      VIDEO_JWT_SECRET: NEW.token,
      VIDEO_JWT_SECRET_PREVIOUS: OLD.token,
    });
    for (const secret of [OLD.internal, NEW.internal]) {
      const api = new TelevisitApi({ baseUrl: url, secret });
      expect((await api.getSession(sessionId)).sessionId).toBe(sessionId);
    }
    const api = new TelevisitApi({ baseUrl: url, secret: NEW.internal });
    const newLink = (await api.joinSession(sessionId, seat)).joinUrl;
    for (const link of [oldLink, newLink]) {
      const participant = await ProtocolClient.connectWith(url, tokenOf(link), sessionId);
      participant.socket.disconnect();
    }
    expect((await fetch(url + oldFeed.pathname + oldFeed.search)).status).toBe(200);
    const keys = (await api.getAudit(sessionId)).entries.map(({ actor }) => actor.keyId);
    expect(new Set(keys).size).toBe(2);

    // 2. After the last old link has expired the old secrets are removed.
    url = await restart({ INTERNAL_SECRET: NEW.internal, VIDEO_JWT_SECRET: NEW.token });
    await expect(
      new TelevisitApi({ baseUrl: url, secret: OLD.internal }).getSession(sessionId),
    ).rejects.toMatchObject({ status: 401 });
    await expect(ProtocolClient.connectWith(url, tokenOf(oldLink), sessionId)).rejects.toMatchObject({
      code: 'token_signature',
    });
    const participant = await ProtocolClient.connectWith(url, tokenOf(newLink), sessionId);
    participant.socket.disconnect();
  });
});
