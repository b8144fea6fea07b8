import { shareCommands } from '@televisit/server/features/screen-share/rules';
import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';

const MINUTE = 60_000;

/** Plays a visit: the patient waits two minutes, both talk for eight, the doctor ends it. */
async function pastVisit(changes: object = {}) {
  const clock = new ManualClock();
  const server = await startServer({ clock });
  const { sessionId } = await server.api.createSession({
    appointmentId: 'a',
    doctorId: 'doctor',
    patientId: 'patient',
    seats: [{ userId: 'patient', role: 'patient', displayName: '=HYPERLINK("x")' }],
    options: { waitingRoom: 'off' },
    ...changes,
  });
  const token = tokenOf(await server.joinUrl(sessionId, 'patient'));
  await ProtocolClient.join(server, sessionId, 'patient');
  clock.advance(2 * MINUTE);
  const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
  clock.advance(8 * MINUTE);
  await doctor.request('session:end', {});
  return { server, clock, sessionId, token };
}

describe('GET /sessions/:sessionId/report', () => {
  it('the report describes the visit', async () => {
    const { server, sessionId } = await pastVisit();
    await server.api.giveFeedback(sessionId, { userId: 'patient', rating: 4, comment: 'Good.' });
    await server.api.giveFeedback(sessionId, { userId: 'doctor', rating: 5 });
    const report = await server.api.getReport(sessionId);
    expect(report).toMatchObject({
      sessionId,
      appointmentId: 'a',
      status: 'ended',
      startedAt: '2026-01-05T09:00:00.000Z',
      endedAt: '2026-01-05T09:10:00.000Z',
      endReason: 'host_ended',
      endedBy: { type: 'participant', userId: 'doctor' },
      durationSeconds: 600,
      waitingSeconds: 120,
      messages: 0,
      reconnects: 0,
      meanRating: 4.5,
      feedback: [
        { userId: 'patient', rating: 4, comment: 'Good.' },
        { userId: 'doctor', rating: 5, comment: null },
      ],
    });
    expect(report.participants).toMatchObject([
      { userId: 'doctor', minutes: 8, firstJoinedAt: '2026-01-05T09:02:00.000Z' },
      { userId: 'patient', minutes: 10, lastLeftAt: '2026-01-05T09:10:00.000Z' },
    ]);
  });

  it('the report counts the time that a guest was in the waiting room', async () => {
    const clock = new ManualClock();
    const server = await startServer({ clock });
    const { sessionId } = await server.createVisit(undefined, { options: { waitingRoom: 'until-host' } });
    const patient = await ProtocolClient.wait(server, sessionId, 'patient');
    clock.advance(3 * MINUTE);
    await ProtocolClient.join(server, sessionId, 'doctor');
    await expect.poll(() => patient.events.map(([name]) => name)).toContain('admitted');
    expect(await server.api.getReport(sessionId)).toMatchObject({
      waitingSeconds: 180,
      participants: [{}, { userId: 'patient', firstJoinedAt: '2026-01-05T09:03:00.000Z' }],
    });
  });

  it('the report says who shared a screen and whose network was poor, as JSON and as CSV', async () => {
    const clock = new ManualClock();
    const server = await startServer({ clock });
    const { sessionId } = await server.createVisit();
    const { sessions } = server.televisit;
    await sessions.enter(sessionId, 'doctor');
    await sessions.enter(sessionId, 'patient');
    for (let share = 0; share < 2; share++) {
      await sessions.apply(sessionId, shareCommands.start('doctor'));
      clock.advance(MINUTE);
      await sessions.apply(sessionId, shareCommands.stop('doctor'));
    }
    const left = { at: clock.now(), reason: 'left', impairedMs: 0.75 * MINUTE } as const;
    await sessions.leave(await sessions.get(sessionId), 'patient', left);
    const report = await server.api.getReport(sessionId);
    expect(report.shares).toEqual([
      { userId: 'doctor', startedAt: '2026-01-05T09:00:00.000Z', seconds: 60 },
      { userId: 'doctor', startedAt: '2026-01-05T09:01:00.000Z', seconds: 60 },
    ]);
    expect(report.participants.map(({ impairedMinutes }) => impairedMinutes)).toEqual([0, 0.8]);
    const [header = '', ...rows] = (await server.api.getReportCsv(sessionId)).trim().split('\r\n');
    const cell = (row: string, name: string) => row.split(',')[header.split(',').indexOf(name)];
    expect(rows.map((row) => [cell(row, 'impairedMinutes'), cell(row, 'shareSeconds')])).toEqual([
      ['0', '120'],
      ['0.8', '0'],
    ]);
  });

  it('the report of a visit that no one joined is empty', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    expect(await server.api.getReport(sessionId)).toMatchObject({
      status: 'scheduled',
      durationSeconds: 0,
      waitingSeconds: null,
      meanRating: null,
      endedBy: null,
      participants: [{ minutes: 0, quality: { sent: null, received: null } }, { minutes: 0 }],
    });
  });

  it.each([
    ['Accept', '', { Accept: 'text/csv' }],
    ['the query', '?format=csv', {}],
  ])(
    'the CSV report, requested by %s, has a line for each participant and no formula',
    async (_, query, headers) => {
      const { server, sessionId } = await pastVisit();
      await server.api.giveFeedback(sessionId, { userId: 'patient', rating: 4, comment: 'One,\n"two"' });
      const path = `/sessions/${sessionId}/report${query}`;
      const answer = await server.call<string>('GET', path, undefined, headers);
      expect(answer.headers.get('content-type')).toContain('text/csv');
      expect(answer.headers.get('content-disposition')).toContain(`report-${sessionId}.csv`);
      const [head, doctor, patient] = answer.body.split('\r\n');
      expect(head?.split(',')).toContain('waitingSeconds');
      expect(doctor).toContain('doctor,doctor,');
      expect(patient).toContain(`"'=HYPERLINK(""x"")"`);
      expect(answer.body).toContain('4,"One,\n""two"""');
    },
  );
});

