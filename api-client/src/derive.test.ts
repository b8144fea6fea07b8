import { ANY_TYPE } from '@televisit/shared/features/chat';
import { feature, merge, type OperationContract } from '@televisit/shared/core/contract';
import { instant, personParams, sessionParams } from '@televisit/shared/core/fields';
import { commaList, cursor, pageSize } from '@televisit/shared/core/fields';
import { z } from 'zod';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { clientClass, type CallOptions, type Instant } from './api-calls.ts';
import { routesOf, type MethodsOf, type TypesOf } from './derive.ts';
import { ROUTES } from './operations.ts';
import { cut, json, scriptedServer, text } from './testing/scripted-server.ts';

const surveyView = z.strictObject({ surveyId: z.string(), question: z.string() });
const surveyList = z.strictObject({ surveys: z.array(surveyView), nextCursor: z.string().nullable() });
const flag = z.enum(['0', '1', 'false', 'true']);
const about = { tag: 'Surveys', summary: 'A survey', errors: [] } as const;
const answer = <S extends z.ZodType>(schema: S) => ({ 200: { description: 'It', schema } });

/** A feature as a contributor would declare it, without a word of it in the client. */
const surveys = feature({
  name: 'surveys',
  operations: {
    listSurveys: {
      ...about,
      method: 'get',
      path: '/sessions/{sessionId}/surveys',
      access: 'internal',
      params: sessionParams,
      query: z.strictObject({ open: flag.optional(), since: instant.optional() }),
      answers: answer(surveyList),
    },
    searchSurveys: {
      ...about,
      method: 'get',
      path: '/surveys',
      access: 'internal',
      query: z.strictObject({
        state: commaList(['open', 'closed'] as const).optional(),
        to: instant,
        limit: pageSize,
        cursor,
      }),
      answers: answer(surveyList),
    },
    createSurvey: {
      ...about,
      method: 'post',
      path: '/api/v1/sessions/{sessionId}/participants/{userId}/surveys',
      access: 'internal',
      params: personParams,
      headers: z.object({ 'survey-key': z.string().optional() }),
      body: z.strictObject({ question: z.string() }),
      answers: answer(surveyView),
    },
    closeSurveys: {
      ...about,
      method: 'post',
      path: '/surveys/close',
      access: 'internal',
      repeatable: true,
      body: z.strictObject({ reason: z.string().optional() }),
      answers: answer(z.null()),
    },
    getSurveyChart: {
      ...about,
      method: 'get',
      path: '/surveys/{surveyId}/chart',
      access: 'internal',
      params: z.object({ surveyId: z.string() }),
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
const operations = merge([surveys], 'operations');
type Operations = typeof operations;
type Methods = MethodsOf<Operations>;
type SurveyList = z.output<typeof surveyList>;
type SurveyView = z.output<typeof surveyView>;

const SurveysApi = clientClass<Methods>(routesOf(operations));
const client = (baseUrl: string) => new SurveysApi({ baseUrl, secret: 'x', retryDelayMs: 1 });

describe('methods derived from a contract', () => {
  it('exist for operations with internal access only', () => {
    type Names = 'listSurveys' | 'searchSurveys' | 'createSurvey' | 'closeSurveys' | 'getSurveyChart';
    expectTypeOf<keyof Methods>().toEqualTypeOf<Names>();
    const api = client('http://127.0.0.1:1');
    expect(Object.keys(Object.getOwnPropertyDescriptors(SurveysApi.prototype))).toEqual([
      'constructor',
      'listSurveys',
      'searchSurveys',
      'createSurvey',
      'closeSurveys',
      'getSurveyChart',
    ]);
    expect('vote' in api).toBe(false);
  });

  it('take ids and then options, which contain the query parameters', async () => {
    interface Options extends CallOptions {
      readonly open?: boolean | undefined;
      readonly since?: Instant | undefined;
    }
    expectTypeOf<Methods['listSurveys']>().branded.toEqualTypeOf<
      (sessionId: string, options?: Options) => Promise<SurveyList>
    >();
    const server = await scriptedServer(json({ surveys: [], nextCursor: null }));
    const since = new Date('2026-01-31T08:00:00Z');
    const list = await client(server.url).listSurveys('s/1', { open: false, since });
    expectTypeOf(list).toEqualTypeOf<SurveyList>();
    expect(list).toEqual({ surveys: [], nextCursor: null });
    await client(server.url).listSurveys('s', { signal: new AbortController().signal });
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/v1/sessions/s%2F1/surveys?open=0&since=2026-01-31T08%3A00%3A00.000Z',
      'GET /api/v1/sessions/s/surveys',
    ]);
  });

  it('take the query parameters first if there are neither ids nor a body', async () => {
    interface Filters {
      readonly state?: 'open' | 'closed' | readonly ('open' | 'closed')[] | undefined;
      readonly to: Instant;
      readonly limit?: number | undefined;
      readonly cursor?: string | null | undefined;
    }
    expectTypeOf<Methods['searchSurveys']>().branded.toEqualTypeOf<
      (filters: Filters, options?: CallOptions) => Promise<SurveyList>
    >();
    const server = await scriptedServer(json({ surveys: [], nextCursor: null }));
    await client(server.url).searchSurveys({ state: ['open', 'closed'], to: 'now', limit: 2, cursor: null });
    expect(server.seen[0]?.url).toBe('/api/v1/surveys?state=open%2Cclosed&to=now&limit=2');
  });

  it('take the body after the ids, and headers as options', async () => {
    interface Options extends CallOptions {
      readonly surveyKey?: string | undefined;
    }
    expectTypeOf<Methods['createSurvey']>().branded.toEqualTypeOf<
      (id: string, user: string, request: { question: string }, options?: Options) => Promise<SurveyView>
    >();
    const server = await scriptedServer(json({ surveyId: 'p', question: 'Why?' }));
    await client(server.url).createSurvey('s', 'u', { question: 'Why?' }, { surveyKey: 'key-1' });
    expect(server.seen).toMatchObject([
      {
        method: 'POST',
        url: '/api/v1/sessions/s/participants/u/surveys',
        body: '{"question":"Why?"}',
        headers: { 'survey-key': 'key-1' },
      },
    ]);
  });

  it('send an empty body if all of its fields are optional and the caller omits it', async () => {
    expectTypeOf<Methods['closeSurveys']>().branded.toEqualTypeOf<
      (request?: { reason?: string | undefined }, options?: CallOptions) => Promise<null>
    >();
    const server = await scriptedServer(json(null));
    expect(await client(server.url).closeSurveys()).toBeNull();
    expect(server.seen[0]?.body).toBe('{}');
  });

  it('return bytes if the response is neither JSON nor text', async () => {
    expectTypeOf<Methods['getSurveyChart']>().branded.toEqualTypeOf<
      (surveyId: string, options?: CallOptions) => Promise<Uint8Array>
    >();
    const server = await scriptedServer(text('PNG', 'image/png'));
    expect(await client(server.url).getSurveyChart('p')).toEqual(new TextEncoder().encode('PNG'));
  });

  it('repeat a request after a lost response only if the contract allows it', async () => {
    const created = await scriptedServer(cut, json({}));
    await expect(client(created.url).createSurvey('s', 'u', { question: '?' })).rejects.toThrow();
    expect(created.seen).toHaveLength(1);
    const closed = await scriptedServer(cut, json(null));
    await client(closed.url).closeSurveys({});
    expect(closed.seen).toHaveLength(2);
  });
});

describe('types derived from a contract', () => {
  it('contain what each operation receives and returns', () => {
    type Types = TypesOf<Operations>;
    expectTypeOf<Types['createSurvey']['request']>().toEqualTypeOf<{ question: string }>();
    expectTypeOf<Types['listSurveys']['response']>().toEqualTypeOf<SurveyList>();
    expectTypeOf<keyof Types['searchSurveys']['filters']>().toEqualTypeOf<
      'state' | 'to' | 'limit' | 'cursor'
    >();
    expectTypeOf<keyof Types['listSurveys']>().toEqualTypeOf<'options' | 'response'>();
  });
});

describe('routesOf', () => {
  const { listSurveys, createSurvey } = surveys.operations;
  it.each<[string, OperationContract, string]>([
    ['id that is part of a segment', { ...listSurveys, path: '/surveys/{surveyId}.png' }, 'segment'],
    ['body that is not JSON', { ...createSurvey, body: z.string().meta({ mediaType: 'text/csv' }) }, 'JSON'],
    [
      'second media type',
      {
        ...listSurveys,
        answers: {
          ...answer(surveyList),
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
      'revokeLinks',
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
      return { ...original, FEATURES: [...original.FEATURES, surveys] };
    });
    vi.resetModules();
    const { TelevisitApi } = await import('./televisit-api.ts');
    const server = await scriptedServer(json({ surveys: [], nextCursor: null }));
    const api: unknown = new TelevisitApi({ baseUrl: server.url, secret: 'x' });
    expect(await (api as InstanceType<typeof SurveysApi>).listSurveys('s')).toEqual({
      surveys: [],
      nextCursor: null,
    });
    expect(server.seen[0]?.url).toBe('/api/v1/sessions/s/surveys');
  });
});
