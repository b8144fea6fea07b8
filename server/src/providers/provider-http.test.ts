import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock, type Clock } from '../core/clock.ts';
import { ProviderError } from './provider-error.ts';
import { ProviderHttp, retryAfter, type ProviderRequest, type ProviderResponse } from './provider-http.ts';

/** Waits between attempts take no time; deadlines do. */
const impatient: Clock = {
  now: () => systemClock.now(),
  after: (ms, task) => systemClock.after(ms < 3000 ? 0 : ms, task),
};

type Handler = (response: ServerResponse, request: IncomingMessage) => void;

/** Starts a server that answers with one handler after the other, the last one again and again. */
async function serverOf(...handlers: Handler[]) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push(
        `${request.method} ${request.headers['content-type'] ?? '-'} ${Buffer.concat(chunks).toString()}`,
      );
      handlers[Math.min(seen.length, handlers.length) - 1]?.(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/meetings`;
  const http = new ProviderHttp({ name: 'Example', clock: impatient });
  const call = (request: Partial<ProviderRequest> = {}) =>
    http.call({ method: 'GET', url, signal: new AbortController().signal, ...request });
  return { call, seen };
}

const answer =
  (status: number, body = '', headers: Record<string, string> = {}): Handler =>
  (response) =>
    response.writeHead(status, headers).end(body);
const ok = answer(200, '{"id":1}');

describe('ProviderHttp.call', () => {
  it('sends JSON and returns status and parsed JSON', async () => {
    const { call, seen } = await serverOf(answer(201, '{"id":1}'));
    expect(await call({ method: 'POST', json: { topic: 'Grüße' } })).toMatchObject({
      status: 201,
      body: { id: 1 },
    });
    expect(seen).toEqual(['POST application/json {"topic":"Grüße"}']);
  });

  it('sends forms', async () => {
    const { call, seen } = await serverOf(ok);
    await call({ method: 'POST', form: { grant_type: 'a b' } });
    expect(seen).toEqual(['POST application/x-www-form-urlencoded grant_type=a+b']);
  });

  it('returns a body that is not JSON as text, and an empty one as null', async () => {
    const { call } = await serverOf(answer(400, '<error/>'), answer(204));
    expect((await call()).body).toBe('<error/>');
    expect((await call()).body).toBeNull();
  });

  it.each([408, 429, 500, 502, 503])('repeats a GET after %i', async (status) => {
    const { call, seen } = await serverOf(answer(status), answer(status), ok);
    expect((await call()).status).toBe(200);
    expect(seen).toHaveLength(3);
  });

  it('gives up after three attempts', async () => {
    const { call, seen } = await serverOf(answer(500));
    await expect(call()).rejects.toMatchObject({ kind: 'unavailable', code: '500', isTemporary: true });
    expect(seen).toHaveLength(3);
  });

  it.each([302, 400, 401, 403, 404, 409])('returns %i without a retry', async (status) => {
    const { call, seen } = await serverOf(answer(status, '', { location: 'http://127.0.0.1:1/' }));
    expect((await call()).status).toBe(status);
    expect(seen).toHaveLength(1);
  });

  it('does not repeat a POST that may have taken effect', async () => {
    const { call, seen } = await serverOf((response) => response.destroy());
    await expect(call({ method: 'POST', json: {} })).rejects.toMatchObject({ kind: 'unavailable' });
    expect(seen).toHaveLength(1);
  });

  it.each([429, 503])('repeats a POST after %i, which says that it was not handled', async (status) => {
    const { call, seen } = await serverOf(answer(status), ok);
    expect((await call({ method: 'POST', json: {} })).status).toBe(200);
    expect(seen).toHaveLength(2);
  });

  it('repeats an answer that the caller calls temporary', async () => {
    const { call } = await serverOf(answer(403, '"rateLimitExceeded"'), ok);
    const isTemporary = (status: number, body: unknown) => status === 403 && body === 'rateLimitExceeded';
    expect((await call({ isTemporary })).status).toBe(200);
  });

  it('does not wait for a limit that lasts long', async () => {
    const { call, seen } = await serverOf(answer(429, '', { 'retry-after': '3600' }));
    await expect(call()).rejects.toMatchObject({ kind: 'limited', retryAfterMs: 3_600_000 });
    expect(seen).toHaveLength(1);
  });

  it('takes the wait from the caller if a 429 has no Retry-After', async () => {
    const { call, seen } = await serverOf(answer(429, '"daily"'));
    const limitedFor = ({ body }: ProviderResponse) => (body === 'daily' ? 7_200_000 : null);
    await expect(call({ limitedFor })).rejects.toMatchObject({ kind: 'limited', retryAfterMs: 7_200_000 });
    expect(seen).toHaveLength(1);
  });

  it('fails with unavailable if nothing listens', async () => {
    const { call } = await serverOf(ok);
    await expect(call({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('fails with unavailable if the answer does not come in time', async () => {
    const { url } = await silent();
    const http = new ProviderHttp({ name: 'Example', clock: systemClock, timeoutMs: 50 });
    const waiting = http.call({ method: 'POST', url, signal: new AbortController().signal });
    await expect(waiting).rejects.toThrow('Example did not answer within 50 ms');
  });

  it('ends when the signal aborts', async () => {
    const { url } = await silent();
    const stop = new AbortController();
    const http = new ProviderHttp({ name: 'Example', clock: systemClock });
    const waiting = http.call({ method: 'GET', url, signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toBeInstanceOf(ProviderError);
  });
});

/** Starts a server that never answers. */
async function silent() {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

describe('retryAfter', () => {
  const now = Date.UTC(2026, 0, 5, 9, 0, 0);
  it.each([
    ['12', 12_000],
    ['Mon, 05 Jan 2026 09:00:30 GMT', 30_000],
    ['2026-01-06T00:00:00Z', 54_000_000],
    ['2020-01-01T00:00:00Z', 0],
    ['soon', null],
  ])('reads %s', (value, expected) => {
    expect(retryAfter(new Headers({ 'retry-after': value }), now)).toBe(expected);
  });
});
