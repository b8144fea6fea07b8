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
    ['?endReason=cancelled', [1]],
    ['?endReason=cancelled,backend_ended', [1, 0]],
    ['?endReason=cancelled&endReason=no_show', [1]],
    ['?endedFrom=2026-01-05T08:00:00Z&endedTo=2026-01-05T10:00:00Z', [1, 0]],
    ['?endedFrom=2026-01-05T10:00:00Z', []],
    ['?endedTo=2026-01-05T09:00:00Z', []],
    ['?order=createdAt', [5, 4, 3, 2, 1, 0]],
  ])('%s returns the matching sessions, newest first', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });

  it.each([
    ['?order=createdAt&direction=asc', [0, 1, 2, 3, 4, 5]],
    ['?order=scheduledAt', [5, 0, 1, 2, 3, 4]],
    ['?order=scheduledAt&direction=desc', [4, 3, 2, 1, 0, 5]],
    ['?order=scheduledAt&userId=doctor-1', [5, 1, 3]],
    ['?order=scheduledAt&from=2026-01-05T10:00:00Z&limit=2', [1, 2]],
    ['?order=scheduledAt&status=ended,cancelled', [0, 1]],
  ])('%s returns the matching sessions in that order', async (query, expected) => {
    await server.api.updateSession(ids[5]!, { scheduledAt: '2026-01-05T08:45:00Z' });
    expect(await list(query)).toEqual(expected);
    await server.api.updateSession(ids[5]!, { scheduledAt: '2026-01-05T14:00:00Z' });
  });

  it('pages by schedule contain each session once, and their cursors are refused in another order', async () => {
    const seen: number[] = [];
    const query = { order: 'scheduledAt', direction: 'desc', userId: 'patient', limit: 2 } as const;
    let cursor: string | null = null;
    do {
      const page: SessionList = await server.api.listSessions({ ...query, cursor });
      seen.push(...page.sessions.map(({ appointmentId }) => Number(appointmentId.slice('list-'.length))));
      cursor = page.nextCursor;
      if (!cursor) break;
      for (const other of ['', '&order=scheduledAt', '&order=createdAt&direction=asc']) {
        const refused = await server.call('GET', `/sessions?cursor=${cursor}${other}`);
        expect([refused.status, refused.body.errors?.[0]?.path]).toEqual([400, 'cursor']);
      }
    } while (cursor);
    expect(seen).toEqual([5, 4, 3, 2, 1, 0]);
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
    ['endReason=bored', 'endReason.0'],
    ['endedFrom=today', 'endedFrom'],
    ['order=title', 'order'],
    ['direction=up', 'direction'],
    ['format=xml', 'format'],
  ])('the query ?%s is refused and names the field', async (query, path) => {
    const answer = await server.call('GET', `/sessions?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
    expect(answer.body.errors?.map((issue) => issue.path)).toEqual([path]);
  });
});

describe('GET /sessions as CSV', () => {
  it.each([
    ['Accept', '', { Accept: 'text/csv' }],
    ['the query', '&format=csv', {}],
  ])(
    'the list, requested by %s, has a line for each session and the next page',
    async (_, query, headers) => {
      const path = `/sessions?userId=doctor-0&limit=2${query}`;
      const answer = await server.call<string>('GET', path, undefined, headers);
      expect(answer.headers.get('content-type')).toContain('text/csv');
      expect(answer.headers.get('content-disposition')).toBe('attachment; filename="sessions.csv"');
      const [head, first, ...others] = answer.body.trim().split('\r\n');
      expect(head).toBe(
        'sessionId,appointmentId,status,title,courseId,people,scheduledAt,durationMinutes,startedAt,endedAt,endReason,region,sfuNodeId,createdAt,updatedAt',
      );
      expect(others).toHaveLength(1);
      expect(first).toMatch(/^sess_\w+,list-4,scheduled,[^,]*,,doctor doctor-0; patient patient,2026-/);
      expect(first).toContain(ids[4]);
      const next = /^<(\?.+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
      const { body, headers: last } = await server.call<string>(
        'GET',
        `/sessions${next}`,
        undefined,
        headers,
      );
      expect(body.trim().split('\r\n')).toHaveLength(2);
      expect(body).toContain(`${ids[0]},list-0,ended,`);
      expect(last.get('link')).toBeNull();
    },
  );

  it('an empty list has its header; a JSON list links to its next page, too', async () => {
    expect(await server.api.listSessionsCsv({ userId: 'nobody' })).toMatch(/^sessionId,[\w,]+updatedAt\r\n$/);
    const answer = await server.call<SessionList>('GET', '/sessions?limit=1');
    expect(answer.headers.get('link')).toBe(`<?limit=1&cursor=${answer.body.nextCursor}>; rel="next"`);
  });

  it('titles are no formulas, and ids stay as they are', async () => {
    await server.api.createSession({
      appointmentId: '+4930123',
      doctorId: '=1',
      patientId: '-2',
      title: '=HYPERLINK("x")',
      courseId: '@course',
      seats: [{ userId: '-2', role: 'patient' }],
    });
    const csv = await server.api.listSessionsCsv({ courseId: '@course' });
    expect(csv).toContain(`,+4930123,scheduled,"'=HYPERLINK(""x"")",@course,doctor =1; patient -2,`);
  });
});

describe('GET /sessions/:sessionId', () => {
  it.each(['sess_0000000000', 'nonsense', '%00'])('GET with %s is answered with 404', async (sessionId) => {
    const answer = await server.call('GET', `/sessions/${sessionId}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'session_not_found']);
  });
});
