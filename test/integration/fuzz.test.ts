import { request } from 'node:http';
import { LinkSignatures } from '@televisit/server/access/link-signature';
import { newSecret, signedHeaders } from '@televisit/server/webhooks/signature';
import { apiDocument, type oas31 } from '@televisit/server/http/api-document';
import type { ChatFileView } from '@televisit/shared/features/chat';
import { ANY_TYPE } from '@televisit/shared/features/chat';
import { OPERATIONS, type OperationContract, type OperationId } from '@televisit/shared/operations';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Conformance } from '../support/measure/conformance.ts';
import {
  hostileBody,
  hostileQuery,
  hostileSegment,
  mutated,
} from '../support/arbitraries/malicious-input.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { valuesOf } from '../support/arbitraries/schema-values.ts';
import { INTERNAL_SECRET, SECRETS } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 100);
const MEETING_SECRET = newSecret();
const GATEWAY_SECRET = newSecret();
const document = apiDocument();
const conformance = new Conformance(document);

interface Hostile {
  readonly segments: Readonly<Record<string, string | null>>;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const clock = new ManualClock();
let messages = 0;
let server: TestServer;
let sessionId: string;
let fileId: string;
let recordingId: string;
/** The query of a link to a file of a recording. */
let recordingLinks: Partial<Record<OperationId, string>>;
let endpointId: string;
let deliveryId: string;
let credentials: Record<OperationContract['access'], { headers: Record<string, string>; query: string }>;

beforeAll(async () => {
  // Time stands still, so every change was made by a request.
  server = await startServer({
    closedBy: 'caller',
    clock,
    env: {
      API_RATE_LIMIT: '0',
      ADDRESS_RATE_LIMIT: '0',
      RETURN_URL: 'https://portal.test/',
      WEBHOOK_ALLOW_HOSTS: '127.0.0.1',
      MEETING_WEBHOOK_SECRET: MEETING_SECRET,
      SMS_PROVIDER: 'http',
      SMS_GATEWAY_URL: 'http://127.0.0.1:9/',
      SMS_GATEWAY_SECRET: GATEWAY_SECRET,
    },
  });
});
afterAll(() => server.close());

beforeEach(async () => {
  await server.api.undrainNode('sfu-1');
  // Disabled, and no server listens there: test events go nowhere, and deliveries stay pending.
  for (const known of (await server.api.listWebhookEndpoints()).endpoints)
    await server.api.deleteWebhookEndpoint(known.endpointId);
  const endpoint = { url: 'http://127.0.0.1:9/', enabled: false };
  ({ endpointId } = await server.api.createWebhookEndpoint(endpoint));
  ({ sessionId } = await server.createVisit(undefined, {
    options: { keepChat: true, recording: 'on-request' },
  }));
  const token = tokenOf(await server.joinUrl(sessionId, 'doctor'));
  await server.televisit.sessions.enter(sessionId, 'doctor');
  const path = `/api/v1/visits/${sessionId}/files`;
  const headers = { 'Content-Type': 'image/png', Authorization: `Bearer ${token}` };
  ({ fileId } = (await server.call<ChatFileView>('POST', path, new Uint8Array([1]), headers)).body);
  ({ recordingId } = await server.api.startRecording(sessionId));
  await server.api.stopRecording(sessionId, recordingId);
  // What follows the end of a recording must not be taken for an effect of a request.
  await vi.waitFor(async () => {
    const { recordings } = await server.api.listRecordings(sessionId);
    expect(recordings[0]?.status).toBe('ready');
  });
  recordingLinks = {
    getLinkedRecordingFile: linkOf('recording-file', sessionId, recordingId, fileId),
    getLinkedTranscript: linkOf('transcript', sessionId, recordingId),
    getPlayer: linkOf('recording-player', sessionId, recordingId),
  };
  const { url } = await server.api.getCalendarLink('doctor');
  deliveryId = await vi.waitFor(async () => {
    const { deliveries } = await server.api.listWebhookDeliveries({ sessionId });
    return deliveries[0]!.deliveryId;
  });
  credentials = {
    internal: { headers: { 'X-Internal-Secret': INTERNAL_SECRET }, query: '' },
    join_token: { headers: { Authorization: `Bearer ${token}` }, query: '' },
    signed_link: { headers: {}, query: new URL(url).search.slice(1) },
    webhook_signature: { headers: {}, query: '' },
    none: { headers: {}, query: '' },
  };
});

describe('malicious requests', () => {
  it.each(Object.keys(OPERATIONS) as OperationId[])(
    '%s answers malicious requests as documented, never with a 5xx, and a refusal writes nothing',
    { timeout: 60_000 },
    async (id) => {
      const statuses = new Map<number, number>();
      let before = await stored();
      await fc.assert(
        fc.asyncProperty(hostileRequests(id), async (hostile) => {
          const answer = await send(id, hostile);
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          const [last, now] = [before, await stored()];
          before = now;
          expect(answer.status).toBeLessThan(500);
          conformance.check(answer);
          if (answer.status >= 400) expect(now).toEqual(last);
        }),
        { numRuns: RUNS },
      );
      // Malicious enough to be refused, and valid enough to pass the first check.
      expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(RUNS);
      if (OPERATIONS[id].access !== 'none') expect(statuses.size).toBeGreaterThan(1);
    },
  );

  it.each<[string, object]>([
    ['the body', JSON.parse('{"__proto__":{"admin":true}}') as object],
    ['options', { options: { ['__proto__']: { chat: false } } }],
    ['metadata', { metadata: { ['__proto__']: 'x' } }],
  ])('createSession with a key __proto__ in %s is answered with 400', async (_, fields) => {
    const headers = { ...credentials.internal.headers, 'Content-Type': 'application/json' };
    const visit = { appointmentId: `a-${Math.random()}`, doctorId: 'd', patientId: 'p' };
    const body = JSON.stringify(visit).replace(/}$/, `,${JSON.stringify(fields).slice(1)}`);
    const answer = await exchange('POST', '/sessions', headers, body);
    conformance.check(answer);
    expect(answer.status).toBe(400);
  });

  it('a request with an overlong address is refused', async () => {
    const { status } = await exchange('GET', `/sessions/${'x'.repeat(20_000)}`, credentials.internal.headers);
    expect([414, 431]).toContain(status);
  });
});

