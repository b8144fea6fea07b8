import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const MINUTE = 60_000;
const people = { doctorId: 'doctor', patientId: 'patient' };

async function visit(plan: object = {}) {
  const clock = new ManualClock();
  const server = await startServer({ clock, graceMs: 1000 });
  const { sessionId } = await server.api.createSession({ appointmentId: 'a', ...people, ...plan });
  return { server, clock, sessionId, api: server.api };
}

/** Returns what the audit log records of a session, without the actors. */
async function actions({ api }: TestServer, sessionId: string) {
  return (await api.getAudit(sessionId)).entries.map(({ action }) => action);
}

describe('PATCH /sessions/:sessionId', () => {
  it('an update changes the fields it names, clears those that are null and keeps the rest', async () => {
    const { api, sessionId } = await visit({ title: 'First', description: 'Text', options: { chat: false } });
    const changed = await api.updateSession(sessionId, {
      title: 'Second',
      description: null,
      options: { maxParticipants: 3 },
    });
    expect(changed).toMatchObject({ title: 'Second', description: null, durationMinutes: 30 });
    expect(changed.options).toMatchObject({ chat: false, maxParticipants: 3, waitingRoom: 'until-host' });
    expect(await api.getSession(sessionId)).toEqual(changed);
  });

  it('an update of the time moves the join window, in any time zone', async () => {
    const { api, sessionId } = await visit();
    const moved = await api.updateSession(sessionId, {
      scheduledAt: '2026-01-06T10:00:00+02:00',
      durationMinutes: 45,
    });
    expect(moved).toMatchObject({
      scheduledAt: '2026-01-06T08:00:00.000Z',
      opensAt: '2026-01-06T07:45:00.000Z',
      closesAt: '2026-01-06T09:15:00.000Z',
    });
  });

  it.each([{ durationMinutes: 15 }, { scheduledAt: '2026-01-05T08:00:00Z' }])(
    'an update to a plan whose window is over (%j) is refused and leaves the people in a live visit',
    async (plan) => {
      const { server, clock, sessionId, api } = await visit();
      const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
      clock.advance(50 * MINUTE);
      const before = await api.getSession(sessionId);
      await expect(api.updateSession(sessionId, plan)).rejects.toMatchObject({
        status: 409,
        code: 'plan_over',
      });
      expect(await api.getSession(sessionId)).toEqual(before);
      expect(doctor.socket.connected).toBe(true);
    },
  );

  it('an empty update writes nothing', async () => {
    const { api, sessionId } = await visit({ title: 'Same' });
    const before = await api.getSession(sessionId);
    expect(await api.updateSession(sessionId, {})).toEqual(before);
    expect(await api.updateSession(sessionId, { title: 'Same', durationMinutes: 30 })).toEqual(before);
    expect((await api.getAudit(sessionId)).entries).toHaveLength(1);
  });

  it.each(['endSession', 'cancelSession'] as const)(
    'an update after %s is refused with 409',
    async (close) => {
      const { api, sessionId } = await visit();
      const closed = await api[close](sessionId);
      await expect(api.updateSession(sessionId, { title: 'Late' })).rejects.toMatchObject({
        status: 409,
        code: 'session_closed',
      });
      expect(await api.getSession(sessionId)).toEqual(closed);
    },
  );

  it('20 updates at once are all applied, one after another', async () => {
    const { server, api, sessionId } = await visit();
    const fields = Array.from({ length: 20 }, (_, index) => ({ title: `Title ${index}` }));
    await Promise.all(fields.map((field) => api.updateSession(sessionId, field)));
    const log = await actions(server, sessionId);
    expect(log.filter((action) => action === 'session.updated')).toHaveLength(20);
  });
});

describe('start, end and cancel', () => {
  it('start makes a session live once, however often it is called', async () => {
    const { server, clock, api, sessionId } = await visit();
    const first = await api.startSession(sessionId);
    expect(first).toMatchObject({ status: 'live', startedAt: '2026-01-05T09:00:00.000Z' });
    clock.advance(1000);
    expect(await api.startSession(sessionId)).toEqual(first);
    expect(await actions(server, sessionId)).toEqual(['session.created', 'meeting.started']);
  });

  it('50 calls of end at once cause one transition', async () => {
    const { server, api, sessionId } = await visit();
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.endSession(sessionId)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({
      status: 'ended',
      endReason: 'backend_ended',
      endedAt: '2026-01-05T09:00:00.000Z',
    });
    expect(await actions(server, sessionId)).toEqual(['session.created', 'meeting.ended']);
  });

  it('cancel is final, and repeats its response', async () => {
    const { api, sessionId } = await visit();
    const cancelled = await api.cancelSession(sessionId);
    expect(cancelled).toMatchObject({ status: 'cancelled', endReason: 'cancelled' });
    expect(await api.cancelSession(sessionId)).toEqual(cancelled);
  });

  it.each([
    ['startSession', 'endSession'],
    ['startSession', 'cancelSession'],
    ['endSession', 'cancelSession'],
    ['cancelSession', 'endSession'],
  ] as const)('%s after %s is refused with 409 and changes nothing', async (action, close) => {
    const { api, sessionId } = await visit();
    const closed = await api[close](sessionId);
    await expect(api[action](sessionId)).rejects.toMatchObject({ status: 409, code: 'session_closed' });
    expect(await api.getSession(sessionId)).toEqual(closed);
  });

  it('end frees the place on the node', async () => {
    const { server, api, sessionId } = await visit();
    await api.endSession(sessionId);
    expect((await server.televisit.store.countOpenByNode()).get('sfu-1') ?? 0).toBe(0);
  });
});