describe('feedback', () => {
  it('feedback is accepted once per participant, from the page or the backend', async () => {
    const { server, sessionId, token } = await pastVisit();
    const fromPage = (body: object) =>
      server.call<Record<string, unknown>>('POST', `/api/v1/visits/${sessionId}/feedback`, body, {
        Authorization: `Bearer ${token}`,
        'X-Internal-Secret': '',
      });
    const given = await fromPage({ rating: 2, comment: 'Sound was bad.' });
    expect([given.status, given.body]).toMatchObject([
      201,
      { userId: 'patient', rating: 2, comment: 'Sound was bad.', givenAt: '2026-01-05T09:10:00.000Z' },
    ]);
    expect((await fromPage({ rating: 5 })).body.code).toBe('feedback_given');
    await expect(server.api.giveFeedback(sessionId, { userId: 'patient', rating: 5 })).rejects.toMatchObject({
      status: 409,
      code: 'feedback_given',
    });
    expect((await server.api.getReport(sessionId)).feedback).toHaveLength(1);
  });

  it.each([
    { rating: 0 },
    { rating: 6 },
    { rating: 3.5 },
    { rating: '5' },
    { comment: 'no stars' },
    { rating: 3, comment: '' },
  ])('feedback %j is refused', async (body) => {
    const { server, sessionId } = await pastVisit();
    const answer = await server.call('POST', `/sessions/${sessionId}/feedback`, {
      userId: 'patient',
      ...body,
    });
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
  });

  it('feedback of a user without a seat gets 404, with the token of another session 401', async () => {
    const { server, sessionId, token } = await pastVisit();
    await expect(server.api.giveFeedback(sessionId, { userId: 'x', rating: 5 })).rejects.toMatchObject({
      code: 'participant_not_found',
    });
    const other = await server.createVisit();
    const answer = await server.call(
      'POST',
      `/api/v1/visits/${other.sessionId}/feedback`,
      { rating: 5 },
      { Authorization: `Bearer ${token}` },
    );
    expect([answer.status, answer.body.code]).toEqual([401, 'token_wrong_session']);
  });
});