/** Returns every session and endpoint with its version, and the files of the session that requests are about. */
async function stored(): Promise<Record<string, number>> {
  const { store } = server.televisit;
  const sessions = await store.list({}, 100_000);
  const files = (await store.features.chat.files(sessionId)).length;
  const endpoints = await store.webhooks.endpoints();
  return {
    ...Object.fromEntries(sessions.map((session) => [session.sessionId, session.version])),
    ...Object.fromEntries(endpoints.map((endpoint) => [endpoint.endpointId, endpoint.version])),
    files,
  };
}

/** Mostly valid requests with one wrong part. */
function hostileRequests(id: OperationId): fc.Arbitrary<Hostile> {
  const contract: OperationContract = OPERATIONS[id];
  const names = [...contract.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const operation = operationOf(id);
  const content = (operation.requestBody as oas31.RequestBodyObject | undefined)?.content;
  const schema = content?.['application/json']?.schema;
  const isFile = content?.[ANY_TYPE] !== undefined;
  const good = {
    segments: fc.record(Object.fromEntries(names.map((name) => [name, fc.constant(null)]))),
    query: goodQuery(operation),
    headers: isFile
      ? fileHeaders
      : fc.constant<Record<string, string>>(contract.body ? { 'Content-Type': 'application/json' } : {}),
    body: schema
      ? valuesOf(document, schema).map((value) => JSON.stringify(value))
      : isFile
        ? fc.string({ unit: 'binary' })
        : fc.constant(undefined),
  };
  const one = (changes: Partial<Record<keyof Hostile, fc.Arbitrary<unknown>>>, weight: number) => ({
    weight,
    arbitrary: fc.record({ ...good, ...changes }) as fc.Arbitrary<Hostile>,
  });
  const badBody = schema && mutated(valuesOf(document, schema)).map((value) => JSON.stringify(value ?? null));
  return fc.oneof(
    one({}, 2),
    ...(names.length > 0
      ? [one({ segments: fc.record(Object.fromEntries(names.map((name) => [name, badSegment]))) }, 3)]
      : []),
    one({ query: hostileQuery }, 3),
    one({ headers: badHeaders }, 1),
    ...(isFile ? [one({ body: hostileBody }, 2)] : []),
    ...(badBody ? [one({ body: badBody }, 8), one({ body: hostileBody }, 2)] : []),
  );
}

/** Queries of an upload: valid names and invalid ones. */
const fileHeaders: fc.Arbitrary<Record<string, string>> = fc.record(
  {
    'Content-Type': fc.constantFrom('image/png', 'text/html; charset=x', '*/*', 'application/json', '', 'x'),
    'X-File-Name': fc.oneof(
      hostileSegment.filter((text) => text.length < 4000),
      fc.constantFrom('scan.png', '%', '%ff', 'a/b', '..', '%0d%0aX-Injected:1', 'x'.repeat(3000), ''),
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const badSegment = fc.option(hostileSegment, { freq: 3 });

const badHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  fc.constantFrom(
    { 'Content-Type': 'text/plain' },
    { 'Content-Type': 'application/json; charset=utf-7' },
    { 'Content-Type': 'application/json', 'Content-Encoding': 'br' },
    { 'Content-Type': 'multipart/form-data; boundary=x' },
    { 'Content-Type': '' },
    { Accept: 'text/csv' },
    { Accept: '*/*;q=0, nonsense' },
    { Authorization: 'Bearer' },
    { Authorization: 'Basic eDp5' },
    { 'X-Internal-Secret': '' },
    { 'X-Internal-Secret': 'x'.repeat(4000) },
    { 'X-HTTP-Method-Override': 'DELETE' },
    { Range: 'bytes=0-' },
    { 'X-Forwarded-For': "127.0.0.1, ::ffff:7f00:1, '; drop" },
    { Host: 'evil.test' },
    { Cookie: '__proto__=1' },
    { 'Accept-Language': 'x'.repeat(2000) },
    { 'Idempotency-Key': '' },
    { 'Idempotency-Key': 'a b' },
    { 'Idempotency-Key': 'x'.repeat(129) },
    { 'Idempotency-Key': '\u00e9' },
    { 'Idempotency-Key': '__proto__' },
  ),
  fc.string({ minLength: 1, maxLength: 20 }).map((text) => ({
    'Content-Type': 'application/json',
    'Idempotency-Key': text,
  })),
);

function goodQuery({ parameters = [] }: oas31.OperationObject): fc.Arbitrary<string> {
  const inQuery = (parameters as oas31.ParameterObject[]).filter((parameter) => parameter.in === 'query');
  const values = inQuery
    .filter(({ name }) => name !== 'cursor')
    .map(({ name, schema = {} }) => [name, valuesOf(document, schema).map(String)] as const);
  const filled = fc
    .record(Object.fromEntries(values), { requiredKeys: [], noNullPrototype: true })
    .map((query) => new URLSearchParams(query as Record<string, string>).toString());
  // Each value is valid by itself, but not every combination; no parameter is required.
  return fc.oneof(fc.constant(''), filled);
}

function operationOf(id: OperationId): oas31.OperationObject {
  const all = Object.values(document.paths ?? {}).flatMap(
    (item) => Object.values(item) as oas31.OperationObject[],
  );
  return all.find(({ operationId }) => operationId === id)!;
}

async function send(id: OperationId, { segments, query, headers, body }: Hostile) {
  const { method, path, access }: OperationContract = OPERATIONS[id];
  const known: Record<string, string> = {
    sessionId,
    fileId,
    recordingId,
    purpose: 'recording',
    endpointId,
    nodeId: 'sfu-1',
    deliveryId,
    userId: access === 'signed_link' ? 'doctor' : 'patient',
  };
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => segments[name] ?? known[name]!);
  const link = recordingLinks[id];
  const given = link === undefined ? credentials[access] : { headers: {}, query: link };
  const signed =
    access === 'webhook_signature'
      ? signedHeaders(
          [id === 'reportSms' ? GATEWAY_SECRET : MEETING_SECRET],
          `msg_${messages++}`,
          clock.now(),
          body ?? '',
        )
      : {};
  const search = [given.query, query].filter((part) => part !== '').join('&');
  const target = search === '' ? address : `${address}?${search}`;
  return exchange(method.toUpperCase(), target, { ...given.headers, ...signed, ...headers }, body);
}

/** Returns the query of a link to what need not exist. */
function linkOf(...what: readonly string[]): string {
  const expires = String(Math.ceil(clock.now() / 1000) + 3600);
  const signature = new LinkSignatures(SECRETS.tokens).sign(...what, expires);
  return new URLSearchParams({ expires, signature }).toString();
}

/** Sends a request exactly as written: `fetch` would remove `..` from the path. */
function exchange(method: string, path: string, headers: Record<string, string>, requestBody?: string) {
  return new Promise<Parameters<Conformance['check']>[0]>((resolve, reject) => {
    const { port } = server.televisit;
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const answered = new Headers(incoming.headers as Record<string, string>);
        const json = answered.get('content-type')?.includes('json') === true;
        const body: unknown = json ? JSON.parse(text) : text;
        resolve({ method, path, requestBody, status: incoming.statusCode ?? 0, headers: answered, body });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(requestBody);
  });
}