describe('participants of a visit that ends', () => {
  it.each([
    ['endSession', 'backend_ended'],
    ['cancelSession', 'cancelled'],
  ] as const)(
    '%s notifies participants, disconnects them within a second and voids their tokens',
    async (close, reason) => {
      const server = await startServer();
      const { sessionId } = await server.createVisit();
      const links = { doctor: '', patient: '' };
      for (const role of ['doctor', 'patient'] as const) links[role] = await server.joinUrl(sessionId, role);
      const inside = await ProtocolClient.join(server, sessionId, 'doctor');
      const preview = await ProtocolClient.connect(server, links.patient);
      await preview.prepare();

      const gone = Promise.all(
        [inside, preview].map(
          ({ socket }) =>
            new Promise<number>((resolve) => socket.once('disconnect', () => resolve(performance.now()))),
        ),
      );
      const asked = performance.now();
      await server.api[close](sessionId);
      for (const at of await gone) expect(at - asked).toBeLessThan(1000);
      expect(inside.received('session:ended')).toEqual([{ reason }]);
      expect(preview.received('session:ended')).toEqual([{ reason }]);
      expect(server.televisit.rooms.size).toBe(0);

      const token = tokenOf(links.patient);
      const page = await server.call('GET', `/api/v1/visits/${sessionId}`, undefined, {
        Authorization: `Bearer ${token}`,
      });
      expect([page.status, page.body.code]).toEqual([410, 'session_over']);
      await expect(ProtocolClient.connectWith(server, token, sessionId)).rejects.toMatchObject({
        code: 'session_over',
      });
      await expect(
        server.api.joinSession(sessionId, { role: 'doctor', userId: 'doctor' }),
      ).rejects.toMatchObject({
        status: 410,
      });
    },
  );

  it('the audit log names the host who ends a visit, and the other participants are notified', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    await doctor.request('session:end', {});
    await expect.poll(() => patient.received('session:ended')).toEqual([{ reason: 'host_ended' }]);
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.at(-1)).toMatchObject({
      action: 'meeting.ended',
      actor: { type: 'participant', userId: 'doctor' },
      details: { reason: 'host_ended' },
    });
  });
});

