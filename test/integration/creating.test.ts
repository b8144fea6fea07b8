import type { CreateSessionResponse } from '@televisit/shared/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';
import type { TestServer } from '../support/infra/test-server.ts';

let server: TestServer;
let unique = 0;

beforeAll(async () => {
  server = await startServer({ closedBy: 'caller', clock: new ManualClock() });
});
afterAll(() => server.close());

const request = (changes: object = {}) => ({
  appointmentId: `appointment-${(unique += 1)}`,
  doctorId: 'd',
  patientId: 'p',
  ...changes,
});

describe('POST /sessions', () => {
  it('a session without a time starts now, takes half an hour and has the default options', async () => {
    const { sessionId } = await server.api.createSession(request());
    expect(await server.api.getSession(sessionId)).toMatchObject({
      status: 'scheduled',
      title: null,
      description: null,
      courseId: null,
      metadata: {},
      scheduledAt: '2026-01-05T09:00:00.000Z',
      durationMinutes: 30,
      opensAt: '2026-01-05T08:45:00.000Z',
      closesAt: '2026-01-05T10:00:00.000Z',
      options: {
        waitingRoom: 'until-host',
        chat: true,
        screenShare: true,
        recording: 'off',
        maxParticipants: 25,
        language: null,
      },
      startedAt: null,
      endedAt: null,
      endReason: null,
    });
  });

  it('a session keeps every field of the request', async () => {
    const given = {
      title: 'Kontrolle – März',
      description: 'Two\nlines',
      courseId: 'course-1',
      metadata: { 'clinic.id': '7', note: 'Ünï "quoted" $x' },
      scheduledAt: '2026-01-05T11:00:00+01:00',
      durationMinutes: 90,
      options: {
        waitingRoom: 'admit',
        chat: false,
        screenShare: false,
        recording: 'on-request',
        maxParticipants: 4,
        language: 'pt-BR',
      },
    } as const;
    const { sessionId } = await server.api.createSession(request(given));
    const session = await server.api.getSession(sessionId);
    expect(session).toMatchObject({ ...given, scheduledAt: '2026-01-05T10:00:00.000Z' });
    expect(session.closesAt).toBe('2026-01-05T12:00:00.000Z');
  });

  it('a session has further seats and names for the doctor and the patient', async () => {
    const { sessionId } = await server.api.createSession(
      request({
        seats: [
          { userId: 'p', role: 'patient', displayName: 'علی‌رضا', email: 'p@example.org' },
          { userId: 'i', role: 'interpreter', displayName: 'Ines' },
          { userId: 'o', role: 'observer' },
        ],
      }),
    );
    const { seats } = await server.api.getSession(sessionId);
    expect(seats.map(({ userId, role, displayName, email }) => [userId, role, displayName, email])).toEqual([
      ['d', 'doctor', null, null],
      ['p', 'patient', 'علی‌رضا', 'p@example.org'],
      ['i', 'interpreter', 'Ines', null],
      ['o', 'observer', null, null],
    ]);
    const { joinUrl } = await server.api.joinSession(sessionId, { role: 'observer', userId: 'o' });
    expect(server.tokens.verify(tokenOf(joinUrl), sessionId)).toMatchObject({ permissions: ['subscribe'] });
  });

  it.each([
    [{ teacherId: 't', studentId: 's' }, 'teacher', 'student'],
    [{ mentorId: 't', menteeId: 's' }, 'mentor', 'mentee'],
  ])('a session accepts %j as doctor and patient', async (pair, host, guest) => {
    const appointmentId = `pair-${host}`;
    const { sessionId } = await server.api.createSession({ appointmentId, ...pair });
    const { seats } = await server.api.getSession(sessionId);
    expect(seats.map(({ userId, role }) => [userId, role])).toEqual([
      ['t', host],
      ['s', guest],
    ]);
    expect((await server.api.joinSession(sessionId, { role: host, userId: 't' })).expiresIn).toBe(3600);
  });

  it.each([
    [{ teacherId: 't' }, 'teacherId'],
    [{ patientId: undefined }, 'patientId'],
    [{ seats: [{ userId: 'd', role: 'patient' }] }, 'seats.0.userId'],
    [
      {
        seats: [
          { userId: 'x', role: 'guest' },
          { userId: 'x', role: 'observer' },
        ],
      },
      'seats.1.userId',
    ],
    [{ seats: [{ userId: 'x', role: 'emperor' }] }, 'seats.0.role'],
    [{ seats: [{ userId: 'x', role: 'guest', email: 'nowhere' }] }, 'seats.0.email'],
    [{ scheduledAt: '2026-01-05T11:00:00' }, 'scheduledAt'],
    [{ scheduledAt: '1999-12-31T23:59:59Z' }, 'scheduledAt'],
    [{ durationMinutes: 0 }, 'durationMinutes'],
    [{ durationMinutes: 1.5 }, 'durationMinutes'],
    [{ options: { waitingRoom: 'maybe' } }, 'options.waitingRoom'],
    [{ options: { color: 'red' } }, 'options'],
    [{ metadata: { 'a b': 'x' } }, 'metadata.a b'],
    [{ metadata: { a: 1 } }, 'metadata.a'],
    [
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, ''])) },
      'metadata',
    ],
    [{ title: 'x'.repeat(201) }, 'title'],
    [{ title: 'a\nb' }, 'title'],
  ])('the request %j is refused, names the field and writes nothing', async (changes, path) => {
    const body = request(changes);
    const answer = await server.call('POST', '/sessions', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
    expect(answer.body.errors?.map((issue) => issue.path)).toContain(path);
    expect(await server.televisit.store.findByAppointment(body.appointmentId)).toBeUndefined();
  });

  it('a second request for an appointment returns its session unchanged, or 409 if the seats differ', async () => {
    const first = request({ title: 'First', seats: [{ userId: 'i', role: 'interpreter' }] });
    const { sessionId } = await server.api.createSession(first);
    expect((await server.api.createSession({ ...first, title: 'Second' })).sessionId).toBe(sessionId);
    expect((await server.api.getSession(sessionId)).title).toBe('First');
    await expect(server.api.createSession({ ...first, patientId: 'other' })).rejects.toMatchObject({
      status: 409,
      code: 'appointment_conflict',
    });
  });
});

