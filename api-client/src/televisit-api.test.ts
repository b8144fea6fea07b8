import { inspect } from 'node:util';
import type { OPERATIONS } from '@televisit/shared/operations';
import type { z } from 'zod';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { TelevisitApiError } from './api-error.ts';
import { TelevisitApi, type AnalyticsRange, type SessionPageFilter } from './televisit-api.ts';
import { cut, cutHalfway, json, problem, scriptedServer, silent, text } from './testing/scripted-server.ts';
import type { TransportOptions } from './transport.ts';

const SECRET = 'a-secret-that-nobody-may-see-in-a-message';
const CREATED = {
  sessionId: 'sess_1',
  roomName: 'room_1',
  sfuNodeId: 'sfu-1',
  baseUrl: 'https://x.test/join/1',
};
const VISIT = { appointmentId: 'a', doctorId: 'd', patientId: 'p' };

const client = (url: string, options: Partial<TransportOptions> = {}) =>
  new TelevisitApi({ baseUrl: url, secret: SECRET, retryDelayMs: 1, ...options });
const failure = async (call: Promise<unknown>): Promise<TelevisitApiError> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TelevisitApiError);
  return error as TelevisitApiError;
};

describe('TelevisitApi methods', () => {
  type Operations = typeof OPERATIONS;
  type InternalId = {
    [K in keyof Operations]: Operations[K]['access'] extends 'internal' ? K : never;
  }[keyof Operations];

  it('exist for every operation of a backend', () => {
    expectTypeOf<TelevisitApi>().toExtend<Record<InternalId, (...args: never[]) => Promise<unknown>>>();
  });

  it('return the types of the contract', () => {
    type Body<K extends InternalId> = z.output<
      Extract<Operations[K]['answers'][keyof Operations[K]['answers']], { schema: z.ZodType }>['schema']
    >;
    type Answers = { [K in InternalId]: Body<K> };
    type Given = { [K in InternalId]: Awaited<ReturnType<TelevisitApi[K]>> };
    expectTypeOf<Given>().toEqualTypeOf<Answers>();
  });

  it('accept the types of the contract', () => {
    type Bodies = {
      [K in InternalId as Operations[K] extends { body: z.ZodType } ? K : never]: Operations[K] extends {
        body: infer B extends z.ZodType;
      }
        ? z.input<B>
        : never;
    };
    expectTypeOf<Parameters<TelevisitApi['createSession']>[0]>().toEqualTypeOf<Bodies['createSession']>();
    expectTypeOf<Parameters<TelevisitApi['updateSession']>[1]>().toEqualTypeOf<Bodies['updateSession']>();
    expectTypeOf<Parameters<TelevisitApi['joinSession']>[1]>().toEqualTypeOf<Bodies['joinSession']>();
    expectTypeOf<Parameters<TelevisitApi['giveFeedback']>[1]>().toEqualTypeOf<Bodies['giveFeedback']>();
    expectTypeOf<keyof SessionPageFilter>().toEqualTypeOf<
      Exclude<keyof z.input<Operations['listSessions']['query']>, 'format'>
    >();
    expectTypeOf<keyof AnalyticsRange>().toEqualTypeOf<keyof z.input<Operations['getAnalytics']['query']>>();
  });
});

