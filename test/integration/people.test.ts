import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { describe, expect, it } from 'vitest';
import { tokenOf } from '../support/clients/backend.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { Mailbox } from '../support/infra/mailbox.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const MINUTE = 60_000;

const bootstrap = (server: TestServer, sessionId: string, token: string) =>
  server.call('GET', `/api/v1/visits/${sessionId}`, undefined, { Authorization: `Bearer ${token}` });

describe('PUT /sessions/:sessionId/participants/:userId', () => {
  it('an interpreter who is added to a live visit joins with a link', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    await ProtocolClient.join(server, sessionId, 'doctor');
    const seat = await server.api.putParticipant(sessionId, 'ines', {
      role: 'interpreter',
      displayName: 'Ines',
    });
    expect(seat).toMatchObject({ userId: 'ines', role: 'interpreter', displayName: 'Ines', removedAt: null });
    await ProtocolClient.join(server, sessionId, 'interpreter', 'ines');
    const { sessions } = await server.api.listSessions({ userId: 'ines' });
    expect(sessions.map((session) => session.sessionId)).toEqual([sessionId]);
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'participant.added', userId: 'ines', details: {} }),
    );
  });

  it('the others see a corrected name at once, and nobody is disconnected', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    await server.api.putParticipant(sessionId, 'patient', { role: 'patient', displayName: 'Ada' });
    await expect
      .poll(() => doctor.received('participant:updated'))
      .toContainEqual(expect.objectContaining({ userId: 'patient', displayName: 'Ada' }));
    expect(patient.socket.connected).toBe(true);
  });

  it('a removed person returns with a new link, and not with the former one', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const former = tokenOf(await server.joinUrl(sessionId, 'patient'));
    await server.api.removeParticipant(sessionId, 'patient');
    await server.api.putParticipant(sessionId, 'patient', { role: 'patient' });
    expect((await bootstrap(server, sessionId, former)).body.code).toBe('token_revoked');
    await ProtocolClient.join(server, sessionId, 'patient');
  });

  it.each([
    [{ role: 'emperor' }, 400, 'validation_failed'],
    [{}, 400, 'validation_failed'],
    [{ role: 'guest', email: 'nowhere' }, 400, 'validation_failed'],
  ])('%j is refused and changes nothing', async (body, status, code) => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const answer = await server.call('PUT', `/sessions/${sessionId}/participants/x`, body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((await server.api.getSession(sessionId)).seats).toHaveLength(2);
  });
});

describe('POST /sessions/:sessionId/participants/:userId/replace', () => {
  it('a substitute takes over in a live visit, and the former doctor is out', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit('a');
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    const spare = tokenOf(await server.joinUrl(sessionId, 'doctor'));
    const seat = await server.api.replaceParticipant(sessionId, 'doctor', { userId: 'dr-smith' });
    expect(seat).toMatchObject({ userId: 'dr-smith', role: 'doctor', removedAt: null });
    await expect.poll(() => doctor.received('dismissed')).toEqual([{ reason: 'removed' }]);
    expect((await bootstrap(server, sessionId, spare)).body.code).toBe('removed');
    await ProtocolClient.join(server, sessionId, 'doctor', 'dr-smith');
    await expect
      .poll(() => patient.received('participant:joined').map(({ userId }) => userId))
      .toContain('dr-smith');
    const { participants } = await server.api.getReport(sessionId);
    expect(participants.map(({ userId, firstJoinedAt }) => [userId, firstJoinedAt !== null])).toEqual([
      ['doctor', true],
      ['patient', true],
      ['dr-smith', true],
    ]);
    const again = { appointmentId: 'a', doctorId: 'dr-smith', patientId: 'patient' };
    expect((await server.api.createSession(again)).sessionId).toBe(sessionId);
  });
});

describe('POST /sessions/:sessionId/participants/:userId/revoke-links', () => {
  it('every link of the person is void at once, in the call, the preview, files and feedback', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const token = tokenOf(await server.joinUrl(sessionId, 'patient'));
    const preview = await ProtocolClient.open(server, sessionId, 'patient');
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const wrong = await ProtocolClient.join(server, sessionId, 'patient');
    await server.api.revokeLinks(sessionId, 'patient');
    for (const page of [preview, wrong]) {
      await expect.poll(() => page.received('dismissed')).toEqual([{ reason: 'dismissed' }]);
      await expect.poll(() => page.socket.connected).toBe(false);
    }
    await expect
      .poll(() => doctor.received('participant:left'))
      .toEqual([{ userId: 'patient', reason: 'dismissed' }]);
    const headers = { Authorization: `Bearer ${token}` };
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['POST', '/feedback', { rating: 1 }],
      ['GET', '/files/x', undefined],
    ] as const) {
      const answer = await server.call(method, `/api/v1/visits/${sessionId}${path}`, body, headers);
      expect([path, answer.status, answer.body.code]).toEqual([path, 401, 'token_revoked']);
    }
    await expect(ProtocolClient.connectWith(server, token, sessionId)).rejects.toMatchObject({
      code: 'token_revoked',
    });
    await ProtocolClient.join(server, sessionId, 'patient');
    expect(doctor.socket.connected).toBe(true);
  });

  it('a removed person can no longer rate the visit', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const token = tokenOf(await server.joinUrl(sessionId, 'patient'));
    await server.api.removeParticipant(sessionId, 'patient');
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await server.call('POST', `/api/v1/visits/${sessionId}/feedback`, { rating: 1 }, headers);
    expect([answer.status, answer.body.code]).toEqual([403, 'removed']);
    expect((await server.api.getReport(sessionId)).feedback).toEqual([]);
  });
});

