import { TelevisitApi, TelevisitApiError, type SessionView } from '@televisit/api-client';
import { OPERATIONS, type OperationContract } from '@televisit/shared/operations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const MINUTE = 60_000;

describe('the API client', () => {
  it('the client covers a visit from its creation to the erasure of its patient', async () => {
    const clock = new ManualClock();
    const server = await startServer({ clock });
    const { api } = server;
    const request = {
      appointmentId: 'appointment-1',
      doctorId: 'dr/jones',
      patientId: 'patient 7',
      scheduledAt: new Date(clock.now() + 60 * MINUTE).toISOString(),
      seats: [{ userId: 'ünter', role: 'interpreter' as const, displayName: 'Ünter' }],
      metadata: { clinic: 'north' },
    };

    const { sessionId } = await api.createSession(request, { idempotencyKey: 'key-1' });
    const again = { ...request, appointmentId: 'appointment-2' };
    expect((await api.createSession(request, { idempotencyKey: 'key-1' })).sessionId).toBe(sessionId);
    expect((await api.createSession(request)).sessionId).toBe(sessionId);
    await expect(api.createSession(again, { idempotencyKey: 'key-1' })).rejects.toMatchObject({
      status: 422,
      code: 'idempotency_conflict',
    });

    const seat = { role: 'doctor', userId: 'dr/jones' };
    await expect(api.joinSession(sessionId, seat)).rejects.toMatchObject({
      status: 409,
      code: 'not_open_yet',
      opensAt: new Date(clock.now() + 45 * MINUTE).toISOString(),
    });
    const moved = await api.updateSession(sessionId, {
      scheduledAt: new Date(clock.now()).toISOString(),
      title: 'Follow-up',
    });
    expect(moved).toMatchObject({ title: 'Follow-up', status: 'scheduled' });

    const doctor = await join(server, sessionId, 'doctor', 'dr/jones');
    const patient = await join(server, sessionId, 'patient', 'patient 7');
    const interpreter = await join(server, sessionId, 'interpreter', 'ünter');
    expect(await api.startSession(sessionId)).toMatchObject({ status: 'live' });
    const { participants } = await api.listParticipants(sessionId);
    expect(participants.map(({ userId, connected }) => [userId, connected])).toEqual([
      ['dr/jones', true],
      ['patient 7', true],
      ['ünter', true],
    ]);
    expect(await api.announce(sessionId, { text: 'The doctor is late.' })).toEqual({ delivered: 3 });
    expect(await api.dismissParticipant(sessionId, 'patient 7')).toMatchObject({ removedAt: null });
    await expect.poll(() => patient.socket.connected).toBe(false);
    const removed = await api.removeParticipant(sessionId, 'ünter');
    expect(removed.removedAt).not.toBeNull();
    await expect.poll(() => interpreter.socket.connected).toBe(false);
    await expect(api.joinSession(sessionId, { role: 'interpreter', userId: 'ünter' })).rejects.toMatchObject({
      code: 'removed',
    });
    await expect(api.removeParticipant(sessionId, 'stranger')).rejects.toMatchObject({
      code: 'participant_not_found',
    });

    clock.advance(MINUTE);
    expect(await api.endSession(sessionId)).toMatchObject({ status: 'ended', endReason: 'backend_ended' });
    await expect.poll(() => doctor.socket.connected).toBe(false);
    await expect(api.joinSession(sessionId, seat)).rejects.toMatchObject({
      code: 'session_over',
      closedAt: new Date(clock.now()).toISOString(),
    });
    const feedback = { userId: 'patient 7', rating: 4, comment: '=cmd()' };
    expect(await api.giveFeedback(sessionId, feedback)).toMatchObject(feedback);
    await expect(api.giveFeedback(sessionId, feedback)).rejects.toMatchObject({ code: 'feedback_given' });

    const report = await api.getReport(sessionId);
    expect(report).toMatchObject({ meanRating: 4, durationSeconds: 60 });
    const csv = await api.getReportCsv(sessionId);
    expect(csv.trim().split('\r\n')).toHaveLength(4);
    expect(csv).not.toMatch(/(^|,)=/m);
    const { entries } = await api.getAudit(sessionId);
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['session.created', 'link.issued', 'participant.removed', 'report.read']),
    );
    expect(
      await api.getAnalytics({ to: new Date(clock.now() + 1), timeZone: 'Europe/Berlin' }),
    ).toMatchObject({
      visits: 1,
      meanRating: 4,
      days: [{ visits: 1 }],
    });
    const calendar = await api.getCalendarFile(sessionId, { link: true });
    expect(calendar.replaceAll('\r\n ', '')).toContain(`/join/${sessionId}`);
    const { url } = await api.getCalendarLink('patient 7');
    expect(await (await fetch(url)).text()).toMatch(/^BEGIN:VCALENDAR/);

    expect((await api.exportUser('patient 7')).sessions).toHaveLength(1);
    const { pseudonym } = await api.eraseUser('patient 7');
    expect((await api.getSession(sessionId)).seats[1]?.userId).toBe(pseudonym);
    expect(await api.eraseUser('patient 7')).toEqual({ pseudonym: null, sessions: 0 });
    await expect(api.cancelSession(sessionId)).rejects.toMatchObject({ code: 'session_closed' });
  });

  it('allSessions returns every session of many pages once, newest first', async () => {
    const server = await startServer();
    const made: string[] = [];
    for (let index = 0; index < 7; index++) made.unshift((await server.createVisit()).sessionId);
    await server.api.cancelSession(made[3]!);
    const seen: SessionView[] = [];
    for await (const session of server.api.allSessions({ limit: 2 })) seen.push(session);
    expect(seen.map(({ sessionId }) => sessionId)).toEqual(made);
    const open = await server.api.listSessions({ status: ['scheduled', 'live'], userId: 'doctor' });
    expect(open.sessions).toHaveLength(6);
    expect((await server.api.listSessions({ status: 'cancelled' })).sessions).toHaveLength(1);
  });

  it('the error for a wrong secret does not contain the secret', async () => {
    const server = await startServer();
    const secret = `${INTERNAL_SECRET}-wrong`;
    const error: unknown = await new TelevisitApi({ baseUrl: server.url, secret })
      .listSessions()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TelevisitApiError);
    expect(error).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(JSON.stringify(error) + String(error)).not.toContain(INTERNAL_SECRET);
  });

  it('the client retries a request that the rate limit refused', async () => {
    const server = await startServer({ env: { API_RATE_LIMIT: '5' } });
    const api = new TelevisitApi({ baseUrl: server.url, secret: INTERNAL_SECRET });
    const answers = await Promise.all(Array.from({ length: 12 }, () => api.listSessions({ limit: 1 })));
    expect(answers).toHaveLength(12);
  });
});

describe('every documented operation', () => {
  let server: TestServer;
  beforeAll(async () => {
    // So many refused requests would be too many for one address.
    server = await startServer({ closedBy: 'caller', env: { ADDRESS_RATE_LIMIT: '1000000' } });
  });
  afterAll(() => server.close());

  it.each(Object.entries<OperationContract>(OPERATIONS))(
    '%s is served, and without a secret only if it is public',
    async (_, { method, path, access }) => {
      const address = path.replaceAll(/\{\w+\}/g, 'x');
      const prefixes = path.startsWith('/api/v1') ? [''] : ['', '/api/v1'];
      for (const prefix of prefixes) {
        const answer = await server.call(method.toUpperCase(), prefix + address, undefined, {
          'X-Internal-Secret': '',
        });
        expect(answer.body.code).not.toBe('not_found');
        if (access !== 'none') expect([401, 403, 415]).toContain(answer.status);
        else expect(answer.status).toBe(200);
      }
    },
  );
});

async function join(server: TestServer, sessionId: string, role: string, userId: string) {
  const { joinUrl } = await server.api.joinSession(sessionId, { role, userId });
  const participant = await ProtocolClient.connect(server, joinUrl);
  await participant.enter();
  return participant;
}