describe('TelevisitApi requests', () => {
  it('carry the secret, the body and the idempotency key', async () => {
    const server = await scriptedServer(json(CREATED, 201));
    const created = await client(`${server.url}/`).createSession(VISIT, { idempotencyKey: 'key-1' });
    expect(created).toEqual(CREATED);
    expect(server.seen).toMatchObject([
      {
        method: 'POST',
        url: '/api/v1/sessions',
        body: JSON.stringify(VISIT),
        headers: {
          'x-internal-secret': SECRET,
          'idempotency-key': 'key-1',
          'content-type': 'application/json',
        },
      },
    ]);
  });

  it('keep the path prefix of baseUrl and encode ids as path segments', async () => {
    const server = await scriptedServer(json({}));
    await client(`${server.url}/video/`).removeParticipant('sess_1', 'a/b?c#d ü');
    expect(server.seen[0]?.url).toBe('/video/api/v1/sessions/sess_1/participants/a%2Fb%3Fc%23d%20%C3%BC');
  });

  it.each(['', '.', '..', '\ud800'])('fail without being sent if the id is %j', async (id) => {
    const server = await scriptedServer(json({}));
    const error = await failure(client(server.url).removeParticipant('sess_1', id));
    expect([error.code, error.status]).toEqual(['validation_failed', 0]);
    expect(server.seen).toEqual([]);
  });

  it('encode filters as query parameters', async () => {
    const server = await scriptedServer(json({ sessions: [], nextCursor: null }));
    const from = new Date('2026-01-31T08:00:00Z');
    await client(server.url).listSessions({
      status: ['live', 'ended'],
      userId: 'ü &',
      from,
      limit: 2,
      cursor: null,
    });
    await client(server.url).listSessions({ status: 'live', to: '2026-02-01T00:00:00+01:00' });
    await client(server.url).listSessions({ status: [] });
    expect(server.seen.map(({ url }) => Object.fromEntries(new URL(url, server.url).searchParams))).toEqual([
      { status: 'live,ended', userId: 'ü &', from: '2026-01-31T08:00:00.000Z', limit: '2' },
      { status: 'live', to: '2026-02-01T00:00:00+01:00' },
      {},
    ]);
  });

  it('fetch pages on demand when allSessions() is iterated', async () => {
    const page = (ids: string[], nextCursor: string | null) =>
      json({ sessions: ids.map((sessionId) => ({ sessionId })), nextCursor });
    const server = await scriptedServer(page(['1', '2'], 'c-1'), page(['3'], 'c-2'), page([], null));
    const ids: string[] = [];
    for await (const { sessionId } of client(server.url).allSessions({ limit: 2 })) {
      ids.push(sessionId);
      if (sessionId === '2') expect(server.seen).toHaveLength(1);
    }
    expect(ids).toEqual(['1', '2', '3']);
    expect(server.seen.map(({ url }) => new URL(url, server.url).searchParams.get('cursor'))).toEqual([
      null,
      'c-1',
      'c-2',
    ]);
  });

  it('return CSV and calendar files as text', async () => {
    const csv = await scriptedServer(text('a,b\r\n', 'text/csv; charset=utf-8'));
    expect(await client(csv.url).getReportCsv('sess_1')).toBe('a,b\r\n');
    const list = await scriptedServer(text('c,d\r\n', 'text/csv; charset=utf-8'));
    const filters = { status: ['ended', 'cancelled'], order: 'scheduledAt' } as const;
    expect(await client(list.url).listSessionsCsv(filters)).toBe('c,d\r\n');
    const ics = await scriptedServer(text('BEGIN:VCALENDAR', 'text/calendar; charset=utf-8'));
    expect(await client(ics.url).getCalendarFile('sess_1', { link: true })).toBe('BEGIN:VCALENDAR');
    expect(ics.seen[0]?.url).toContain('link=1');
  });

  it('use the fetch passed as an option', async () => {
    const asked: unknown[] = [];
    const own: typeof fetch = (input) => {
      asked.push(input);
      return Promise.resolve(Response.json({ sessions: [], nextCursor: null }));
    };
    await client('http://nowhere.test', { fetch: own }).listSessions();
    expect(asked).toEqual(['http://nowhere.test/api/v1/sessions']);
  });
});

