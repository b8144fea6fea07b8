import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { newMail } from '@televisit/server/domain/mail-store';
import type {
  ConsoleDeliveryList,
  ConsoleHistory,
  ConsoleJoinFailureList,
  ConsoleMessageList,
  ConsoleNodeList,
  ConsoleQuality,
  ConsoleSearchResult,
  ConsoleSessionDetail,
  ConsoleSessionList,
} from '@televisit/shared/console';
import { CONSOLE_ROLES, includesRole } from '@televisit/shared/console.vocabulary';
import { CONSOLE_OPERATIONS, type ConsoleOperation } from '@televisit/shared/console-operations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loggedIn, OperatorBrowser } from '../support/clients/operator.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';
import { WebhookInbox } from '../support/infra/webhook-inbox.ts';

const ON = { CONSOLE: '1', WEBHOOK_ALLOW_HOSTS: '127.0.0.1', ADDRESS_RATE_LIMIT: '0' };

/** Texts that identify people, none of which the console may show. */
const PRIVATE = [
  'Zaphod-Beeblebrox',
  'Trillian-McMillan',
  'user-id-of-zaphod',
  'user-id-of-trillian',
  'zaphod@heart-of-gold.example',
  '+491511234567',
  'Panic-attack-follow-up',
  'Private-description',
  'Private-note-of-the-host',
  'Private-feedback',
  'private-metadata',
];

async function privateVisit(server: TestServer): Promise<string> {
  const { sessionId } = await server.createVisit(undefined, {
    doctorId: 'user-id-of-trillian',
    patientId: 'user-id-of-zaphod',
    title: 'Panic-attack-follow-up',
    description: 'Private-description',
    hostNotes: 'Private-note-of-the-host',
    metadata: { kind: 'private-metadata' },
    seats: [
      { userId: 'user-id-of-trillian', role: 'doctor', displayName: 'Trillian-McMillan' },
      {
        userId: 'user-id-of-zaphod',
        role: 'patient',
        displayName: 'Zaphod-Beeblebrox',
        email: 'zaphod@heart-of-gold.example',
        phone: '+491511234567',
      },
    ],
  });
  return sessionId;
}

/** Returns the answer of every operation that reads, with what they need. */
async function readEverything(browser: OperatorBrowser, sessionId: string) {
  const paths = [
    '/session',
    '/nodes',
    '/sessions',
    '/sessions?status=live',
    `/search?q=${sessionId}`,
    '/search?q=user-id-of-zaphod',
    '/join-failures',
    `/join-failures?sessionId=${sessionId}`,
    ...['', '/quality', '/history', '/deliveries', '/messages', '/recordings'].map(
      (part) => `/sessions/${sessionId}${part}`,
    ),
  ];
  const answers = [];
  for (const path of paths) answers.push({ path, ...(await browser.get<unknown>(path)) });
  return answers;
}

describe('the roles of the console', () => {
  let server: TestServer;
  let sessionId: string;

  beforeAll(async () => {
    server = await startServer({ env: ON, closedBy: 'caller' });
    ({ sessionId } = await server.createVisit());
  });
  afterAll(() => server.close());

  const operations = Object.entries<ConsoleOperation>(CONSOLE_OPERATIONS);
  const table = operations.flatMap(([id, operation]) =>
    [null, ...CONSOLE_ROLES].map((role) => [id, role ?? 'nobody', operation, role] as const),
  );

  it.each(table)('%s as %s is allowed exactly if the contract says so', async (id, _, operation, role) => {
    const browser = role === null ? new OperatorBrowser(server.url) : await loggedIn(server, role);
    const path = operation.path
      .replace('{sessionId}', sessionId)
      .replace('{nodeId}', 'no-such-node')
      .replace('{deliveryId}', 'no-such-delivery');
    const query = id === 'searchSessions' ? '?q=nobody' : '';
    const bodies: Record<string, object> = {
      drainConsoleNode: { deadlineSeconds: 1 },
      loginByLink: { code: 'x' },
    };
    const { status, body: answer } = await browser.call(
      operation.method.toUpperCase(),
      path + query,
      bodies[id],
    );
    if (operation.role === null) {
      expect(['console_role', 'console_login']).not.toContain(answer.code);
    } else if (role === null) {
      expect([status, answer.code]).toEqual([401, 'console_login']);
    } else if (includesRole(role, operation.role)) {
      expect(status < 300 ? 'ok' : answer.code).toMatch(/^(ok|node_not_found|delivery_not_found)$/);
      if (status === 200) expect(operation.answer.safeParse(answer).error).toBeUndefined();
    } else {
      expect([status, answer.code]).toEqual([403, 'console_role']);
    }
  });

  it.each(operations.filter(([, { method, role }]) => method !== 'get' && role !== null))(
    '%s without the token of the page is refused',
    async (_, { method, path }) => {
      const browser = await loggedIn(server);
      const answer = await browser.call(method.toUpperCase(), path, undefined, { 'X-Console-Token': '' });
      expect([answer.status, answer.body.code]).toEqual([403, 'console_csrf']);
    },
  );
});

