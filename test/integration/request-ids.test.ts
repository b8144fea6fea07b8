import { io } from 'socket.io-client';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tokenOf } from '../support/clients/backend.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable, RedisServer } from '../support/infra/redis-server.ts';
import type { ServerProcess } from '../support/infra/server-process.ts';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { until } from '../support/infra/until.ts';

interface LogLine {
  readonly msg: string;
  readonly requestId?: string;
}

const UUID = /^[\da-f]{8}-[\da-f-]{27}$/;

/** Returns the messages in the log of a server that belong to a request. */
function messagesOf({ output }: ServerProcess, requestId: string): string[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return lines
    .map((line) => JSON.parse(line) as LogLine)
    .filter((line) => line.requestId === requestId)
    .map(({ msg }) => msg);
}

/** Opens a signaling connection whose handshake has an id; closed after the test. */
function connected(url: string, joinUrl: string, requestId: string): Promise<void> {
  const sessionId = new URL(joinUrl).pathname.split('/').at(-1) ?? '';
  const socket = io(url, {
    path: SIGNALING_PATH,
    transports: ['websocket'],
    auth: { token: tokenOf(joinUrl), sessionId },
    query: { session: sessionId },
    extraHeaders: { 'X-Request-Id': requestId },
    forceNew: true,
    reconnection: false,
  });
  onTestFinished(() => void socket.disconnect());
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
}

describe('X-Request-Id', () => {
  it('a response and its log have the id that a proxy sent', async () => {
    const server = await startServer({ process: 'server', env: { LOG_LEVEL: 'debug' } });
    const id = 'edge-7f3a.0001';
    const response = await fetch(`${server.url}/sessions/sess_00000000`, {
      headers: { 'X-Internal-Secret': INTERNAL_SECRET, 'X-Request-Id': id },
    });
    expect(response.headers.get('x-request-id')).toBe(id);
    expect(await response.json()).toMatchObject({ instance: `urn:televisit:request:${id}` });
    await until('the refusal is logged', () => messagesOf(server, id).includes('request refused'));
  });

  it.each(['short', 'has a space in it', '"quoted"-12345', 'x'.repeat(65), '<script>alert(1)</script>'])(
    'a response has an id of its own when the request has %j',
    async (given) => {
      const server = await startServer();
      const response = await fetch(`${server.url}/sessions/sess_00000000`, {
        headers: { 'X-Request-Id': given },
      });
      const id = response.headers.get('x-request-id') ?? '';
      expect(id).toMatch(UUID);
      expect(await response.json()).toMatchObject({ instance: `urn:uuid:${id}` });
    },
  );

  it.skipIf(!MongoServer.available() || !redisAvailable('request ids across servers'))(
    'a request has one id on every server that it reaches, over signaling and the bus',
    async () => {
      const [mongo, redis] = [await MongoServer.start(), await RedisServer.start()];
      onTestFinished(() => mongo.dispose());
      const shared = { MONGO_URI: mongo.uriFor(), REDIS_URL: redis.url, WORKERS: '1', LOG_LEVEL: 'debug' };
      const start = (nodes: string) =>
        startServer({ process: 'server', env: { ...shared, SFU_NODES: nodes } });
      const [media, api] = await Promise.all([start('sfu-1'), start('')]);
      await until('the servers know each other', async () => {
        const { nodes } = await api.backend.api.listNodes();
        return nodes.some(({ state, url }) => state === 'ready' && url !== '');
      });

      const { sessionId } = await api.backend.createVisit();
      await connected(api.url, await api.backend.joinUrl(sessionId, 'doctor'), 'edge-connect-1');
      await until('the connection is logged', () =>
        messagesOf(media, 'edge-connect-1').includes('connected'),
      );
      expect(messagesOf(api, 'edge-connect-1')).toEqual(['forwarded a signaling connection']);

      await fetch(`${api.url}/sessions/${sessionId}/end`, {
        method: 'POST',
        headers: { 'X-Internal-Secret': INTERNAL_SECRET, 'X-Request-Id': 'backend-end-1' },
      });
      await until('the other server closes the room', () =>
        messagesOf(media, 'backend-end-1').includes('room closed'),
      );
      expect(messagesOf(media, 'edge-connect-1')).not.toContain('room closed');
    },
  );
});
