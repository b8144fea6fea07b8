import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badTokens } from '../support/abuse/bad-tokens.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';
import type { TestServer } from '../support/infra/test-server.ts';

let server: TestServer;
let sessionId: string;
let token: string;

beforeAll(async () => {
  server = await startServer({ closedBy: 'caller' });
  ({ sessionId } = await server.createVisit());
  token = tokenOf(await server.joinUrl(sessionId, 'patient'));
});
afterAll(() => server.close());

const cases: [string, () => string, string][] = badTokens(() => token).map(({ name, make, code }) => [
  name,
  make,
  code,
]);

describe('a token with', () => {
  it.each(cases)('a token with %s is refused over HTTP with its code', async (_, make, code) => {
    const headers = { Authorization: `Bearer ${make()}` };
    const answer = await server.call('GET', `/api/v1/visits/${sessionId}`, undefined, headers);
    expect([answer.status, answer.body.code]).toEqual([401, code]);
  });

  it.each(cases)('a token with %s is refused at the socket with its code', async (_, make, code) => {
    await expect(ProtocolClient.connectWith(server, make(), sessionId)).rejects.toMatchObject({ code });
  });
});

describe('a valid token', () => {
  it('a valid token opens its own session only', async () => {
    const other = await server.createVisit();
    const headers = { Authorization: `Bearer ${token}` };
    expect((await server.call('GET', `/api/v1/visits/${sessionId}`, undefined, headers)).status).toBe(200);
    const refused = await server.call('GET', `/api/v1/visits/${other.sessionId}`, undefined, headers);
    expect([refused.status, refused.body.code]).toEqual([401, 'token_wrong_session']);
    await expect(ProtocolClient.connectWith(server, token, other.sessionId)).rejects.toMatchObject({
      code: 'token_wrong_session',
    });
  });

  it('a valid token returns what the page prepares with: capabilities without rotation, permissions, ICE servers', async () => {
    const participant = await ProtocolClient.connectWith(server, token, sessionId);
    const bootstrap = await participant.bootstrap();
    participant.socket.disconnect();
    expect(bootstrap.self).toEqual({
      userId: 'patient',
      role: 'patient',
      displayName: null,
      permissions: ['publish', 'subscribe'],
    });
    expect(bootstrap.iceServers).toEqual([]);
    const capabilities = JSON.stringify(bootstrap.rtpCapabilities);
    expect(capabilities).not.toContain('video-orientation');
    for (const codec of ['audio/opus', 'video/VP8', 'video/H264']) expect(capabilities).toContain(codec);
  });

  it('a valid token does not open the backend’s API', async () => {
    const headers = { Authorization: `Bearer ${token}`, 'X-Internal-Secret': token };
    expect((await server.call('POST', '/sessions', {}, headers)).status).toBe(401);
  });
});

describe('a socket from another page', () => {
  const connectFrom = async (origin: string) => {
    const socket = io(server.url, {
      path: SIGNALING_PATH,
      transports: ['websocket'],
      auth: { token, sessionId },
      extraHeaders: { Origin: origin },
      reconnection: false,
      forceNew: true,
    });
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('connect_error', () => resolve(false));
    });
    socket.disconnect();
    return connected;
  };

  it.each(['https://evil.test', 'null', 'http://127.0.0.1:1'])(
    'a socket of another origin (%s) is refused',
    async (origin) => {
      expect(await connectFrom(origin)).toBe(false);
    },
  );

  it('a socket of the server’s own page is accepted', async () =>
    expect(await connectFrom(server.url)).toBe(true));
});