describe('POST /sessions/:sessionId/join', () => {
  it('a link is valid for as long as the backend chooses, up to an hour', async () => {
    const clock = new ManualClock();
    const server = await startServer({ clock });
    const { sessionId } = await server.createVisit();
    const request = { role: 'patient', userId: 'patient', expiresIn: 60 };
    const { joinUrl, expiresIn } = await server.api.joinSession(sessionId, request);
    expect(expiresIn).toBe(60);
    clock.advance(MINUTE - 1000);
    expect((await bootstrap(server, sessionId, tokenOf(joinUrl))).status).toBe(200);
    clock.advance(1000);
    expect((await bootstrap(server, sessionId, tokenOf(joinUrl))).body.code).toBe('token_expired');
    for (const seconds of [59, 3601]) {
      const refused = server.api.joinSession(sessionId, { ...request, expiresIn: seconds });
      await expect(refused).rejects.toMatchObject({ code: 'validation_failed' });
    }
  });
});

describe('e-mails about changed people', () => {
  const PATIENT = { userId: 'patient', role: 'patient', email: 'wrong@home.test' } as const;
  const DOCTOR = { userId: 'doctor', role: 'doctor', email: 'jones@clinic.test' } as const;

  /** A visit in an hour whose people have been reminded. */
  async function reminded() {
    const clock = new ManualClock();
    const box = await Mailbox.start();
    const server = await startServer({ clock, env: { REMINDER_MINUTES: '60', ...box.env } });
    const scheduledAt = new Date(clock.now() + 60 * MINUTE + 1000).toISOString();
    const { sessionId } = await server.createVisit('a', { scheduledAt, seats: [DOCTOR, PATIENT] });
    const received = () => box.received.map(({ to, mail }) => `${to} ${mail.subject?.split(':')[0]}`).sort();
    const passUntil = (count: number) =>
      expect
        .poll(() => {
          clock.advance(1000);
          return box.received.length;
        })
        .toBe(count);
    await passUntil(2);
    return { server, sessionId, box, received, passUntil };
  }

  it('a substitute is invited, and the former doctor’s invitation is withdrawn', async () => {
    const { server, sessionId, box, received, passUntil } = await reminded();
    const email = 'smith@clinic.test';
    await server.api.replaceParticipant(sessionId, 'doctor', { userId: 'dr-smith', email });
    await passUntil(4);
    expect(received()).toEqual([
      'jones@clinic.test No longer for you',
      'jones@clinic.test Reminder',
      'smith@clinic.test Invitation',
      'wrong@home.test Reminder',
    ]);
    const methods = box.received.slice(2).map(({ to, raw }) => [to, /method=(\w+)/.exec(raw)?.[1]]);
    expect(methods.sort()).toEqual([
      ['jones@clinic.test', 'CANCEL'],
      ['smith@clinic.test', 'REQUEST'],
    ]);
  });

  it('a corrected address is invited with a new link, and the wrong one is told without the name', async () => {
    const { server, sessionId, box, passUntil } = await reminded();
    const linkIn = (text: string) => /https?:\/\/\S+\/join\/\S+/.exec(text)?.[0] ?? '';
    const former = linkIn(box.received.find(({ to }) => to === 'wrong@home.test')?.mail.text ?? '');
    const details = { role: 'patient', email: 'right@home.test', displayName: 'Ada' } as const;
    await server.api.putParticipant(sessionId, 'patient', details);
    await passUntil(4);
    const [told, invited] = ['wrong@home.test', 'right@home.test'].map((address) =>
      box.received.slice(2).find(({ to }) => to === address),
    );
    expect(told?.raw).not.toContain('Ada');
    expect(told?.mail.text).not.toContain('/join/');
    const opened = async (link: string) =>
      (await fetch(link, { redirect: 'manual' })).headers.get('location');
    expect(await opened(former)).not.toContain('token=');
    expect(linkIn(invited?.mail.text ?? '')).not.toBe(former);
    const mails = await server.televisit.store.mail.ofSession(sessionId);
    expect(mails.map(({ address }) => address)).toEqual(mails.map(() => null));
  });
});
