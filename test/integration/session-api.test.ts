import type { CreateSessionResponse, JoinSessionResponse, Problem } from '@televisit/shared/api';
import { ERRORS } from '@televisit/shared/errors';
import fc from 'fast-check';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';
import type { TestServer } from '../support/infra/test-server.ts';

let server: TestServer;
let unique = 0;

beforeAll(async () => {
  server = await startServer({
    closedBy: 'caller',
    env: { SFU_NODES: 'sfu-1,sfu-2', CLIENT_BASE_URL: 'https://visits.test/' },
  });
});
afterAll(() => server.close());

const appointment = (changes = {}) => {
  unique += 1;
  return { appointmentId: `appointment-${unique}`, doctorId: 'd', patientId: 'p', ...changes };
};
const create = (body: unknown, headers = {}) =>
  server.call<CreateSessionResponse>('POST', '/sessions', body, headers);
const refused = (body: unknown, headers = {}) => server.call('POST', '/sessions', body, headers);

describe('POST /sessions', () => {
  it('a create is answered with 201 and exactly four fields', async () => {
    const { status, body } = await create(appointment());
    expect(status).toBe(201);
    expect(body).toEqual({
      sessionId: expect.stringMatching(/^sess_[0-9a-z]+$/) as string,
      roomName: `room_${body.sessionId}`,
      sfuNodeId: expect.stringMatching(/^sfu-[12]$/) as string,
      baseUrl: `https://visits.test/join/${body.sessionId}`,
    });
  });

  it('a repeated create for an appointment is answered with 200, the same body, its status and its time', async () => {
    const visit = appointment();
    const first = await create(visit);
    const second = await create(visit);
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toMatchObject({
      ...first.body,
      status: 'scheduled',
      durationMinutes: 30,
      differs: [],
    });
  });

  it.each([{ doctorId: 'other' }, { patientId: 'other' }, { doctorId: 'p', patientId: 'd' }])(
    'a create for an appointment of other users (%j) is answered with 409',
    async (changes) => {
      const visit = appointment();
      await create(visit);
      const { status, body } = await refused({ ...visit, ...changes });
      expect([status, body.code]).toEqual([409, 'appointment_conflict']);
    },
  );

  it('a create for an appointment whose session was cancelled makes another session', async () => {
    const visit = appointment();
    const first = await create(visit);
    await server.call('DELETE', `/sessions/${first.body.sessionId}`);
    const second = await create(visit);
    expect(second.status).toBe(201);
    expect(second.body.sessionId).not.toBe(first.body.sessionId);
    expect((await server.call('DELETE', `/sessions/${first.body.sessionId}`)).status).toBe(200);
  });

  it('a create for an existing session names what differs, and changes nothing', async () => {
    const visit = appointment({
      title: 'First',
      seats: [{ userId: 'p', role: 'patient', email: 'a@home.test' }],
    });
    const { body } = await create(visit);
    const changed = {
      ...visit,
      title: 'Second',
      scheduledAt: '2031-01-31T09:00:00Z',
      options: { chat: false },
      seats: [{ userId: 'p', role: 'patient', email: 'b@home.test' }],
    };
    const again = await server.call<{ differs: string[] }>('POST', '/sessions', changed);
    expect(again.body.differs).toEqual(['title', 'scheduledAt', 'options', 'seats']);
    await server.call('POST', `/sessions/${body.sessionId}/end`);
    expect((await server.call('POST', '/sessions', visit)).body).toMatchObject({
      status: 'ended',
      differs: [],
    });
    expect((await server.call('POST', `/sessions/${body.sessionId}/reopen`)).body).toMatchObject({
      status: 'live',
    });
  });

  it('50 creates at once for one appointment create one session', async () => {
    const visit = appointment();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(visit)));
    expect(new Set(answers.map(({ body }) => body.sessionId)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('sessions are spread over the nodes, and refused or repeated creates do not count', async () => {
    const own = await startServer({ closedBy: 'caller', env: { SFU_NODES: 'a,b' } });
    try {
      const nodes: string[] = [];
      for (let index = 0; index < 6; index++) {
        const visit = { appointmentId: `x-${index}`, doctorId: 'd', patientId: 'p' };
        nodes.push((await own.call<CreateSessionResponse>('POST', '/sessions', visit)).body.sfuNodeId);
        await own.call('POST', '/sessions', visit);
        await own.call('POST', '/sessions', { ...visit, doctorId: 'other' });
      }
      expect(nodes).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    } finally {
      await own.close();
    }
  });

  it('a create under /api/v1 works the same', async () => {
    const visit = appointment();
    const first = await server.call<CreateSessionResponse>('POST', '/api/v1/sessions', visit);
    const second = await create(visit);
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toMatchObject(first.body);
  });
});

describe('POST /sessions/:sessionId/join', () => {
  const join = (sessionId: string, body: unknown) =>
    server.call<JoinSessionResponse>('POST', `/sessions/${sessionId}/join`, body);

  it.each([
    ['doctor', 'd'],
    ['patient', 'p'],
  ])('the %s gets a link with a token for an hour', async (role, userId) => {
    const { body: session } = await create(appointment());
    const { status, body } = await join(session.sessionId, { role, userId });
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['expiresIn', 'joinUrl']);
    expect(body.expiresIn).toBe(3600);
    expect(body.joinUrl).toBe(`${session.baseUrl}?token=${tokenOf(body.joinUrl)}`);
    expect(server.tokens.verify(tokenOf(body.joinUrl), session.sessionId)).toMatchObject({
      sub: userId,
      role,
    });
  });

  it.each([
    { role: 'patient', userId: 'd' },
    { role: 'doctor', userId: 'p' },
    { role: 'doctor', userId: 'stranger' },
    { role: 'admin', userId: 'd' },
    { role: 'observer', userId: 'd' },
  ])('the request %j is refused with 403', async (body) => {
    const { body: session } = await create(appointment());
    const answer = await server.call('POST', `/sessions/${session.sessionId}/join`, body);
    expect([answer.status, answer.body.code]).toEqual([403, 'seat_mismatch']);
  });

  it('a join of a session that does not exist is answered with 404', async () => {
    const answer = await server.call('POST', '/sessions/sess_0000000000/join', {
      role: 'doctor',
      userId: 'd',
    });
    expect([answer.status, answer.body.code]).toEqual([404, 'session_not_found']);
  });
});

describe('an invalid request', () => {
  const good = { appointmentId: 'never-made', doctorId: 'd', patientId: 'p' };
  const raw = JSON.stringify(good);

  it.each([
    ['no secret', raw, { 'X-Internal-Secret': '' }, 401, 'unauthorized'],
    ['a wrong secret', raw, { 'X-Internal-Secret': `${INTERNAL_SECRET}x` }, 401, 'unauthorized'],
    ['bad JSON', '{"appointmentId":', {}, 400, 'bad_json'],
    ['an empty body', '', {}, 400, 'validation_failed'],
    ['a body in Latin-1', Buffer.from(raw.replace('"p"', '"Jörg"'), 'latin1'), {}, 400, 'bad_json'],
    ['a body in UTF-16', Buffer.from(raw, 'utf16le'), {}, 400, 'bad_json'],
    ['a string', '"hello"', {}, 400, 'bad_json'],
    ['a list', '[]', {}, 400, 'validation_failed'],
    ['a missing field', '{"appointmentId":"never-made"}', {}, 400, 'validation_failed'],
    ['a wrong type', JSON.stringify({ ...good, doctorId: 7 }), {}, 400, 'validation_failed'],
    ['an unknown field', JSON.stringify({ ...good, extra: true }), {}, 400, 'validation_failed'],
    ['one person in both seats', JSON.stringify({ ...good, patientId: 'd' }), {}, 400, 'validation_failed'],
    [
      'a body over 64 kB',
      JSON.stringify({ ...good, doctorId: 'x'.repeat(70_000) }),
      {},
      400,
      'body_too_large',
    ],
    ['another media type', raw, { 'Content-Type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['a compressed body', raw, { 'Content-Encoding': 'gzip' }, 415, 'unsupported_media_type'],
    [
      'another charset',
      raw,
      { 'Content-Type': 'application/json; charset=latin1' },
      415,
      'unsupported_media_type',
    ],
  ])('%s is answered with a problem and changes nothing', async (_, body, headers, status, code) => {
    const answer = await refused(body, headers);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, title: ERRORS[code as keyof typeof ERRORS].title });
    expect(answer.body.remedy).not.toBe('');
    expect(await server.televisit.store.findByAppointment('never-made')).toBeUndefined();
  });

  it('the problem names the invalid fields', async () => {
    const { body } = await refused({ ...good, doctorId: 7, extra: true });
    expect(body.errors?.map(({ path }) => path)).toEqual(['doctorId', '']);
    expect(body.detail).toContain('extra');
  });

  it.each([
    ['PUT', '/sessions', 'POST, GET, HEAD'],
    ['DELETE', '/api/v1/sessions', 'POST, GET, HEAD'],
    ['PUT', '/sessions/sess_00000000/join', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
  ])('%s %s is answered with 405 and Allow', async (method, path, allow) => {
    const answer = await server.call(method, path);
    expect([answer.status, answer.body.code]).toEqual([405, 'method_not_allowed']);
    expect(answer.headers.get('allow')).toBe(allow);
  });

  it.each(['/api/v1/nothing', '/api', '/sessions/a/b/c', '/nothing', '/join', '/../../etc/passwd'])(
    'GET %s is answered with 404',
    async (path) => {
      const answer = await server.call('GET', path);
      expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    },
  );

  it.each(['/users/J%F6rg/data', '/sessions?userId=J%FCrg', '/users/J%C3/calendar-link', '/%zz'])(
    'GET %s, which is not percent-encoded UTF-8, is answered with 400',
    async (path) => {
      const headers = { 'X-Internal-Secret': INTERNAL_SECRET };
      const options = { port: server.televisit.port, path, headers };
      const [answer] = (await once(request(options).end(), 'response')) as [IncomingMessage];
      const body = JSON.parse(await text(answer)) as Problem;
      expect([answer.statusCode, body.code]).toEqual([400, 'bad_address']);
    },
  );

  it.each(['utf8', 'UTF-8', '"utf-8"'])('a body with charset=%s is accepted', async (charset) => {
    const type = { 'Content-Type': `application/json; charset=${charset}` };
    expect((await create(appointment({ patientId: 'Jörg' }), type)).status).toBe(201);
  });

  it('an address that does not exist is revealed only to callers with the secret', async () => {
    const answer = await server.call('GET', '/api/v1/nothing', undefined, { 'X-Internal-Secret': 'wrong' });
    expect(answer.status).toBe(401);
  });

  it('no body causes a 500 or a write', { timeout: 60_000 }, async () => {
    const before = [...(await server.televisit.store.countOpenByNode()).values()];
    const hostile = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc
        .record({ appointmentId: fc.anything(), doctorId: fc.anything(), patientId: fc.constant(7) })
        .map((value) => {
          try {
            return JSON.stringify(value);
          } catch {
            return '{}';
          }
        }),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (body) => {
        const { status } = await server.call('POST', '/sessions', body);
        expect(status).toBe(400);
      }),
      { numRuns: 150 },
    );
    expect([...(await server.televisit.store.countOpenByNode()).values()]).toEqual(before);
  });
});

describe('GET /healthz', () => {
  it('healthz returns 200 without a secret', async () => {
    const answer = await server.call<{ status: string }>('GET', '/healthz', undefined, {
      'X-Internal-Secret': '',
    });
    expect([answer.status, answer.body.status]).toEqual([200, 'ok']);
  });
});

describe('every response', () => {
  it('every response has the headers that protect pages and tokens', async () => {
    const { headers } = await server.call('GET', '/join/sess_00000000');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("connect-src 'self'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('permissions-policy')).toContain('camera=(self)');
    expect(headers.get('strict-transport-security')).toContain('max-age');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('a client that never finishes its headers', () => {
  it('a client that never finishes its headers blocks only its own connection', async () => {
    const slow = request({
      port: server.televisit.port,
      method: 'POST',
      path: '/sessions',
      headers: { 'content-length': 10 },
    });
    slow.on('error', () => undefined);
    slow.flushHeaders();
    expect((await create(appointment())).status).toBe(201);
    slow.destroy();
  });
});