describe('Idempotency-Key', () => {
  const create = (body: object, key: string) =>
    server.call<CreateSessionResponse & { code?: string }>('POST', '/sessions', body, {
      'Idempotency-Key': key,
    });

  it('the same request with the same key gets the same session, and the response says so', async () => {
    const body = request({ title: 'Once' });
    const first = await create(body, 'key-1');
    const second = await create(Object.fromEntries(Object.entries(body).reverse()), 'key-1');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual({
      ...first.body,
      status: 'scheduled',
      scheduledAt: '2026-01-05T09:00:00.000Z',
      durationMinutes: 30,
      differs: [],
    });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
  });

  it('another request with the same key is refused with 422 and writes nothing', async () => {
    await create(request(), 'key-2');
    const other = request();
    const answer = await create(other, 'key-2');
    expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_conflict']);
    expect(await server.televisit.store.findByAppointment(other.appointmentId)).toBeUndefined();
  });

  it('50 requests at once with one key create one session', async () => {
    const body = request();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(body, 'key-3')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => answer.body.sessionId)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
  });

  it('a key with an appointment that has a session returns that session', async () => {
    const body = request();
    const { sessionId } = await server.api.createSession(body);
    const answer = await create(body, 'key-4');
    expect([answer.status, answer.body.sessionId]).toEqual([200, sessionId]);
  });

  it('the key of a changed session gets that session with what differs from the request', async () => {
    const body = request({ title: 'Once', scheduledAt: '2026-01-06T09:00:00Z' });
    const { sessionId } = (await create(body, 'key-5')).body;
    await server.api.updateSession(sessionId, { title: 'Twice', scheduledAt: '2026-01-07T09:00:00Z' });
    expect((await create(body, 'key-5')).body).toMatchObject({
      sessionId,
      status: 'scheduled',
      scheduledAt: '2026-01-07T09:00:00.000Z',
      differs: ['title', 'scheduledAt'],
    });
  });

  it.each([
    ['cancelled', 'cancelSession'],
    ['ended', 'endSession'],
  ] as const)('the key of an %s session gets that session again, with its status', async (status, end) => {
    const body = request();
    const { sessionId } = (await create(body, `key-${status}`)).body;
    await server.api[end](sessionId);
    const again = await create(body, `key-${status}`);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(again.body).toMatchObject({ sessionId, status, differs: [] });
    const other = await create({ ...body, title: 'Other' }, `key-${status}`);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_conflict']);
  });

  it('a new key, or none, creates another session for a cancelled appointment; the old key stays with the old one', async () => {
    const body = request();
    const first = await create(body, 'key-6');
    await server.api.cancelSession(first.body.sessionId);
    const second = await create(body, 'key-7');
    expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect(second.body.sessionId).not.toBe(first.body.sessionId);
    await server.api.cancelSession(second.body.sessionId);
    const third = await server.api.createSession(body);
    expect(third.status).toBeUndefined();
    const replayed = [await create(body, 'key-6'), await create(body, 'key-7')];
    expect(replayed.map((answer) => [answer.body.sessionId, answer.body.status])).toEqual([
      [first.body.sessionId, 'cancelled'],
      [second.body.sessionId, 'cancelled'],
    ]);
    expect((await server.api.createSession(body)).sessionId).toBe(third.sessionId);
  });

  it.each(['a b', 'x'.repeat(129)])('the key %j is refused', async (key) => {
    expect((await create(request(), key)).status).toBe(400);
  });
});
