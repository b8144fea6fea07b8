import { ANY_TYPE } from '@televisit/shared/features/chat';
import { feature, merge, type OperationContract } from '@televisit/shared/core/contract';
import { instant, personParams, sessionParams } from '@televisit/shared/core/fields';
import { commaList, cursor, pageSize } from '@televisit/shared/core/queries';
import { z } from 'zod';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { clientClass, type CallOptions, type Instant } from './api-calls.ts';
import { routesOf, type MethodsOf, type TypesOf } from './derive.ts';
import { ROUTES } from './operations.ts';
import { cut, json, scriptedServer, text } from './testing/scripted-server.ts';

const pollView = z.strictObject({ pollId: z.string(), question: z.string() });
const pollList = z.strictObject({ polls: z.array(pollView), nextCursor: z.string().nullable() });
const flag = z.enum(['0', '1', 'false', 'true']);
const about = { tag: 'Polls', summary: 'A poll', errors: [] } as const;
const answer = <S extends z.ZodType>(schema: S) => ({ 200: { description: 'It', schema } });

/** A feature as a contributor would declare it, without a word of it in the client. */
const polls = feature({
  name: 'polls',
  operations: {
    listPolls: {
      ...about,
      method: 'get',
      path: '/sessions/{sessionId}/polls',
      access: 'internal',
      params: sessionParams,
      query: z.strictObject({ open: flag.optional(), since: instant.optional() }),
      answers: answer(pollList),
    },
    searchPolls: {
      ...about,
      method: 'get',
      path: '/polls',
      access: 'internal',
      query: z.strictObject({
        state: commaList(['open', 'closed'] as const).optional(),
        to: instant,
        limit: pageSize,
        cursor,
      }),
      answers: answer(pollList),
    },
    createPoll: {
      ...about,
      method: 'post',
      path: '/api/v1/sessions/{sessionId}/participants/{userId}/polls',
      access: 'internal',
      params: personParams,
      headers: z.object({ 'poll-key': z.string().optional() }),
      body: z.strictObject({ question: z.string() }),
      answers: answer(pollView),
    },
    closePolls: {
      ...about,
      method: 'post',
      path: '/polls/close',
      access: 'internal',
      repeatable: true,
      body: z.strictObject({ reason: z.string().optional() }),
      answers: answer(z.null()),
    },
    getPollChart: {
      ...about,
      method: 'get',
      path: '/polls/{pollId}/chart',
      access: 'internal',
      params: z.object({ pollId: z.string() }),
      answers: answer(z.custom<Uint8Array>().meta({ mediaType: ANY_TYPE })),
    },
    vote: {
      ...about,
      method: 'post',
      path: '/visits/{sessionId}/votes',
      access: 'join_token',
      params: sessionParams,
      answers: answer(z.null()),
    },
  },
});
const operations = merge([polls], 'operations');
type Operations = typeof operations;
type Methods = MethodsOf<Operations>;
type PollList = z.output<typeof pollList>;
type PollView = z.output<typeof pollView>;

const PollsApi = clientClass<Methods>(routesOf(operations));
const client = (baseUrl: string) => new PollsApi({ baseUrl, secret: 'x', retryDelayMs: 1 });

