import type { SessionList } from '@televisit/shared/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

let server: TestServer;
const clock = new ManualClock();
const ids: string[] = [];

beforeAll(async () => {
  server = await startServer({ closedBy: 'caller', clock, env: { SFU_NODES: 'sfu-1,sfu-2' } });
  for (let index = 0; index < 6; index++) {
    const { sessionId } = await server.api.createSession({
      appointmentId: `list-${index}`,
      doctorId: `doctor-${index % 2}`,
      patientId: 'patient',
      courseId: index < 3 ? 'course' : null,
      scheduledAt: new Date(clock.now() + index * 3_600_000).toISOString(),
    });
    ids.push(sessionId);
    clock.advance(10);
  }
  await server.api.endSession(ids[0]!);
  await server.api.cancelSession(ids[1]!);
  await server.api.startSession(ids[2]!);
});
afterAll(() => server.close());

const list = async (query = '') => {
  const { status, body } = await server.call<SessionList>('GET', `/sessions${query}`);
  expect(status).toBe(200);
  return body.sessions.map(({ appointmentId }) => Number(appointmentId.slice('list-'.length)));
};

describe('GET /sessions', () => {
  it.each([
    ['', [5, 4, 3, 2, 1, 0]],
    ['?status=ended', [0]],
    ['?status=ended,cancelled', [1, 0]],
    ['?appointmentId=list-3', [3]],
    ['?userId=doctor-1', [5, 3, 1]],
    ['?userId=patient&status=scheduled', [5, 4, 3]],
    ['?userId=nobody', []],
    ['?courseId=course', [2, 1, 0]],
    ['?node=sfu-2', [5, 3, 1]],
    ['?from=2026-01-05T10:00:00Z&to=2026-01-05T12:00:00Z', [2, 1]],
    ['?from=2026-01-05T11:00:00%2B01:00&limit=2', [5, 4]],
    ['?from=2026-01-05T11:00:00+01:00&limit=2', [5, 4]],
    ['?status=ended&status=cancelled', [1, 0]],
    ['?limit=200', [5, 4, 3, 2, 1, 0]],
  ])('%s returns the matching sessions, newest first', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });

  it('the list shows sessions as GET /sessions/:sessionId does', async () => {
    const { body } = await server.call<SessionList>('GET', '/sessions?appointmentId=list-4');
    expect(body).toEqual({ sessions: [await server.api.getSession(ids[4]!)], nextCursor: null });
  });

  it('pages contain each session once, while sessions are created and changed', async () => {
    const seen: number[] = [];
    let cursor = '';
    do {
      const { body } = await server.call<SessionList>('GET', `/sessions?limit=2${cursor}`);
      seen.push(...body.sessions.map(({ appointmentId }) => Number(appointmentId.slice('list-'.length))));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
      await server.api.updateSession(ids[4]!, {
        scheduledAt: '2026-01-07T09:00:00Z',
        title: `Page ${seen.length}`,
      });
      await server.api.createSession({
        appointmentId: `later-${seen.length}`,
        doctorId: 'x',
        patientId: 'y',
      });
    } while (cursor);
    expect(seen).toEqual([5, 4, 3, 2, 1, 0]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=ten', 'limit'],
    ['status=asleep', 'status.0'],
    ['from=today', 'from'],
    ['cursor=abc', 'cursor'],
    ['cursor=', 'cursor'],
    ['unknown=1', ''],
    ['userId=a&userId=b', 'userId'],
  ])('the query ?%s is refused and names the field', async (query, path) => {
    const answer = await server.call('GET', `/sessions?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
    expect(answer.body.errors?.map((issue) => issue.path)).toEqual([path]);
  });
});

describe('GET /sessions/:sessionId', () => {
  it.each(['sess_0000000000', 'nonsense', '%00'])('GET with %s is answered with 404', async (sessionId) => {
    const answer = await server.call('GET', `/sessions/${sessionId}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'session_not_found']);
  });
});