describe('people in the console', () => {
  /** Returns a server with a visit in which both people are, after a refusal, an event and a rating. */
  async function busyServer(env: Record<string, string> = {}) {
    const server = await startServer({ env: { ...ON, ...env } });
    const inbox = await WebhookInbox.open();
    await server.api.createWebhookEndpoint({ url: inbox.url });
    const sessionId = await privateVisit(server);
    const link = await server.joinUrl(sessionId, 'patient', 'user-id-of-zaphod');
    await server.api.revokeLinks(sessionId, 'user-id-of-zaphod');
    const token = new URL(link).searchParams.get('token') ?? '';
    await fetch(`${server.url}/api/v1/visits/${sessionId}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    await ProtocolClient.join(server, sessionId, 'doctor', 'user-id-of-trillian');
    await ProtocolClient.join(server, sessionId, 'patient', 'user-id-of-zaphod');
    return { server, sessionId };
  }

  it('no answer names people, and every answer matches its schema', async () => {
    const { server, sessionId } = await busyServer();
    const browser = await loggedIn(server);
    await expect
      .poll(async () => (await browser.get<ConsoleJoinFailureList>('/join-failures')).body.failures)
      .toHaveLength(1);
    const answers = await readEverything(browser, sessionId);
    for (const { path, status, text } of answers) {
      expect([path, status]).toEqual([path, 200]);
      for (const secret of PRIVATE) expect(text).not.toContain(secret);
    }
    const detail = answers.find(({ path }) => path === `/sessions/${sessionId}`)
      ?.body as ConsoleSessionDetail;
    expect(detail.people).toEqual([
      {
        id: expect.stringMatching(/^p-[0-9a-f]{10}$/) as string,
        seat: 0,
        role: 'doctor',
        name: null,
        userId: null,
        present: true,
        waiting: false,
      },
      {
        id: expect.stringMatching(/^p-[0-9a-f]{10}$/) as string,
        seat: 1,
        role: 'patient',
        name: null,
        userId: null,
        present: true,
        waiting: false,
      },
    ]);
    expect(detail).toMatchObject({ title: null, status: 'live', nodeState: 'ready' });
  });

  it('with CONSOLE_SHOW_NAMES the pages of a session name people, and lists do not', async () => {
    const { server, sessionId } = await busyServer({ CONSOLE_SHOW_NAMES: 'true' });
    const browser = await loggedIn(server);
    const { body } = await browser.get<ConsoleSessionDetail>(`/sessions/${sessionId}`);
    expect(body).toMatchObject({ title: 'Panic-attack-follow-up' });
    expect(body.people.map(({ name, userId }) => [name, userId])).toEqual([
      ['Trillian-McMillan', 'user-id-of-trillian'],
      ['Zaphod-Beeblebrox', 'user-id-of-zaphod'],
    ]);
    const never = PRIVATE.filter((text) => text.startsWith('Private') || /@|\+|metadata/.test(text));
    for (const { path, text } of await readEverything(browser, sessionId)) {
      const isList = !path.includes(`/sessions/${sessionId}`) && !path.includes('sessionId=');
      for (const secret of isList ? PRIVATE : never)
        expect([path, text.includes(secret)]).toEqual([path, false]);
    }
  });

  it('a person has the same short id in all visits, and another one than other people', async () => {
    const server = await startServer({ env: ON });
    await privateVisit(server);
    await privateVisit(server);
    const { body } = await (await loggedIn(server)).get<ConsoleSessionList>('/sessions');
    const ids = body.sessions.map(({ people }) => people.map(({ id }) => id));
    expect(ids[0]).toEqual(ids[1]);
    expect(new Set(ids.flat()).size).toBe(2);
  });

  it('every read of a session is in its audit log once in five minutes, with the operator', async () => {
    const clock = new ManualClock();
    const server = await startServer({ env: ON, clock });
    const sessionId = await privateVisit(server);
    const browser = await loggedIn(server, 'viewer', clock.now());
    for (let time = 0; time < 2; time++) await readEverything(browser, sessionId);
    const read = async () =>
      (await server.api.getAudit(sessionId)).entries
        .filter(({ action }) => action.startsWith('console.'))
        .map(({ action, actor, userId, details }) => [action, actor, userId, details]);
    const viewer = { type: 'operator', subject: 'viewer-7' };
    const parts = ['failures', 'session', 'quality', 'history', 'deliveries', 'messages', 'recordings'];
    expect(await read()).toEqual([
      ['console.found', viewer, 'user-id-of-zaphod', {}],
      ...parts.map((part) => ['console.read', viewer, null, { part }]),
    ]);
    clock.advance(5 * 60_000 + 1);
    await browser.get(`/sessions/${sessionId}`);
    expect(await read()).toHaveLength(9);
    const history = await browser.get<ConsoleHistory>(`/sessions/${sessionId}/history?limit=200`);
    expect(history.body.entries.find(({ action }) => action === 'console.read')?.actor).toEqual({
      type: 'operator',
      person: null,
      subject: 'viewer-7',
    });
  });
});

describe('the operations of the console', () => {
  it('an operator drains a node and ends the drain', async () => {
    const server = await startServer({ env: ON });
    const browser = await loggedIn(server, 'operator');
    const state = async () => (await browser.get<ConsoleNodeList>('/nodes')).body.nodes[0]?.state;
    expect(await state()).toBe('ready');
    expect((await browser.call('POST', '/nodes/sfu-1/drain', { deadlineSeconds: 600 })).status).toBe(200);
    expect(await state()).toBe('draining');
    expect((await browser.call('DELETE', '/nodes/sfu-1/drain')).status).toBe(200);
    expect(await state()).toBe('ready');
  });

  it('the list has stable pages, newest first, and filters by status', async () => {
    const clock = new ManualClock();
    const server = await startServer({ env: ON, clock });
    const created: string[] = [];
    for (let number = 0; number < 5; number++) {
      created.unshift((await server.createVisit()).sessionId);
      clock.advance(1);
    }
    await server.api.startSession(created[2] ?? '');
    const browser = await loggedIn(server, 'viewer', clock.now());
    const found: string[] = [];
    let cursor: string | null = '';
    do {
      const query: string = cursor ? `&cursor=${cursor}` : '';
      const { body } = await browser.get<ConsoleSessionList>(`/sessions?limit=2${query}`);
      found.push(...body.sessions.map(({ sessionId }) => sessionId));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(found).toEqual(created);
    const live = await browser.get<ConsoleSessionList>('/sessions?status=live');
    expect(live.body.sessions.map(({ sessionId }) => sessionId)).toEqual([created[2]]);
    expect((await browser.get('/sessions?cursor=x')).body.code).toBe('validation_failed');
  });

  it('the search finds sessions by session, appointment and user id, and nothing by part of one', async () => {
    const server = await startServer({ env: ON });
    const { sessionId } = await server.createVisit('appointment-7', { patientId: 'ada' });
    const browser = await loggedIn(server, 'viewer');
    const search = async (q: string) =>
      (await browser.get<ConsoleSearchResult>(`/search?q=${encodeURIComponent(q)}`)).body;
    for (const [q, matches] of [
      [sessionId, 'session'],
      ['appointment-7', 'appointment'],
      ['ada', 'user'],
    ] as const) {
      expect(await search(q)).toMatchObject({ matches, sessions: [{ sessionId }] });
    }
    for (const q of ['ad', 'appointment', '$ne', '%']) {
      expect(await search(q)).toEqual({ matches: null, sessions: [] });
    }
  });

  it('refused joins are listed with person, step and reason, the same one once a minute', async () => {
    const clock = new ManualClock();
    const server = await startServer({ env: ON, clock });
    const { sessionId } = await server.createVisit(undefined, {
      scheduledAt: new Date(clock.now()).toISOString(),
    });
    const link = new URL(await server.joinUrl(sessionId, 'patient'));
    const token = link.searchParams.get('token') ?? '';
    const open = (bearer: string) =>
      fetch(`${server.url}/api/v1/visits/${sessionId}`, { headers: { Authorization: `Bearer ${bearer}` } });
    clock.advance(3600_000 + 1000);
    for (let time = 0; time < 3; time++) expect((await open(token)).status).toBe(401);
    // Nobody whom this server gave no link can fill the list.
    await open(`${token.slice(0, -6)}AAAAAA`);
    const browser = await loggedIn(server, 'viewer', clock.now());
    const list = async (query = '') =>
      (await browser.get<ConsoleJoinFailureList>(`/join-failures${query}`)).body.failures;
    await expect.poll(() => list()).toHaveLength(1);
    await expect(ProtocolClient.connectWith(server, token, sessionId)).rejects.toThrow();
    await expect.poll(() => list()).toHaveLength(2);
    const refused = await list(`?sessionId=${sessionId}&code=token_expired`);
    expect(refused.map(({ stage }) => stage).sort()).toEqual(['connection', 'page']);
    for (const failure of refused) {
      expect(failure).toMatchObject({ sessionId, person: { role: 'patient', name: null, userId: null } });
    }
    expect(await list('?code=visit_full')).toEqual([]);
  });

  it('a delivery is replayed and the replay is in the audit log', async () => {
    const server = await startServer({ env: ON });
    const inbox = await WebhookInbox.open();
    await server.api.createWebhookEndpoint({ url: inbox.url });
    const { sessionId } = await server.createVisit();
    const browser = await loggedIn(server, 'operator');
    const list = async () =>
      (await browser.get<ConsoleDeliveryList>(`/sessions/${sessionId}/deliveries`)).body.deliveries;
    await expect.poll(async () => (await list()).map(({ state }) => state)).toEqual(['delivered']);
    const [delivery] = await list();
    const replayed = await browser.call('POST', `/deliveries/${delivery?.deliveryId}/replay`);
    expect([replayed.status, replayed.text.includes('attempts')]).toEqual([200, false]);
    await expect.poll(async () => (await list()).map(({ state }) => state)).toEqual(['delivered']);
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.filter(({ action }) => action === 'console.replayed')).toMatchObject([
      {
        actor: { type: 'operator', subject: 'operator-7' },
        details: { event: 'session.created' },
      },
    ]);
  });

  it('the messages of a session are listed without addresses', async () => {
    const server = await startServer({ env: ON });
    const sessionId = await privateVisit(server);
    const mail = newMail(
      { sessionId, seat: 1, kind: 'invited', minutesBefore: null, sequence: 0 },
      Date.now(),
    );
    await server.televisit.store.mail.add([mail]);
    const { body } = await (
      await loggedIn(server)
    ).get<ConsoleMessageList>(`/sessions/${sessionId}/messages`);
    expect(body.messages).toMatchObject([{ channel: 'mail', kind: 'invited', person: { role: 'patient' } }]);
  });

  it('the quality of a call is stored every 30 seconds while people are connected', async () => {
    const clock = new ManualClock();
    const server = await startServer({ env: ON, clock });
    const { sessionId } = await server.createVisit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    await ProtocolClient.join(server, sessionId, 'patient');
    await doctor.request('network:report', { level: 'poor' });
    const browser = await loggedIn(server, 'viewer', clock.now());
    const series = async () =>
      (await browser.get<ConsoleQuality>(`/sessions/${sessionId}/quality`)).body.series;
    clock.advance(30_000);
    await expect.poll(series).toHaveLength(2);
    clock.advance(30_000);
    await expect.poll(async () => (await series())[0]?.points.length).toBe(2);
    const [first] = await series();
    expect(first?.person.role).toBe('doctor');
    expect(first?.points.map(({ network }) => network)).toEqual(['poor', 'poor']);
    expect(Date.parse(first?.points[1]?.at ?? '') - Date.parse(first?.points[0]?.at ?? '')).toBe(30_000);
  });
});
