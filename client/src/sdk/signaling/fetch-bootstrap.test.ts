import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeServer } from '../testing/fake-server.ts';
import { fetchBootstrap } from './visit-request.ts';

let server: FakeServer;
beforeAll(async () => (server = await FakeServer.start()));
afterAll(() => server.close());
beforeEach(() => (server.problem = null));

const ask = (change: Partial<Parameters<typeof fetchBootstrap>[0]> = {}) =>
  fetchBootstrap({
    baseUrl: server.url,
    sessionId: 'sess_1',
    token: 'abc',
    signal: new AbortController().signal,
    ...change,
  });

describe('fetchBootstrap()', () => {
  it('returns the visit for a valid token', async () => {
    const { visit } = await ask();
    expect(visit).toMatchObject({
      session: { durationMinutes: 30, options: { waitingRoom: 'off' } },
      self: { userId: 'me', role: 'doctor' },
    });
  });

  it('throws the code of a problem', async () => {
    server.problem = { status: 404, code: 'session_not_found' };
    await expect(ask()).rejects.toMatchObject({ code: 'session_not_found' });
  });

  it('throws internal_error when the answer is not a bootstrap', async () => {
    await expect(ask({ fetch: () => Promise.resolve(new Response('[]')) })).rejects.toMatchObject({
      code: 'internal_error',
    });
  });
});