describe('GET /sessions/:sessionId/audit', () => {
  it('the audit log says who did what, without names, tokens or comments', async () => {
    const { server, sessionId, token } = await pastVisit();
    await server.api.giveFeedback(sessionId, { userId: 'patient', rating: 4, comment: 'Secret words.' });
    await server.api.getReport(sessionId);
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.map(({ action, userId, actor }) => [action, userId, actor.type])).toEqual([
      ['session.created', null, 'backend'],
      ['link.issued', 'patient', 'backend'],
      ['link.issued', 'patient', 'backend'],
      ['meeting.started', null, 'participant'],
      ['participant.joined', 'patient', 'participant'],
      ['link.issued', 'doctor', 'backend'],
      ['participant.joined', 'doctor', 'participant'],
      ['meeting.ended', null, 'participant'],
      ['feedback.submitted', 'patient', 'backend'],
      ['report.read', null, 'backend'],
    ]);
    const text = JSON.stringify(entries);
    for (const secret of ['HYPERLINK', 'Secret words', token]) expect(text).not.toContain(secret);
    expect(entries[0]?.actor.keyId).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe('GET /analytics', () => {
  it('analytics sum up visits in total and by day', async () => {
    const { server, sessionId, clock } = await pastVisit();
    await server.api.giveFeedback(sessionId, { userId: 'patient', rating: 3 });
    const people = { doctorId: 'd', patientId: 'p' };
    const tomorrow = { ...people, appointmentId: 'b', scheduledAt: '2026-01-06T09:00:00Z' };
    const { sessionId: cancelled } = await server.api.createSession(tomorrow);
    await server.api.cancelSession(cancelled);
    await server.api.createSession({ ...people, appointmentId: 'c', scheduledAt: '2026-01-07T09:00:00Z' });
    clock.advance(49 * 60 * MINUTE + 2001);
    const range = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
    await expect.poll(async () => (await server.api.getAnalytics(range)).noShows).toBe(1);
    const figures = await server.api.getAnalytics(range);
    expect(figures).toMatchObject({
      visits: 3,
      byStatus: { scheduled: 0, live: 0, ended: 2, cancelled: 1 },
      minutes: 10,
      meanWaitingSeconds: 120,
      meanRating: 3,
    });
    expect(figures.days.map(({ date, visits }) => [date, visits])).toEqual([
      ['2026-01-05', 1],
      ['2026-01-06', 1],
      ['2026-01-07', 1],
    ]);
    const auckland = await server.api.getAnalytics({ ...range, timeZone: 'Pacific/Auckland' });
    expect(auckland.days.map(({ date }) => date)).toEqual(['2026-01-05', '2026-01-06', '2026-01-07']);
    const honolulu = await server.api.getAnalytics({ ...range, timeZone: 'Pacific/Honolulu' });
    expect(honolulu.days.map(({ date }) => date)).toEqual(['2026-01-04', '2026-01-05', '2026-01-06']);
  });

  it('analytics cover the last 30 days by default', async () => {
    const server = await startServer({ clock: new ManualClock() });
    expect(await server.api.getAnalytics({})).toMatchObject({
      from: '2025-12-06T09:00:00.000Z',
      to: '2026-01-05T09:00:00.000Z',
      visits: 0,
      meanRating: null,
      days: [],
    });
  });

  it.each([
    '?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    '?from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    '?timeZone=Mars/Olympus',
    '?from=yesterday',
    '?unknown=1',
  ])('analytics of %s are refused', async (query) => {
    const server = await startServer();
    const answer = await server.call('GET', `/analytics${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
  });
});