describe('methods derived from a contract', () => {
  it('exist for operations with internal access only', () => {
    type Names = 'listPolls' | 'searchPolls' | 'createPoll' | 'closePolls' | 'getPollChart';
    expectTypeOf<keyof Methods>().toEqualTypeOf<Names>();
    const api = client('http://127.0.0.1:1');
    expect(Object.keys(Object.getOwnPropertyDescriptors(PollsApi.prototype))).toEqual([
      'constructor',
      'listPolls',
      'searchPolls',
      'createPoll',
      'closePolls',
      'getPollChart',
    ]);
    expect('vote' in api).toBe(false);
  });

  it('take ids and then options, which contain the query parameters', async () => {
    interface Options extends CallOptions {
      readonly open?: boolean | undefined;
      readonly since?: Instant | undefined;
    }
    expectTypeOf<Methods['listPolls']>().branded.toEqualTypeOf<
      (sessionId: string, options?: Options) => Promise<PollList>
    >();
    const server = await scriptedServer(json({ polls: [], nextCursor: null }));
    const since = new Date('2026-01-31T08:00:00Z');
    const list = await client(server.url).listPolls('s/1', { open: false, since });
    expectTypeOf(list).toEqualTypeOf<PollList>();
    expect(list).toEqual({ polls: [], nextCursor: null });
    await client(server.url).listPolls('s', { signal: new AbortController().signal });
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/v1/sessions/s%2F1/polls?open=0&since=2026-01-31T08%3A00%3A00.000Z',
      'GET /api/v1/sessions/s/polls',
    ]);
  });

  it('take the query parameters first if there are neither ids nor a body', async () => {
    interface Filters {
      readonly state?: 'open' | 'closed' | readonly ('open' | 'closed')[] | undefined;
      readonly to: Instant;
      readonly limit?: number | undefined;
      readonly cursor?: string | null | undefined;
    }
    expectTypeOf<Methods['searchPolls']>().branded.toEqualTypeOf<
      (filters: Filters, options?: CallOptions) => Promise<PollList>
    >();
    const server = await scriptedServer(json({ polls: [], nextCursor: null }));
    await client(server.url).searchPolls({ state: ['open', 'closed'], to: 'now', limit: 2, cursor: null });
    expect(server.seen[0]?.url).toBe('/api/v1/polls?state=open%2Cclosed&to=now&limit=2');
  });

  it('take the body after the ids, and headers as options', async () => {
    interface Options extends CallOptions {
      readonly pollKey?: string | undefined;
    }
    expectTypeOf<Methods['createPoll']>().branded.toEqualTypeOf<
      (id: string, user: string, request: { question: string }, options?: Options) => Promise<PollView>
    >();
    const server = await scriptedServer(json({ pollId: 'p', question: 'Why?' }));
    await client(server.url).createPoll('s', 'u', { question: 'Why?' }, { pollKey: 'key-1' });
    expect(server.seen).toMatchObject([
      {
        method: 'POST',
        url: '/api/v1/sessions/s/participants/u/polls',
        body: '{"question":"Why?"}',
        headers: { 'poll-key': 'key-1' },
      },
    ]);
  });

  it('send an empty body if all of its fields are optional and the caller omits it', async () => {
    expectTypeOf<Methods['closePolls']>().branded.toEqualTypeOf<
      (request?: { reason?: string | undefined }, options?: CallOptions) => Promise<null>
    >();
    const server = await scriptedServer(json(null));
    expect(await client(server.url).closePolls()).toBeNull();
    expect(server.seen[0]?.body).toBe('{}');
  });

  it('return bytes if the response is neither JSON nor text', async () => {
    expectTypeOf<Methods['getPollChart']>().branded.toEqualTypeOf<
      (pollId: string, options?: CallOptions) => Promise<Uint8Array>
    >();
    const server = await scriptedServer(text('PNG', 'image/png'));
    expect(await client(server.url).getPollChart('p')).toEqual(new TextEncoder().encode('PNG'));
  });

  it('repeat a request after a lost response only if the contract allows it', async () => {
    const created = await scriptedServer(cut, json({}));
    await expect(client(created.url).createPoll('s', 'u', { question: '?' })).rejects.toThrow();
    expect(created.seen).toHaveLength(1);
    const closed = await scriptedServer(cut, json(null));
    await client(closed.url).closePolls({});
    expect(closed.seen).toHaveLength(2);
  });
});

describe('types derived from a contract', () => {
  it('contain what each operation receives and returns', () => {
    type Types = TypesOf<Operations>;
    expectTypeOf<Types['createPoll']['request']>().toEqualTypeOf<{ question: string }>();
    expectTypeOf<Types['listPolls']['response']>().toEqualTypeOf<PollList>();
    expectTypeOf<keyof Types['searchPolls']['filters']>().toEqualTypeOf<
      'state' | 'to' | 'limit' | 'cursor'
    >();
    expectTypeOf<keyof Types['listPolls']>().toEqualTypeOf<'options' | 'response'>();
  });
});

describe('routesOf', () => {
  const { listPolls, createPoll } = polls.operations;
  it.each<[string, OperationContract, string]>([
    ['id that is part of a segment', { ...listPolls, path: '/polls/{pollId}.png' }, 'segment'],
    ['body that is not JSON', { ...createPoll, body: z.string().meta({ mediaType: 'text/csv' }) }, 'JSON'],
    [
      'second media type',
      {
        ...listPolls,
        answers: {
          ...answer(pollList),
          201: { description: 'It', schema: z.string().meta({ mediaType: 'text/csv' }) },
        },
      },
      'media type',
    ],
  ])('throws for an operation with an %s, which the client cannot send', (_, contract, message) => {
    expect(() => routesOf({ broken: contract })).toThrow(message);
  });
});

describe('ROUTES', () => {
  it('do not repeat operations that would take effect twice', () => {
    const once = Object.entries(ROUTES).filter(([, { repeatable }]) => !repeatable);
    expect(once.map(([id]) => id).sort()).toEqual([
      'announce',
      'createWebhookEndpoint',
      'giveFeedback',
      'replayWebhookDelivery',
      'replayWebhookEndpoint',
      'rotateWebhookSecret',
      'testWebhookEndpoint',
    ]);
  });

  it('give a test event the time that its receiver may take', () => {
    expect(ROUTES.testWebhookEndpoint.minTimeoutMs).toBe(20_000);
  });
});

describe('TelevisitApi', () => {
  const FEATURES = '@televisit/shared/features/index';
  afterEach(() => {
    vi.doUnmock(FEATURES);
    vi.resetModules();
  });

  it('has the methods of a feature that the contract lists', async () => {
    vi.doMock(FEATURES, async (importOriginal) => {
      const original = await importOriginal<{ FEATURES: readonly unknown[] }>();
      return { ...original, FEATURES: [...original.FEATURES, polls] };
    });
    vi.resetModules();
    const { TelevisitApi } = await import('./televisit-api.ts');
    const server = await scriptedServer(json({ polls: [], nextCursor: null }));
    const api: unknown = new TelevisitApi({ baseUrl: server.url, secret: 'x' });
    expect(await (api as InstanceType<typeof PollsApi>).listPolls('s')).toEqual({
      polls: [],
      nextCursor: null,
    });
    expect(server.seen[0]?.url).toBe('/api/v1/sessions/s/polls');
  });
});
