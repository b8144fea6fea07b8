import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchBootstrap } from './bootstrap.ts';
import { FakeServer } from './testing/fake-server.ts';

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

describe('fetchBootstrap', () => {
  it('with a good token returns what the server says', async () => {
    const { visit } = await ask();
    expect(visit.self).toMatchObject({ userId: 'me', role: 'doctor' });
  });

  it('tells how far the server’s clock is ahead', async () => {
    const answer = new Response(JSON.stringify(server.bootstrap), {
      headers: { Date: 'Thu, 01 Jan 2026 10:00:30 GMT' },
    });
    const { clockOffset } = await ask({
      fetch: () => Promise.resolve(answer),
      now: () => Date.parse('2026-01-01T10:00:00Z'),
    });
    expect(clockOffset).toBe(30_000);
  });

  it('sends the token in the header and never in the address', async () => {
    let address = '';
    let headers = new Headers();
    await ask({
      fetch: (url, init) => {
        address = url as string;
        headers = new Headers(init?.headers);
        return Promise.resolve(new Response(JSON.stringify(server.bootstrap)));
      },
    });
    expect(headers.get('authorization')).toBe('Bearer abc');
    expect(address).not.toContain('abc');
  });

  it('refused with a problem throws its code', async () => {
    server.problem = { status: 401, code: 'token_expired' };
    await expect(ask()).rejects.toMatchObject({ code: 'token_expired' });
  });

  it.each([
    [502, 'unreachable'],
    [503, 'unreachable'],
    [500, 'internal_error'],
    [404, 'internal_error'],
  ])('answered by a proxy with %i throws %s', async (status, code) => {
    server.problem = { status, code: null };
    await expect(ask()).rejects.toMatchObject({ code });
  });

  it('answered with something that is no bootstrap throws internal_error', async () => {
    await expect(ask({ fetch: () => Promise.resolve(new Response('[]')) })).rejects.toMatchObject({
      code: 'internal_error',
    });
  });

  it('with nobody at the address throws unreachable', async () => {
    await expect(ask({ baseUrl: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('aborted throws closed', async () => {
    await expect(ask({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'closed' });
  });
});
