import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';
import { startServer } from '../support/infra/start-server.ts';
import { tokenOf } from '../support/clients/backend.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const GRACE_MS = 30_000;

async function visit() {
  const clock = new ManualClock();
  const server = await startServer({ clock, graceMs: GRACE_MS });
  const { sessionId } = await server.createVisit();
  return { server, clock, sessionId };
}

async function person({ api }: TestServer, sessionId: string, userId: string) {
  const { participants } = await api.listParticipants(sessionId);
  return participants.find((one) => one.userId === userId)!;
}

/** Closes the socket without a goodbye, as when a phone loses its network. */
function drop(participant: ProtocolClient): void {
  participant.socket.io.engine.close();
}

describe('GET /sessions/:sessionId/participants', () => {
  it('the list has every seat, who is connected and for how long', async () => {
    const { server, clock, sessionId } = await visit();
    await ProtocolClient.join(server, sessionId, 'doctor');
    clock.advance(90_000);
    expect((await server.api.listParticipants(sessionId)).participants).toEqual([
      {
        userId: 'doctor',
        role: 'doctor',
        displayName: null,
        connected: true,
        intervals: [{ joinedAt: '2026-01-05T09:00:00.000Z', leftAt: null }],
        totalSeconds: 90,
        reconnects: 0,
        removedAt: null,
      },
      {
        userId: 'patient',
        role: 'patient',
        displayName: null,
        connected: false,
        intervals: [],
        totalSeconds: 0,
        reconnects: 0,
        removedAt: null,
      },
    ]);
  });

  it('a participant who left and came back has two intervals', async () => {
    const { server, clock, sessionId } = await visit();
    const first = await ProtocolClient.join(server, sessionId, 'doctor');
    clock.advance(60_000);
    await first.request('leave', {});
    await expect.poll(async () => (await person(server, sessionId, 'doctor')).connected).toBe(false);
    clock.advance(60_000);
    await ProtocolClient.join(server, sessionId, 'doctor');
    clock.advance(1000);
    expect(await person(server, sessionId, 'doctor')).toMatchObject({
      connected: true,
      intervals: [
        { joinedAt: '2026-01-05T09:00:00.000Z', leftAt: '2026-01-05T09:01:00.000Z' },
        { joinedAt: '2026-01-05T09:02:00.000Z', leftAt: null },
      ],
      totalSeconds: 61,
      reconnects: 0,
    });
  });

  it('a participant who reconnects within the grace period has one interval with a reconnect', async () => {
    const { server, clock, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    drop(patient);
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    clock.advance(GRACE_MS - 1);
    await ProtocolClient.join(server, sessionId, 'patient');
    clock.advance(GRACE_MS);
    expect(await person(server, sessionId, 'patient')).toMatchObject({
      connected: true,
      intervals: [{ joinedAt: '2026-01-05T09:00:00.000Z', leftAt: null }],
      reconnects: 1,
    });
  });

  it('the interval of a participant who does not come back ends when the connection was lost', async () => {
    const { server, clock, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    clock.advance(10_000);
    drop(patient);
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    clock.advance(GRACE_MS);
    await expect.poll(async () => (await person(server, sessionId, 'patient')).connected).toBe(false);
    expect(await person(server, sessionId, 'patient')).toMatchObject({
      intervals: [{ joinedAt: '2026-01-05T09:00:00.000Z', leftAt: '2026-01-05T09:00:10.000Z' }],
      totalSeconds: 10,
    });
  });

  it('a participant who joins 50 times has one interval with 49 reconnects, and the visit ends normally', async () => {
    const { server, sessionId } = await visit();
    const link = await server.joinUrl(sessionId, 'patient');
    for (let index = 0; index < 50; index++) {
      const patient = await ProtocolClient.connect(server, link);
      await patient.prepare();
      await patient.request('join', { live: [], takeOver: true });
    }
    await server.api.endSession(sessionId);
    const { intervals, reconnects } = await person(server, sessionId, 'patient');
    expect([intervals.length, reconnects]).toEqual([1, 49]);
    expect(server.televisit.rooms.size).toBe(0);
  });

  it('an interval continues after the server was closed and restarted', async () => {
    const clock = new ManualClock();
    const dataDir = makeTemporaryFolder();
    try {
      const before = await startServer({ closedBy: 'caller', clock, env: { DATA_DIR: dataDir } });
      const { sessionId } = await before.createVisit();
      await ProtocolClient.join(before, sessionId, 'doctor');
      await before.close();
      clock.advance(5000);
      const after = await startServer({ clock, env: { DATA_DIR: dataDir } });
      expect(await person(after, sessionId, 'doctor')).toMatchObject({ connected: false, totalSeconds: 0 });
      await ProtocolClient.join(after, sessionId, 'doctor');
      expect(await person(after, sessionId, 'doctor')).toMatchObject({
        connected: true,
        intervals: [{ joinedAt: '2026-01-05T09:00:00.000Z', leftAt: null }],
        reconnects: 1,
      });
    } finally {
      removeFolder(dataDir);
    }
  });
});

describe('maxParticipants', () => {
  it('one participant too many is refused until another has left', async () => {
    const server = await startServer();
    const { sessionId } = await server.api.createSession({
      appointmentId: 'full',
      doctorId: 'doctor',
      patientId: 'patient',
      seats: [{ userId: 'guest', role: 'guest' }],
      options: { maxParticipants: 2 },
    });
    await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    const { joinUrl } = await server.api.joinSession(sessionId, { role: 'guest', userId: 'guest' });
    const guest = await ProtocolClient.connect(server, joinUrl);
    await expect(guest.enter()).rejects.toMatchObject({ code: 'visit_full' });
    await patient.request('leave', {});
    await expect.poll(async () => (await person(server, sessionId, 'patient')).connected).toBe(false);
    expect((await guest.joinLive([])).self.userId).toBe('guest');
    guest.socket.disconnect();
  });
});

describe('DELETE /sessions/:sessionId/participants/:userId', () => {
  it('removing a participant dismisses and disconnects them, voids their links and refuses their return', async () => {
    const { server, sessionId } = await visit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    const token = tokenOf(await server.joinUrl(sessionId, 'patient'));
    const removed = await server.api.removeParticipant(sessionId, 'patient');
    expect(removed).toMatchObject({
      userId: 'patient',
      connected: false,
      removedAt: '2026-01-05T09:00:00.000Z',
    });
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'removed' }]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    await expect
      .poll(() => doctor.received('participant:left'))
      .toEqual([{ userId: 'patient', reason: 'removed' }]);
    expect(doctor.socket.connected).toBe(true);

    await expect(
      server.api.joinSession(sessionId, { role: 'patient', userId: 'patient' }),
    ).rejects.toMatchObject({ status: 403, code: 'removed' });
    const headers = { Authorization: `Bearer ${token}` };
    const page = await server.call('GET', `/api/v1/visits/${sessionId}`, undefined, headers);
    expect([page.status, page.body.code]).toEqual([403, 'removed']);
    await expect(ProtocolClient.connectWith(server, token, sessionId)).rejects.toMatchObject({
      code: 'removed',
    });
    expect(await server.api.removeParticipant(sessionId, 'patient')).toEqual(removed);
  });

  it('removing a user who is in the preview keeps them from joining', async () => {
    const { server, sessionId } = await visit();
    const patient = await ProtocolClient.connect(server, await server.joinUrl(sessionId, 'patient'));
    await server.api.removeParticipant(sessionId, 'patient');
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'removed' }]);
    await expect.poll(() => patient.socket.connected).toBe(false);
  });

  it('removing a user without a seat returns 404, and from a visit that is over 409', async () => {
    const { server, sessionId } = await visit();
    await expect(server.api.removeParticipant(sessionId, 'stranger')).rejects.toMatchObject({
      status: 404,
      code: 'participant_not_found',
    });
    await server.api.endSession(sessionId);
    await expect(server.api.removeParticipant(sessionId, 'patient')).rejects.toMatchObject({
      code: 'session_closed',
    });
  });
});

describe('POST /sessions/:sessionId/participants/:userId/leave', () => {
  it('a participant who is made to leave may come back', async () => {
    const { server, sessionId } = await visit();
    const patient = await ProtocolClient.join(server, sessionId, 'patient');
    expect(await server.api.dismissParticipant(sessionId, 'patient')).toMatchObject({ connected: false });
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'dismissed' }]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    await ProtocolClient.join(server, sessionId, 'patient');
    const back = await person(server, sessionId, 'patient');
    expect([back.connected, back.intervals.length]).toEqual([true, 2]);
  });

  it('making a user leave who is not in the visit changes nothing', async () => {
    const { server, sessionId } = await visit();
    const before = await server.api.getAudit(sessionId);
    expect(await server.api.dismissParticipant(sessionId, 'patient')).toMatchObject({ connected: false });
    expect(await server.api.getAudit(sessionId)).toEqual(before);
  });
});