describe('TelevisitApiError', () => {
  it('contains every field of the problem response', async () => {
    const errors = [{ path: 'doctorId', message: 'is missing' }];
    const server = await scriptedServer(problem(400, 'validation_failed', { errors }));
    const error = await failure(client(server.url).createSession(VISIT));
    expect(error).toMatchObject({
      status: 400,
      code: 'validation_failed',
      detail: 'validation_failed!',
      remedy: 'Do better.',
      issues: errors,
      opensAt: null,
      closedAt: null,
      retryAfter: null,
      requestId: 'r-1',
    });
    expect(error.message).toBe('validation_failed: validation_failed!');
    expect(server.seen).toHaveLength(1);
  });

  it('contains opensAt or closedAt when a visit is not open', async () => {
    const early = await scriptedServer(problem(409, 'not_open_yet', { opensAt: '2026-01-31T08:00:00.000Z' }));
    const late = await scriptedServer(problem(410, 'session_over', { closedAt: '2026-01-31T09:00:00.000Z' }));
    const person = { role: 'doctor', userId: 'd' };
    expect(await failure(client(early.url).joinSession('s', person))).toMatchObject({
      opensAt: '2026-01-31T08:00:00.000Z',
    });
    expect(await failure(client(late.url).joinSession('s', person))).toMatchObject({
      closedAt: '2026-01-31T09:00:00.000Z',
    });
  });

  it.each([
    ['a proxy’s error page', text('<h1>Forbidden</h1>', 'text/html', 403), 403],
    ['an HTML page instead of JSON', text('<h1>Hello</h1>', 'text/html'), 200],
    [
      'a problem without code and detail',
      json({ title: 'No' }, 400, { 'Content-Type': 'application/problem+json' }),
      400,
    ],
    ['a problem that is not JSON', text('oh no', 'application/problem+json', 400), 400],
    ['a response that is not JSON', text('oh no', 'application/json'), 200],
  ])('has the code unexpected_answer for %s', async (_, step, status) => {
    const server = await scriptedServer(step);
    const error = await failure(client(server.url).getSession('s'));
    expect([error.code, error.status]).toEqual(['unexpected_answer', status]);
  });

  it('is thrown on a redirect, which is not followed with the secret', async () => {
    const elsewhere = await scriptedServer(json({}));
    const server = await scriptedServer((response) =>
      response.writeHead(307, { Location: `${elsewhere.url}/api/v1/sessions` }).end(),
    );
    expect((await failure(client(server.url).listSessions())).code).toBe('network_error');
    expect(elsewhere.seen).toEqual([]);
  });

  it('never contains the secret, and neither does the client', async () => {
    const nobody = client('http://127.0.0.1:1', { retries: 0 });
    const unreachable = await failure(nobody.listSessions());
    expect(inspect(unreachable, { depth: 9, showHidden: true })).not.toContain(SECRET);
    expect(inspect(nobody, { depth: 9, showHidden: true })).not.toContain(SECRET);
    expect(JSON.stringify([unreachable, nobody])).not.toContain(SECRET);
  });

  it.each([
    [{ secret: `${SECRET}\n` + 'x' }, 'secret must be text that a header can carry.'],
    [{ secret: '' }, 'secret must be text that a header can carry.'],
    [{ baseUrl: 'nowhere' }, 'baseUrl must be an http or https address.'],
    [{ baseUrl: 'ftp://x.test' }, 'baseUrl must be an http or https address.'],
    [{ baseUrl: `http://user:${SECRET}@x.test` }, 'baseUrl can’t hold a name or a password.'],
  ])('does not quote invalid options: a TypeError is thrown instead (%#)', (options, message) => {
    expect(() => client('http://x.test', options)).toThrow(new TypeError(message));
  });
});

