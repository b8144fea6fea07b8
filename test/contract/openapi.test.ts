import { Validator } from '@seriousme/openapi-schema-validator';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { NO_TRACER } from '@televisit/server/core/tracer';
import type { Sessions } from '@televisit/server/domain/sessions';
import { featureOperations, startFeatures } from '@televisit/server/features/index';
import type { OwnStores } from '@televisit/server/features/stores';
import { featureServices } from '@televisit/server/features/testing/feature-services';
import { apiDocument, type oas31 } from '@televisit/server/http/api-document';
import { createApp, type AppOptions } from '@televisit/server/http/app';
import { ERRORS, type ErrorCode } from '@televisit/shared/errors';
import { OPERATIONS, type OperationContract } from '@televisit/shared/operations';
import { WEBHOOK_EVENT_TYPES, webhookEvent, webhookTestEvent } from '@televisit/shared/webhooks';
import { describe, expect, it } from 'vitest';
import { Conformance, type Exchange } from '../support/measure/conformance.ts';

const document = apiDocument();
const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) =>
    item[method] ? [{ path, method, operation: item[method] }] : [],
  ),
);
const byId = new Map(operations.map((one) => [one.operation.operationId, one]));

describe('openapi.json', () => {
  it('openapi.json is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone({ ...document }));
    expect(result).toEqual({ valid: true });
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it('openapi.json contains exactly the operations of the contract', () => {
    expect([...byId.keys()].sort()).toEqual(Object.keys(OPERATIONS).sort());
    for (const [id, { method, path }] of Object.entries(OPERATIONS)) {
      const found = byId.get(id)!;
      const bases = document.paths?.[found.path]?.servers ?? document.servers ?? [];
      expect(found.method).toBe(method);
      expect(bases.map(({ url }) => (url === '/' ? '' : url) + found.path)).toContain(path);
    }
  });

  it('openapi.json contains every route that the app serves', () => {
    const features = startFeatures(
      featureServices({ features: {} as OwnStores }, {} as unknown as Sessions, new ManualClock()),
    );
    const app = createApp({
      featureOperations: featureOperations(features),
      tracer: NO_TRACER,
      clientDir: '/nowhere',
      secure: false,
      embedOrigins: [] as readonly string[],
      providerOrigins: [] as readonly string[],
      pageStyle: '',
      jitsi: null,
      providers: { has: () => false } as unknown as AppOptions['providers'],
    } as AppOptions);
    const served = routesOf(app.router).filter(
      (route) => !PAGES.has(route) && !route.startsWith('get /docs/'),
    );
    const documented = Object.values(OPERATIONS).map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(served)].sort()).toEqual(documented.sort());
  });

  it('openapi.json documents a response for every error code of an operation', () => {
    for (const [id, { errors }] of Object.entries<OperationContract>(OPERATIONS)) {
      const answers = byId.get(id)!.operation.responses ?? {};
      for (const code of errors)
        expect([id, code, codesOf(answers[ERRORS[code].status])]).toEqual([
          id,
          code,
          expect.arrayContaining([code]),
        ]);
    }
  });

  it.each([
    ['createSession', 401, ['unauthorized']],
    [
      'createSession',
      400,
      ['validation_failed', 'bad_address', 'bad_json', 'body_too_large', 'provider_not_configured'],
    ],
    ['createSession', 503, ['store_unavailable', 'no_capacity', 'provider_unavailable']],
    ['getSession', 429, ['too_many_requests']],
    ['getVisit', 401, (Object.keys(ERRORS) as ErrorCode[]).filter((code) => code.startsWith('token_'))],
    ['getUserCalendar', 403, ['link_signature']],
    ['getHealth', 500, ['internal_error']],
  ])('openapi.json documents the common codes of %s with status %i', (id, status, codes) => {
    expect(codesOf(byId.get(id)!.operation.responses?.[status]).sort()).toEqual([...codes].sort());
  });

  it('openapi.json documents Retry-After for every 429 and 503', () => {
    for (const [name, answer] of Object.entries(document.components?.responses ?? {})) {
      const { headers = {} } = answer as oas31.ResponseObject;
      const waits = codesOf(answer).some((code) => [429, 503].includes(ERRORS[code].status));
      expect([name, 'Retry-After' in headers]).toEqual([name, waits]);
    }
  });

  it('openapi.json describes every field and every parameter', () => {
    const silent: string[] = [];
    const walk = (schema: oas31.SchemaObject, at: string) => {
      for (const [name, property] of Object.entries(schema.properties ?? {})) {
        if (!property.description) silent.push(`${at}.${name}`);
        walk(property as oas31.SchemaObject, `${at}.${name}`);
      }
      for (const inner of [schema.items, ...(schema.anyOf ?? [])]) {
        if (inner) walk(inner as oas31.SchemaObject, at);
      }
    };
    for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
      walk(schema as oas31.SchemaObject, name);
    }
    for (const { operation } of operations) {
      for (const parameter of (operation.parameters ?? []) as oas31.ParameterObject[]) {
        if (!parameter.description) silent.push(`${operation.operationId} ${parameter.name}`);
      }
    }
    expect(silent).toEqual([]);
  });

  it('openapi.json documents comma-separated and paging parameters', () => {
    const parameters = (byId.get('listSessions')!.operation.parameters ?? []) as oas31.ParameterObject[];
    const named = (name: string) => parameters.find((parameter) => parameter.name === name);
    expect(named('status')).toMatchObject({
      schema: { type: 'array', items: { enum: ['scheduled', 'live', 'ended', 'cancelled'] } },
      style: 'form',
      explode: false,
    });
    expect(named('limit')?.schema).toEqual({ type: 'integer', minimum: 1, maximum: 200, default: 50 });
    expect(named('cursor')?.required).toBeUndefined();
  });

  it('openapi.json has examples that match their schemas', () => {
    const conformance = new Conformance(document);
    for (const { path, method, operation } of operations) {
      for (const [status, answer] of Object.entries(operation.responses ?? {})) {
        const examples = (answer as oas31.ResponseObject).content?.['application/json']?.examples ?? {};
        const requests = requestExamples(operation);
        for (const { value } of Object.values(examples) as oas31.ExampleObject[]) {
          for (const requestBody of requests.length > 0 ? requests : [undefined]) {
            const exchange = { method: method.toUpperCase(), path: `/api/v1${path}`, requestBody };
            conformance.check({ ...exchange, status: Number(status), headers: json(), body: value });
          }
        }
      }
    }
  });
});

