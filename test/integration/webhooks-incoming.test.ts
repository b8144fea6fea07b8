import { newSecret, signedHeaders } from '@televisit/server/webhooks/signature';
import type { Problem } from '@televisit/shared/api';
import type { MeetingEventReceipt } from '@televisit/shared/webhook-endpoints';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { startServer } from '../support/infra/start-server.ts';

const SECRET = newSecret();
const PATH = '/webhooks/meeting';
const MINUTE = 60_000;

describe('POST /webhooks/meeting', () => {
  it('events of another provider’s meeting set the session’s state and times', async () => {
    const { server, clock, post } = await started();
    const { sessionId } = await server.createVisit('one');
    const start = clock.now();
    const at = (minutes: number) => start + minutes * MINUTE;
    clock.advance(30 * MINUTE);
    const people = ['doctor', 'patient'];
    await post({ type: 'meeting.started', at: at(1), sessionId });
    for (const [index, userId] of people.entries())
      await post({ type: 'participant.joined', at: at(2 + index), sessionId, userId });
    await post({ type: 'participant.left', at: at(10), sessionId, userId: 'patient' });
    await post({ type: 'participant.joined', at: at(12), sessionId, userId: 'patient' });
    const last = await post({ type: 'meeting.ended', at: at(20), sessionId });
    expect(last).toMatchObject({ status: 200, body: { result: 'applied' } });

    const iso = (minutes: number) => new Date(at(minutes)).toISOString();
    expect(await server.api.getSession(sessionId)).toMatchObject({
      status: 'ended',
      startedAt: iso(1),
      endedAt: iso(20),
      endReason: 'backend_ended',
    });
    const { participants } = await server.api.listParticipants(sessionId);
    expect(participants.map(({ intervals }) => intervals)).toEqual([
      [{ joinedAt: iso(2), leftAt: iso(20) }],
      [
        { joinedAt: iso(3), leftAt: iso(10) },
        { joinedAt: iso(12), leftAt: iso(20) },
      ],
    ]);
    expect(await server.api.getReport(sessionId)).toMatchObject({
      durationSeconds: 19 * 60,
      participants: [{ minutes: 18 }, { minutes: 15 }],
    });
    const { entries } = await server.api.getAudit(sessionId);
    const begun = entries.find(({ action }) => action === 'meeting.started');
    expect(begun?.actor).toMatchObject({
      type: 'backend',
      keyId: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    });
  });

  it('an event with a known id is applied once, also with another signature', async () => {
    const { server, clock, post, count } = await started();
    const { sessionId } = await server.createVisit('one');
    const joined = { type: 'participant.joined', at: clock.now(), sessionId, userId: 'patient' };
    expect((await post(joined, { id: 'msg_1' })).body).toEqual({ eventId: 'msg_1', result: 'applied' });
    const left = { type: 'participant.left', at: clock.now(), sessionId, userId: 'patient' };
    await post(left, { id: 'msg_2' });
    const before = await count(sessionId);
    clock.advance(4 * MINUTE);
    // The id counts, not the body: the provider repeats it itself.
    expect((await post(joined, { id: 'msg_1' })).body).toEqual({ eventId: 'msg_1', result: 'known' });
    expect((await post(joined, { id: 'msg_1', path: `/api/v1${PATH}` })).body).toMatchObject({
      result: 'known',
    });
    expect(await count(sessionId)).toBe(before);
  });

  it('an event that arrives several times at once, or again after a crash, is applied once', async () => {
    const { server, clock, post, count } = await started();
    const { sessionId } = await server.createVisit('one');
    const events = ['meeting.started', 'participant.joined', 'participant.left', 'meeting.ended'].map(
      (type) => ({
        type,
        at: clock.now(),
        sessionId,
        ...(type.startsWith('participant') ? { userId: 'patient' } : {}),
      }),
    );
    for (const [index, event] of events.entries()) {
      clock.advance(1000);
      const id = `msg_${index}`;
      const sent = { ...event, at: clock.now() };
      const answers = await Promise.all([1, 2, 3].map(() => post(sent, { id })));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      const before = await count(sessionId);
      // As if its id had not been stored.
      expect((await post(sent, { id: `${id}_again` })).body).toMatchObject({ result: 'applied' });
      expect(await count(sessionId)).toBe(before);
    }
    const { participants } = await server.api.listParticipants(sessionId);
    expect(participants.map(({ intervals, reconnects }) => [intervals.length, reconnects])).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  it('an event that later ones have overtaken changes nothing', async () => {
    const { server, clock, post, count } = await started();
    const { sessionId } = await server.createVisit('one');
    const at = clock.now();
    clock.advance(10 * MINUTE);
    const event = { sessionId, userId: 'patient' };
    await post({ ...event, type: 'meeting.started', at, userId: undefined });
    await post({ ...event, type: 'participant.joined', at: at + 4000 });
    await post({ ...event, type: 'participant.left', at: at + 6000 });
    const before = await count(sessionId);
    for (const [type, late] of [
      ['participant.left', 5000],
      ['participant.joined', 5000],
      ['participant.left', 3000],
      ['participant.left', 6000],
    ] as const) {
      expect((await post({ ...event, type, at: at + late })).status).toBe(200);
    }
    expect(await count(sessionId)).toBe(before);
  });

  it('events after the end are answered with 200, because with 410 the provider would stop sending', async () => {
    const { server, clock, post, count } = await started();
    const { sessionId } = await server.createVisit('one');
    const at = clock.now();
    const event = { at, sessionId, userId: 'patient' };
    await server.api.endSession(sessionId);
    const before = await count(sessionId);
    for (const type of ['participant.joined', 'participant.left'])
      expect((await post({ ...event, type })).status).toBe(200);
    expect((await post({ ...event, type: 'meeting.ended', userId: undefined })).status).toBe(200);
    expect(await count(sessionId)).toBe(before);
  });

  it('a participant’s leave is applied when it is repeated after their join', async () => {
    const { server, clock, post } = await started();
    const { sessionId } = await server.createVisit('one');
    const at = clock.now();
    clock.advance(MINUTE);
    const event = { sessionId, userId: 'patient' };
    const left = { ...event, type: 'participant.left', at: at + 2000 };
    const early = await post(left, { id: 'msg_left' });
    expect([early.status, (early.body as Problem).code]).toEqual([409, 'not_joined']);
    await post({ ...event, type: 'participant.joined', at: at + 1000 });
    expect((await post(left, { id: 'msg_left' })).body).toMatchObject({ result: 'applied' });
    const { participants } = await server.api.listParticipants(sessionId);
    const iso = (ms: number) => new Date(at + ms).toISOString();
    expect(participants[1]?.intervals).toEqual([{ joinedAt: iso(1000), leftAt: iso(2000) }]);
  });

  it('event times before the creation or in the future are clamped', async () => {
    const { server, clock, post } = await started();
    const { sessionId } = await server.createVisit('one');
    const made = clock.now();
    clock.advance(MINUTE);
    await post({ type: 'meeting.started', at: made - 86_400_000, sessionId });
    await post({ type: 'participant.joined', at: made + 86_400_000, sessionId, userId: 'doctor' });
    expect(await server.api.getSession(sessionId)).toMatchObject({ startedAt: new Date(made).toISOString() });
    const { participants } = await server.api.listParticipants(sessionId);
    expect(participants[0]?.intervals[0]?.joinedAt).toBe(new Date(clock.now()).toISOString());
  });

  it('signatures of the standardwebhooks package are accepted, with both secrets during a rotation', async () => {
    const [current, previous] = [newSecret(), newSecret()];
    const server = await startServer({
      env: { MEETING_WEBHOOK_SECRET: current, MEETING_WEBHOOK_SECRET_PREVIOUS: previous },
    });
    const { sessionId } = await server.createVisit('one');
    for (const secret of [current, previous]) {
      const now = new Date();
      const body = JSON.stringify({
        type: 'meeting.started',
        timestamp: now.toISOString(),
        data: { sessionId },
      });
      const headers = {
        'webhook-id': `msg_${secret.slice(-8)}`.replace('=', ''),
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': '',
      };
      headers['webhook-signature'] = new Webhook(secret).sign(headers['webhook-id'], now, body);
      expect((await server.call('POST', PATH, body, { ...headers, 'X-Internal-Secret': '' })).status).toBe(
        200,
      );
    }
  });

  it('an event that is unsigned, wrongly signed or signed too long ago is refused', async () => {
    const { server, clock, event, headersOf } = await started();
    const { sessionId } = await server.createVisit('one');
    const body = event({ type: 'meeting.ended', at: clock.now(), sessionId });
    const good = headersOf(body);
    const signature = good['webhook-signature']!;
    const cases: [Record<string, string>, string, string][] = [
      [{}, body, 'webhook_signature'],
      [{ ...good, 'webhook-id': '' }, body, 'webhook_signature'],
      [{ ...good, 'webhook-timestamp': '' }, body, 'webhook_signature'],
      [{ ...good, 'webhook-timestamp': 'now' }, body, 'webhook_signature'],
      [{ ...good, 'webhook-signature': '' }, body, 'webhook_signature'],
      [{ ...good, 'webhook-signature': signature.replace('v1,', 'v0,') }, body, 'webhook_signature'],
      [{ ...good, 'webhook-signature': `${signature.slice(0, -4)}AAA=` }, body, 'webhook_signature'],
      [{ ...good, 'webhook-id': 'msg_other' }, body, 'webhook_signature'],
      [good, body.replace('ended', 'ended '), 'webhook_signature'],
      [good, `${body}\n`, 'webhook_signature'],
      [headersOf(body, { secret: newSecret() }), body, 'webhook_signature'],
      [headersOf(body, { now: clock.now() - 301_000 }), body, 'webhook_expired'],
      [headersOf(body, { now: clock.now() + 302_000 }), body, 'webhook_expired'],
    ];
    for (const [headers, text, code] of cases) {
      const { status, body: problem } = await server.call('POST', PATH, text, headers);
      expect([code, status, problem.code]).toEqual([code, 401, code]);
      const said = code === 'webhook_expired' ? 'more than 5 minutes ago' : 'compare MEETING_WEBHOOK_SECRET';
      expect(problem.detail).toContain(said);
    }
    expect(await server.api.getSession(sessionId)).toMatchObject({ status: 'scheduled' });
  });

  it('a signed body that is no event is refused with the invalid fields', async () => {
    const { server, clock, event, headersOf } = await started();
    const { sessionId } = await server.createVisit('one');
    const at = clock.now();
    const good = { type: 'participant.joined', at, sessionId, userId: 'patient' };
    const cases: [string, string | undefined][] = [
      ['', undefined],
      ['{', undefined],
      ['\u00ff', undefined],
      ['{"__proto__":{}}', undefined],
      ['[]', ''],
      ['"x"', undefined],
      [event({ ...good, type: 'session.exploded' }), 'type'],
      [event({ ...good, userId: undefined }), 'data.userId'],
      [event({ ...good, type: 'meeting.ended' }), 'data.userId'],
      [event({ ...good, sessionId: undefined }), 'data.sessionId'],
      [event(good).replace(new Date(at).toISOString(), '2026-01-31 09:00'), 'timestamp'],
      [event(good).replace('"data"', '"name":"Zoë","data"'), ''],
    ];
    for (const [text, path] of cases) {
      const { status, body } = await server.call('POST', PATH, text, headersOf(text));
      expect([text, status, body.code, body.errors?.[0]?.path]).toEqual([
        text,
        400,
        path === undefined ? 'bad_json' : 'validation_failed',
        path,
      ]);
    }
    const long = JSON.stringify({ text: 'x'.repeat(70_000) });
    expect((await server.call('POST', PATH, long, headersOf(long))).body.code).toBe('body_too_large');
    const text = event(good);
    const other = { ...headersOf(text), 'Content-Type': 'text/plain' };
    expect((await server.call('POST', PATH, text, other)).status).toBe(415);
    expect((await server.call('POST', PATH, text, headersOf(text, { id: 'x'.repeat(257) }))).body.code).toBe(
      'validation_failed',
    );
  });

  it.each([
    ['a session that does not exist', { sessionId: 'sess_0000000000000000' }, 404, 'session_not_found'],
    ['a person without a seat', { userId: 'stranger' }, 404, 'participant_not_found'],
    ['a person who was removed', { userId: 'patient', removed: true }, 403, 'removed'],
    ['a person who left before they came', { type: 'participant.left' }, 409, 'not_joined'],
    ['a start of a visit that is over', { over: true, type: 'meeting.started' }, 409, 'session_closed'],
  ])('an event is refused clearly if there is %s, and accepted later', async (_, given, status, code) => {
    const { server, clock, post } = await started();
    const { sessionId } = await server.createVisit('one');
    const { removed = false, over = false, ...rest } = given as { removed?: boolean; over?: boolean };
    if (removed) await server.api.removeParticipant(sessionId, 'patient');
    if (over) await server.api.endSession(sessionId);
    const event = { type: 'participant.joined', at: clock.now(), sessionId, userId: 'patient', ...rest };
    const sent = event.type === 'meeting.started' ? { ...event, userId: undefined } : event;
    for (const answer of [await post(sent, { id: 'msg_1' }), await post(sent, { id: 'msg_1' })]) {
      expect([answer.status, (answer.body as Problem).code]).toEqual([status, code]);
    }
    const other = await server.createVisit('two');
    const good = { type: 'meeting.started', at: clock.now(), sessionId: other.sessionId };
    expect((await post(good, { id: 'msg_1' })).body).toMatchObject({ result: 'applied' });
  });

  it('every event is refused if no secret is configured', async () => {
    const server = await startServer();
    const { status, body } = await server.call(
      'POST',
      PATH,
      '{}',
      signedHeaders([SECRET], 'msg_1', Date.now(), '{}'),
    );
    expect([status, body.code]).toEqual([403, 'meeting_events_off']);
  });

  it('an address that sends wrong signatures is limited like one that guesses the internal secret', async () => {
    const server = await startServer({
      env: { MEETING_WEBHOOK_SECRET: SECRET, ADDRESS_RATE_LIMIT: '50' },
    });
    const statuses = [];
    for (let count = 0; count < 6; count++) {
      const { status, headers } = await server.call('POST', PATH, '{}', { 'webhook-id': 'x' });
      statuses.push(status);
      if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses).toContain(401);
    expect(statuses.at(-1)).toBe(429);
  });

  it('other methods are answered with 405, and no internal secret is needed', async () => {
    const { server } = await started();
    const { status, headers } = await server.call('GET', PATH, undefined, { 'X-Internal-Secret': '' });
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });
});

interface Sent {
  readonly type: string;
  readonly at: number;
  readonly sessionId: string | undefined;
  readonly userId?: string | undefined;
}

interface Signing {
  readonly id?: string;
  readonly secret?: string;
  readonly now?: number;
}

async function started() {
  const clock = new ManualClock();
  const server = await startServer({ env: { MEETING_WEBHOOK_SECRET: SECRET }, clock });
  let events = 0;
  const event = ({ type, at, sessionId, userId }: Sent) =>
    JSON.stringify({ type, timestamp: new Date(at).toISOString(), data: { sessionId, userId } });
  const headersOf = (
    body: string,
    { id = `msg_${events++}`, secret = SECRET, now = clock.now() }: Signing = {},
  ) =>
    ({
      ...signedHeaders([secret], id, now, body),
      'X-Internal-Secret': '',
    }) as Record<string, string>;
  return {
    server,
    clock,
    event,
    headersOf,
    post: (sent: Sent, { path = PATH, ...signing }: Signing & { path?: string } = {}) => {
      const body = event(sent);
      return server.call<MeetingEventReceipt | Problem>('POST', path, body, headersOf(body, signing));
    },
    count: async (sessionId: string) => (await server.televisit.store.history(sessionId)).length,
  };
}