describe('retries', () => {
  const busy = problem(503, 'store_unavailable');
  const again = json({ sessionId: 'sess_1' });

  it.each([
    ['a closed connection', cut],
    ['a truncated response', cutHalfway],
    ['502 from a proxy', text('Bad gateway', 'text/html', 502)],
    ['503', busy],
    ['504 from a proxy', text('Gateway timeout', 'text/html', 504)],
    ['429', problem(429, 'too_many_requests')],
  ])('happen at most twice after %s', async (_, step) => {
    const server = await scriptedServer(step, step, again);
    expect(await client(server.url).getSession('sess_1')).toEqual({ sessionId: 'sess_1' });
    expect(server.seen).toHaveLength(3);
    const gone = await scriptedServer(step);
    await failure(client(gone.url).getSession('sess_1'));
    expect(gone.seen).toHaveLength(3);
  });

  it.each<[string, (api: TelevisitApi) => Promise<unknown>]>([
    ['createSession', (api) => api.createSession(VISIT)],
    ['updateSession', (api) => api.updateSession('s', { title: 'New' })],
    ['startSession', (api) => api.startSession('s')],
    ['endSession', (api) => api.endSession('s')],
    ['cancelSession', (api) => api.cancelSession('s')],
    ['joinSession', (api) => api.joinSession('s', { role: 'doctor', userId: 'd' })],
    ['removeParticipant', (api) => api.removeParticipant('s', 'u')],
    ['eraseUser', (api) => api.eraseUser('u')],
  ])('send the same request again for %s', async (_, call) => {
    const server = await scriptedServer(cut, again);
    await call(client(server.url));
    expect(server.seen).toHaveLength(2);
    const [first, second] = server.seen;
    expect(second).toMatchObject({ method: first?.method, url: first?.url, body: first?.body });
  });

  it('happen for giveFeedback() only after 429, because other failures may have stored it', async () => {
    const feedback = { userId: 'u', rating: 5 };
    for (const step of [cut, cutHalfway, busy]) {
      const server = await scriptedServer(step, again);
      await failure(client(server.url).giveFeedback('s', feedback));
      expect(server.seen).toHaveLength(1);
    }
    const limited = await scriptedServer(problem(429, 'too_many_requests'), again);
    await client(limited.url).giveFeedback('s', feedback);
    expect(limited.seen).toHaveLength(2);
  });

  it.each([400, 401, 403, 404, 409, 410, 422, 500])('do not happen after %i', async (status) => {
    const server = await scriptedServer(problem(status, 'whatever'), again);
    expect((await failure(client(server.url).getSession('s'))).status).toBe(status);
    expect(server.seen).toHaveLength(1);
  });

  it('do not happen when retries is 0', async () => {
    const server = await scriptedServer(busy, again);
    await failure(client(server.url, { retries: 0 }).getSession('s'));
    expect(server.seen).toHaveLength(1);
  });

  it('wait for the time in Retry-After, given in seconds or as a date', async () => {
    const at = new Date(Date.now() + 1500).toUTCString();
    for (const [retryAfter, least] of [
      ['1', 990],
      [at, 1],
    ] as const) {
      const server = await scriptedServer(
        problem(429, 'too_many_requests', {}, { 'Retry-After': retryAfter }),
        again,
      );
      const began = performance.now();
      await client(server.url).getSession('s');
      expect(performance.now() - began).toBeGreaterThan(least);
    }
  });

  it('do not happen when Retry-After exceeds 30 seconds', async () => {
    const server = await scriptedServer(
      problem(503, 'store_unavailable', {}, { 'Retry-After': '31' }),
      again,
    );
    expect((await failure(client(server.url).getSession('s'))).retryAfter).toBe(31);
    expect(server.seen).toHaveLength(1);
  });
});

describe('time limits', () => {
  it('apply to each attempt', async () => {
    // Long enough for a busy machine to answer within one of the attempts that follow.
    const server = await scriptedServer(silent, json({ sessionId: 'sess_1' }));
    const api = client(server.url, { timeoutMs: 1000 });
    expect(await api.getSession('sess_1')).toEqual({ sessionId: 'sess_1' });
    const never = await scriptedServer(silent);
    // On a busy machine, an attempt may end before the server has seen it.
    let attempts = 0;
    const counted: typeof fetch = (...request) => ((attempts += 1), fetch(...request));
    const error = await failure(client(never.url, { timeoutMs: 20, fetch: counted }).getSession('s'));
    expect([error.code, error.status]).toEqual(['timeout', 0]);
    expect(attempts).toBe(3);
  });

  it('end early when the signal is aborted, during an attempt and between two', async () => {
    const never = await scriptedServer(silent);
    const during = new AbortController();
    const call = client(never.url).getSession('s', { signal: during.signal });
    await expect.poll(() => never.seen.length).toBe(1);
    during.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');

    const busy = await scriptedServer(problem(503, 'store_unavailable', {}, { 'Retry-After': '20' }));
    const between = new AbortController();
    const waiting = client(busy.url).getSession('s', { signal: between.signal });
    await expect.poll(() => busy.seen.length).toBe(1);
    setTimeout(() => between.abort(new Error('enough')), 20);
    await expect(waiting).rejects.toThrow('enough');
    await expect(client(busy.url).getSession('s', { signal: between.signal })).rejects.toThrow('enough');
    expect(busy.seen).toHaveLength(1);
  });
});