describe('time alone', () => {
  const status = async ({ api }: TestServer, sessionId: string) => {
    const session = await api.getSession(sessionId);
    return [session.status, session.endReason];
  };
  /** Advances the clock past the next due time, and waits for the sweep that sees it. */
  const pass = (clock: ManualClock, ms: number) => clock.advance(ms + 2001);

  it('a visit that no one joined ends as a no-show when its window closes', async () => {
    const { server, clock, sessionId } = await visit();
    pass(clock, 59 * MINUTE);
    expect(await status(server, sessionId)).toEqual(['scheduled', null]);
    pass(clock, MINUTE);
    await expect.poll(() => status(server, sessionId)).toEqual(['ended', 'no_show']);
  });

  it('a visit whose patient waits until its window closes ends because the host was absent', async () => {
    const { server, clock, sessionId } = await visit();
    await ProtocolClient.wait(server, sessionId, 'patient');
    pass(clock, 60 * MINUTE);
    await expect.poll(() => status(server, sessionId)).toEqual(['ended', 'host_absent']);
    const report = await server.api.getReport(sessionId);
    expect(report).toMatchObject({
      waitingSeconds: 3600,
      participants: [{ waitingSeconds: 0 }, { waitingSeconds: 3600 }],
    });
    expect(await actions(server, sessionId)).toContain('session.host_absent');
  });

  it('a visit with participants ends when its window closes, and notifies them', async () => {
    const { server, clock, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    pass(clock, 60 * MINUTE);
    await expect.poll(() => status(server, sessionId)).toEqual(['ended', 'window_closed']);
    await expect.poll(() => doctor.received('session:ended')).toEqual([{ reason: 'window_closed' }]);
  });

  it('a visit ends after it has been empty for five minutes, and not before', async () => {
    const { server, clock, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    await doctor.request('leave', {});
    await expect
      .poll(async () => (await server.api.listParticipants(sessionId)).participants[0]?.connected)
      .toBe(false);
    pass(clock, 4 * MINUTE);
    expect(await status(server, sessionId)).toEqual(['live', null]);
    pass(clock, MINUTE);
    await expect.poll(() => status(server, sessionId)).toEqual(['ended', 'empty']);
  });

  it('a visit that was opened before its time does not end as empty', async () => {
    const { server, clock, sessionId } = await visit({ scheduledAt: '2026-01-05T09:14:00Z' });
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    await doctor.request('leave', {});
    await expect
      .poll(async () => (await server.api.listParticipants(sessionId)).participants[0]?.connected)
      .toBe(false);
    pass(clock, 13 * MINUTE);
    pass(clock, 5 * MINUTE);
    expect(await status(server, sessionId)).toEqual(['live', null]);
    pass(clock, MINUTE);
    await expect.poll(() => status(server, sessionId)).toEqual(['ended', 'empty']);
  });

  it('a participant who comes back keeps an empty visit alive', async () => {
    const { server, clock, sessionId } = await visit();
    const first = await ProtocolClient.join(server, sessionId, 'doctor');
    await first.request('leave', {});
    await expect
      .poll(async () => (await server.api.listParticipants(sessionId)).participants[0]?.connected)
      .toBe(false);
    clock.advance(4 * MINUTE);
    await ProtocolClient.join(server, sessionId, 'doctor');
    pass(clock, 5 * MINUTE);
    expect(await status(server, sessionId)).toEqual(['live', null]);
  });

  it('sessions past their retention are deleted with everything that belongs to them', async () => {
    const clock = new ManualClock();
    const server = await startServer({ clock, env: { RETENTION_DAYS: '2' } });
    const old = await server.api.createSession({ appointmentId: 'old', ...people });
    await server.api.endSession(old.sessionId);
    clock.advance(24 * 60 * MINUTE);
    const young = await server.api.createSession({ appointmentId: 'young', ...people });
    await server.api.endSession(young.sessionId);
    clock.advance(25 * 60 * MINUTE);
    await expect
      .poll(async () =>
        (await server.api.listSessions({})).sessions.map(({ appointmentId }) => appointmentId),
      )
      .toEqual(['young']);
    await expect(server.api.getAudit(old.sessionId)).rejects.toMatchObject({ code: 'session_not_found' });
    expect((await server.api.exportUser('patient')).sessions).toHaveLength(1);
  });
});

describe('the join window', () => {
  it('before the window opens the backend, the page and the socket get 409 with opensAt', async () => {
    const { server, clock, api, sessionId } = await visit();
    const token = tokenOf((await api.joinSession(sessionId, { role: 'patient', userId: 'patient' })).joinUrl);
    await api.updateSession(sessionId, { scheduledAt: '2026-01-05T10:00:00Z' });
    const opensAt = '2026-01-05T09:45:00.000Z';
    await expect(api.joinSession(sessionId, { role: 'patient', userId: 'patient' })).rejects.toMatchObject({
      status: 409,
      code: 'not_open_yet',
      opensAt,
    });
    const headers = { Authorization: `Bearer ${token}` };
    const early = await server.call('GET', `/api/v1/visits/${sessionId}`, undefined, headers);
    expect([early.status, early.body.code, early.body.opensAt]).toEqual([409, 'not_open_yet', opensAt]);
    await expect(ProtocolClient.connectWith(server, token, sessionId)).rejects.toMatchObject({
      code: 'not_open_yet',
    });
    clock.advance(45 * MINUTE - 1);
    await expect(api.joinSession(sessionId, { role: 'patient', userId: 'patient' })).rejects.toThrow();
    clock.advance(1);
    expect((await api.joinSession(sessionId, { role: 'patient', userId: 'patient' })).expiresIn).toBe(3600);
    expect((await server.call('GET', `/api/v1/visits/${sessionId}`, undefined, headers)).status).toBe(200);
  });

  it('after the window has closed they get 410 with closedAt', async () => {
    const { server, api, clock, sessionId } = await visit({ scheduledAt: '2026-01-05T08:30:00Z' });
    clock.advance(60 * MINUTE);
    await expect(api.joinSession(sessionId, { role: 'patient', userId: 'patient' })).rejects.toMatchObject({
      status: 410,
      code: 'session_over',
      closedAt: '2026-01-05T09:30:00.000Z',
    });
    const ended = await api.createSession({ appointmentId: 'ended', ...people });
    await api.endSession(ended.sessionId);
    const page = await server.call('POST', `/sessions/${ended.sessionId}/join`, {
      role: 'patient',
      userId: 'patient',
    });
    expect([page.status, page.body.closedAt]).toEqual([410, '2026-01-05T10:00:00.000Z']);
  });

  it('the window has the configured margins', async () => {
    const server = await startServer({
      clock: new ManualClock(),
      env: { JOIN_OPENS_MINUTES: '0', JOIN_CLOSES_MINUTES: '5' },
    });
    const { sessionId } = await server.api.createSession({ appointmentId: 'a', ...people });
    expect(await server.api.getSession(sessionId)).toMatchObject({
      opensAt: '2026-01-05T09:00:00.000Z',
      closesAt: '2026-01-05T09:35:00.000Z',
    });
  });
});