describe('the webhooks of openapi.json', () => {
  const posts = Object.entries(document.webhooks ?? {}).map(([type, item]) => [type, item.post!] as const);

  it('the webhooks contain every type of event, and webhook.test', () => {
    expect(posts.map(([type]) => type).sort()).toEqual([...WEBHOOK_EVENT_TYPES, 'webhook.test'].sort());
  });

  it.each(posts)('the example of %s matches its OpenAPI and zod schemas', (type, post) => {
    const content = (post.requestBody as oas31.RequestBodyObject).content['application/json']!;
    const [example] = Object.values(content.examples ?? {}) as oas31.ExampleObject[];
    const value: unknown = example?.value;
    const { $ref } = content.schema as oas31.ReferenceObject;
    expect($ref).toMatch(/^#\/components\/schemas\/\w+Event$/);
    new Conformance(document).checkSchema($ref, value);
    expect(() =>
      new Conformance(document).checkSchema($ref, { ...(value as object), name: 'Zoë' }),
    ).toThrow();
    if (type === 'webhook.test') webhookTestEvent.parse(value);
    else expect(webhookEvent.parse(value).type).toBe(type);
  });

  it('the webhooks contain no names, e-mail addresses or texts of people', () => {
    const text = JSON.stringify(posts) + JSON.stringify(document.components?.schemas?.ParticipantJoinedEvent);
    expect(text).not.toMatch(/displayName|email"|comment"|"text"/);
  });
});

describe('a conformance check', () => {
  const conformance = new Conformance(document);
  const exchange = (changes: Partial<Exchange>): Exchange => ({
    method: 'GET',
    path: '/healthz',
    status: 200,
    headers: json(),
    body: { status: 'ok' },
    ...changes,
  });
  const unauthorized = (document.components?.examples?.unauthorized as oas31.ExampleObject).value as object;
  const problem = { headers: json('application/problem+json') };

  it('check accepts documented exchanges and paths outside the API', () => {
    conformance.check(exchange({}));
    conformance.check(exchange({ path: '/docs', body: '<html>' }));
    conformance.check(exchange({ path: '/sessions?limit=1', status: 401, body: unauthorized, ...problem }));
  });

  it.each<[string, Partial<Exchange>]>([
    ['a status', { status: 418 }],
    ['another body', { body: { status: 'fine' } }],
    ['a further field', { body: { status: 'ok', since: 7 } }],
    ['another media type', { headers: json('text/html') }],
    ['a missing header', { headers: new Headers({ 'content-type': 'application/json' }) }],
    ['a route', { path: '/sessions/secret-back-door' }],
    ['a method', { method: 'PUT', path: '/sessions' }],
    ['a code', { path: '/sessions', status: 401, ...problem, body: { ...unauthorized, code: 'removed' } }],
    ['an accepted body', { method: 'POST', path: '/sessions', requestBody: '{}', body: {} }],
  ])('check refuses %s that does not match the document', (_, changes) => {
    expect(() => conformance.check(exchange(changes))).toThrow(/against openapi\.json/);
  });
});

/** Routes outside the API. */
const PAGES = new Set([
  'get /',
  'get /join/:sessionId',
  'get /recordings/:sessionId/:recordingId',
  'get /join/:sessionId/:invitation',
  'get /j/:code',
  'get /m/:code',
  'post /m/:code',
  'get /docs',
  // The engine of captions on the device.
  'get /speech/:name',
  // For orchestrators and load balancers.
  'get /livez',
  'get /readyz',
  'get /startupz',
  // In the form of Twilio.
  'post /webhooks/sms/twilio',
]);

interface Layer {
  readonly route?: { readonly path: string | string[]; readonly stack: { readonly method?: string }[] };
  readonly handle?: { readonly stack?: Layer[] };
}

function routesOf(router: unknown): string[] {
  return ((router as { stack?: Layer[] }).stack ?? []).flatMap(({ route, handle }) => {
    if (!route) return routesOf(handle);
    const methods = new Set(route.stack.flatMap(({ method }) => method ?? []));
    const paths = [route.path].flat().map((path) => (PAGES.has(`get ${path}`) ? path : template(path)));
    return paths.flatMap((path) => [...methods].map((method) => `${method} ${path}`));
  });
}

function template(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function codesOf(answer: unknown): ErrorCode[] {
  const { $ref } = (answer ?? {}) as oas31.ReferenceObject;
  const found = $ref ? document.components?.responses?.[$ref.split('/').at(-1)!] : answer;
  const examples = (found as oas31.ResponseObject | undefined)?.content?.['application/problem+json']
    ?.examples;
  return Object.keys(examples ?? {}) as ErrorCode[];
}

function requestExamples({ requestBody }: oas31.OperationObject): string[] {
  const { content } = (requestBody ?? {}) as oas31.RequestBodyObject;
  const examples = (content as oas31.ContentObject | undefined)?.['application/json']?.examples ?? {};
  return Object.values(examples).map((example) => JSON.stringify((example as oas31.ExampleObject).value));
}

function json(type = 'application/json'): Headers {
  return new Headers({ 'content-type': `${type}; charset=utf-8`, 'x-request-id': 'id' });
}
