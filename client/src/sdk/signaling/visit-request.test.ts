import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeServer } from '../testing/fake-server.ts';
import { callVisit, type VisitRequest } from './visit-request.ts';

let server: FakeServer;
beforeAll(async () => (server = await FakeServer.start()));
afterAll(() => server.close());
beforeEach(() => {
  server.problem = null;
  server.clockOffset = 0;
});

const request = (change: Partial<VisitRequest> = {}): VisitRequest => ({
  baseUrl: server.url,
  sessionId: 'sess_1',
  token: 'abc',
  signal: new AbortController().signal,
  ...change,
});
const ask = (change: Partial<VisitRequest> = {}) => callVisit(request(change), '');

/** Returns the request that a call would send. */
async function sent(path: '' | '/feedback', body?: object): Promise<Request> {
  let seen = new Request('http://nobody');
  const capture: typeof fetch = (url, init) => {
    seen = new Request(url, init);
    return Promise.resolve(new Response('{}'));
  };
  await callVisit(request({ fetch: capture }), path, body);
  return seen;
}

describe('callVisit()', () => {
  it('sends the token in a header and never in the address', async () => {
    const { url, method, headers } = await sent('');
    expect(headers.get('authorization')).toBe('Bearer abc');
    expect(url).toBe(`${server.url}/api/v1/visits/sess_1`);
    expect(method).toBe('GET');
  });

  it('posts a body as JSON that arrives even after the page is closed', async () => {
    const post = await sent('/feedback', { rating: 4 });
    expect(post).toMatchObject({ method: 'POST', keepalive: true });
    expect(post.url).toBe(`${server.url}/api/v1/visits/sess_1/feedback`);
    expect(post.headers.get('content-type')).toBe('application/json');
    expect(await post.json()).toEqual({ rating: 4 });
  });

  it('returns how far the server’s clock is ahead', async () => {
    const answer = new Response('{}', { headers: { Date: 'Thu, 01 Jan 2026 10:00:30 GMT' } });
    const { clockOffset } = await ask({
      fetch: () => Promise.resolve(answer),
      now: () => Date.parse('2026-01-01T10:00:00Z'),
    });
    expect(clockOffset).toBe(30_000);
  });

  it('throws the code of a problem', async () => {
    server.problem = { status: 401, code: 'token_expired' };
    await expect(ask()).rejects.toMatchObject({ code: 'token_expired', opensAt: null, closedAt: null });
  });

  it('throws the opening time and the clock offset before the visit opens', async () => {
    server.problem = { status: 409, code: 'not_open_yet', opensAt: '2026-01-01T10:00:00.000Z' };
    server.clockOffset = 3_600_000;
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'not_open_yet', opensAt: Date.UTC(2026, 0, 1, 10) });
    const { clockOffset } = error as { clockOffset: number };
    // The header counts whole seconds, and the answer takes time.
    expect(clockOffset).toBeLessThanOrEqual(3_600_000);
    expect(clockOffset).toBeGreaterThan(3_590_000);
  });

  it('throws the closing time after the visit', async () => {
    server.problem = { status: 410, code: 'session_over', closedAt: '2026-01-01T11:00:00.000Z' };
    await expect(ask()).rejects.toMatchObject({ code: 'session_over', closedAt: Date.UTC(2026, 0, 1, 11) });
  });

  it.each([
    [7, 7],
    [undefined, null],
  ])('throws Retry-After %s as %s seconds', async (retryAfter, seconds) => {
    server.problem = { status: 503, code: 'no_capacity', ...(retryAfter !== undefined && { retryAfter }) };
    await expect(ask()).rejects.toMatchObject({ code: 'no_capacity', retryAfter: seconds });
  });

  it('throws no time when it is invalid', async () => {
    server.problem = { status: 409, code: 'not_open_yet', opensAt: 'soon' };
    await expect(ask()).rejects.toMatchObject({ opensAt: null });
  });

  it.each([
    [502, 'unreachable'],
    [503, 'unreachable'],
    [500, 'internal_error'],
    [404, 'internal_error'],
  ])('maps a proxy’s %i to %s', async (status, code) => {
    server.problem = { status, code: null };
    await expect(ask()).rejects.toMatchObject({ code });
  });

  it('throws unreachable without a server', async () => {
    await expect(ask({ baseUrl: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('throws closed when aborted', async () => {
    await expect(ask({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'closed' });
  });

  it('throws unreachable when it times out', async () => {
    const signal = AbortSignal.abort(new DOMException('too long', 'TimeoutError'));
    await expect(ask({ signal })).rejects.toMatchObject({ code: 'unreachable' });
  });
});
