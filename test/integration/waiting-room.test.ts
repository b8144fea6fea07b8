import { moderationCommands } from '@televisit/server/features/moderation/rules';
import { describe, expect, it } from 'vitest';
import { FiveSeatVisit } from '../support/fixtures/five-seat-visit.ts';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '../support/infra/manual-clock.ts';

const GRACE = 30_000;

/** Who waits, as a host was last told. */
const seen = (host: ProtocolClient) =>
  host
    .received('waiting:people')
    .at(-1)
    ?.people.map(({ userId }) => userId);

/** Everything that was under way to this person has arrived. */
const settled = (one: ProtocolClient) => one.request('consumer:ready', { consumerIds: [] });

describe('a visit without a waiting room', () => {
  it('lets a patient in who comes first', async () => {
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'off' });
    const patient = await clinic.join('patient');
    expect(patient.socket.connected).toBe(true);
    expect((await clinic.session()).status).toBe('live');
  });
});

describe('a visit that waits for a host', () => {
  it('lets nobody else in before, and says what they wait for', async () => {
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'until-host' });
    const patient = await clinic.connect('patient');
    const waiting = await patient.waitToEnter();
    expect(waiting).toMatchObject({ hostPresent: false, needsAdmission: false });
    const session = await clinic.session();
    expect(session).toMatchObject({ status: 'scheduled', intervals: [] });
    expect(new Date(session.seats[1]?.waitingSince ?? 0).toISOString()).toBe(waiting.since);
  });

  it('lets all who wait in when the first host comes, with one event and no further message', async () => {
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'until-host' });
    const patient = await clinic.wait('patient');
    const guest = await clinic.wait('guest');
    const doctor = await clinic.join('doctor');
    await expect.poll(() => patient.received('admitted').length).toBe(1);
    await expect.poll(() => guest.received('admitted').length).toBe(1);
    const [result] = patient.received('admitted');
    expect(result).toMatchObject({
      self: { userId: 'patient', media: { microphone: 'on', camera: 'on' } },
      room: { locked: false },
      chat: [],
      waiting: [],
    });
    expect(result?.participants.map(({ userId }) => userId)).toContain('doctor');
    expect(result?.consumers).toContainEqual(expect.objectContaining({ userId: 'doctor', source: 'camera' }));
    await expect.poll(() => doctor.received('participant:joined').length).toBe(2);
    await expect.poll(() => doctor.received('consumer:new').length).toBe(4);
    // The waiting room never said anything else.
    const names = patient.events.map(([name]) => name);
    expect(names.filter((name) => name.startsWith('waiting') || name === 'declined')).toEqual([]);
    await patient.request('presence:set', { away: true });
    expect(seen(doctor)).toEqual([]);
    const waited = (await clinic.session()).seats.map(({ waitingSince }) => waitingSince);
    expect(waited).toEqual([null, null, null, null, null]);
  });

  it('lets newcomers in at once while a host is in', async () => {
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'until-host' });
    await clinic.join('doctor');
    await clinic.join('patient');
    await clinic.join('observer');
  });

  it('lets newcomers wait when the last host has left; who is in stays', async () => {
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'until-host' });
    const doctor = await clinic.join('doctor');
    const colleague = await clinic.join('colleague');
    const patient = await clinic.join('patient');
    await doctor.request('leave', {});
    await clinic.join('observer');
    await colleague.request('leave', {});
    const guest = await clinic.wait('guest');
    expect(patient.socket.connected).toBe(true);
    await clinic.join('doctor');
    await expect.poll(() => guest.received('admitted').length).toBe(1);
  });

  it('lets newcomers in while the host’s connection is only dropped, and not after the grace', async () => {
    const clock = new ManualClock(Date.now());
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'until-host' }, { clock });
    const doctor = await clinic.join('doctor');
    const patient = await clinic.join('patient');
    doctor.drop();
    await expect.poll(() => patient.received('participant:updated').at(-1)?.connected).toBe(false);
    await clinic.join('guest');
    clock.advance(GRACE + 1);
    await expect.poll(() => patient.received('participant:left').length).toBe(1);
    await clinic.wait('observer');
  });
});

describe('a visit that admits people one by one', () => {
  /** The doctor is in, and the patient waits. */
  async function asking(overrides = {}) {
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'admit' }, overrides);
    const doctor = await clinic.join('doctor');
    const patient = await clinic.connect('patient');
    const waiting = await patient.waitToEnter();
    await expect.poll(() => seen(doctor)).toEqual(['patient']);
    return { clinic, doctor, patient, waiting };
  }

  it('shows a waiting person to the hosts, those in the preview too, and to nobody else', async () => {
    const { clinic, doctor, patient, waiting } = await asking();
    expect(waiting).toMatchObject({ hostPresent: true, needsAdmission: true });
    expect(doctor.received('waiting:people').at(-1)?.people).toEqual([
      {
        userId: 'patient',
        role: 'patient',
        displayName: 'PATIENT',
        since: waiting.since,
        connected: true,
        network: null,
      },
    ]);
    const colleague = await clinic.connect('colleague');
    await expect.poll(() => seen(colleague)).toEqual(['patient']);
    await clinic.wait('guest');
    await expect.poll(() => seen(colleague)).toEqual(['patient', 'guest']);
    await expect.poll(() => seen(doctor)).toEqual(['patient', 'guest']);
    expect((await colleague.enter()).waiting.map(({ userId }) => userId)).toEqual(['patient', 'guest']);
    await patient.request('network:report', { level: 'poor' });
    await expect.poll(() => doctor.received('waiting:people').at(-1)?.people[0]?.network).toBe('poor');
    expect(patient.received('waiting:people')).toEqual([]);
  });

  it('lets in whom a host admits, and keeps who did it', async () => {
    const { clinic, doctor, patient } = await asking();
    const guest = await clinic.wait('guest');
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => patient.received('admitted').length).toBe(1);
    expect(patient.received('admitted')[0]?.self.media.camera).toBe('on');
    await expect.poll(() => seen(doctor)).toEqual(['guest']);
    expect(guest.received('admitted')).toEqual([]);
    expect(await clinic.history()).toEqual(
      expect.arrayContaining([
        'participant.waiting patient by patient',
        'participant.admitted patient by doctor',
        'participant.joined patient by patient',
      ]),
    );
  });

  it('enters with the devices that were last asked for', async () => {
    const { doctor, patient } = await asking();
    expect(await patient.request('join', { live: ['microphone'] })).toMatchObject({ status: 'waiting' });
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect
      .poll(() => patient.received('admitted')[0]?.self.media)
      .toMatchObject({ microphone: 'on', camera: 'off' });
  });

  it('lets nothing of a waiting person reach anybody, whatever they send', async () => {
    const { clinic, doctor, patient } = await asking();
    const before = doctor.events.length;
    await patient.produce('camera', false);
    await patient.produce('microphone', false);
    for (const [message, payload] of [
      ['chat:send', { clientId: 'a', text: 'Hello?' }],
      ['hand:set', { raised: true }],
      ['presence:set', { away: true }],
      ['reaction:send', { reaction: 'heart' }],
    ] as const) {
      await expect(patient.request(message, payload)).rejects.toMatchObject({ code: 'not_joined' });
    }
    await expect(patient.produce('screen')).rejects.toMatchObject({ code: 'not_joined' });
    const { consumers } = await (await clinic.connect('colleague')).prepare();
    expect(consumers.filter(({ userId }) => userId === 'patient')).toEqual([]);
    await settled(doctor);
    // The active speaker is the doctor, who alone is heard.
    expect(doctor.events.slice(before).filter(([name]) => name !== 'room:updated')).toEqual([]);
    expect((await clinic.session()).intervals.map(({ seat }) => seat)).toEqual([0]);
  });

  it('lets an admitted person come again without asking', async () => {
    const { clinic, doctor, patient } = await asking();
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => patient.received('admitted').length).toBe(1);
    patient.socket.disconnect();
    await expect.poll(() => doctor.received('participant:left').length).toBe(1);
    await clinic.join('patient');
  });

  it('lets a declined person ask again, from then on', async () => {
    const clock = new ManualClock(Date.now());
    const { clinic, doctor, patient, waiting } = await asking({ clock });
    await doctor.request('waiting:decline', { userId: 'patient' });
    await expect.poll(() => patient.received('declined').length).toBe(1);
    await expect.poll(() => seen(doctor)).toEqual([]);
    expect(await clinic.history()).toContain('participant.declined patient by doctor');
    clock.advance(5000);
    const again = await patient.waitToEnter();
    expect(Date.parse(again.since) - Date.parse(waiting.since)).toBe(5000);
    await expect.poll(() => seen(doctor)).toEqual(['patient']);
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => patient.received('admitted').length).toBe(1);
  });

  it('admits once where two hosts do it at the same time', async () => {
    const { clinic, doctor, patient } = await asking();
    const colleague = await clinic.join('colleague');
    await Promise.all([
      doctor.request('waiting:admit', { userId: 'patient' }),
      colleague.request('waiting:admit', { userId: 'patient' }),
    ]);
    await expect.poll(() => patient.received('admitted').length).toBe(1);
    await settled(doctor);
    const joined = doctor.received('participant:joined').filter(({ userId }) => userId === 'patient');
    expect([joined.length, patient.received('admitted').length]).toEqual([1, 1]);
    const admitted = (await clinic.history()).filter((entry) => entry.startsWith('participant.admitted'));
    expect(admitted.length).toBe(1);
  });

  it('where one host admits and another declines does the first of both', async () => {
    const { clinic, doctor, patient } = await asking();
    const colleague = await clinic.join('colleague');
    const [admitted, declined] = await Promise.allSettled([
      doctor.request('waiting:admit', { userId: 'patient' }),
      colleague.request('waiting:decline', { userId: 'patient' }),
    ]);
    expect([admitted.status, declined.status].sort()).toEqual(['fulfilled', 'rejected']);
    const letIn = admitted.status === 'fulfilled';
    await expect.poll(() => patient.received(letIn ? 'admitted' : 'declined').length).toBe(1);
    expect(patient.received(letIn ? 'declined' : 'admitted')).toEqual([]);
  });

  it('is for hosts alone', async () => {
    const { clinic, doctor, patient } = await asking();
    const guest = await clinic.wait('guest');
    await doctor.request('waiting:admit', { userId: 'guest' });
    await expect.poll(() => guest.received('admitted').length).toBe(1);
    for (const message of ['waiting:admit', 'waiting:decline'] as const) {
      await expect(guest.request(message, { userId: 'patient' })).rejects.toMatchObject({
        code: 'forbidden',
      });
      await expect(patient.request(message, { userId: 'patient' })).rejects.toMatchObject({
        code: 'not_joined',
      });
    }
    const line = { userId: 'patient', text: 'Hello' };
    await expect(guest.request('waiting:message', line)).rejects.toMatchObject({ code: 'forbidden' });
    await settled(patient);
    expect(patient.received('admitted')).toEqual([]);
  });

  it('of somebody who does not wait is refused', async () => {
    const { doctor } = await asking();
    for (const message of ['waiting:admit', 'waiting:decline'] as const) {
      await expect(doctor.request(message, { userId: 'guest' })).rejects.toMatchObject({
        code: 'not_waiting',
      });
      await expect(doctor.request(message, { userId: 'nobody' })).rejects.toMatchObject({
        code: 'participant_not_found',
      });
    }
    const line = { userId: 'guest', text: 'Hello' };
    await expect(doctor.request('waiting:message', line)).rejects.toMatchObject({ code: 'not_waiting' });
  });

  it('tells waiting people when the host leaves, and when one is there again', async () => {
    const { clinic, doctor, patient } = await asking();
    await doctor.request('leave', {});
    await expect.poll(() => patient.received('waiting:updated').length).toBe(1);
    expect(patient.received('waiting:updated')[0]).toMatchObject({
      hostPresent: false,
      needsAdmission: true,
    });
    await clinic.join('colleague');
    await expect.poll(() => patient.received('waiting:updated').at(-1)?.hostPresent).toBe(true);
    expect(patient.received('admitted')).toEqual([]);
  });

  it('lets in who waits when the backend switches the waiting room off', async () => {
    const { clinic, patient } = await asking();
    await clinic.server.api.updateSession(clinic.sessionId, { options: { waitingRoom: 'off' } });
    await expect.poll(() => patient.received('admitted').length).toBe(1);
  });

  it('holds an admitted person back while the visit is full', async () => {
    const { clinic, doctor, patient } = await asking();
    const guest = await clinic.wait('guest');
    await clinic.server.api.updateSession(clinic.sessionId, { options: { maxParticipants: 2 } });
    await doctor.request('waiting:admit', { userId: 'guest' });
    await expect.poll(() => guest.received('admitted').length).toBe(1);
    await doctor.request('waiting:admit', { userId: 'patient' });
    await settled(patient);
    expect(patient.received('admitted')).toEqual([]);
    expect(seen(doctor)).toEqual(['patient']);
    await guest.request('leave', {});
    await expect.poll(() => patient.received('admitted').length).toBe(1);
    await expect.poll(() => seen(doctor)).toEqual([]);
  });
});

describe('a line to a waiting person', () => {
  it('arrives, with the host’s name, and after a drop when they are back', async () => {
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'admit' });
    const doctor = await clinic.join('doctor');
    const patient = await clinic.wait('patient');
    await doctor.request('waiting:message', { userId: 'patient', text: 'Ten minutes, please.' });
    await expect
      .poll(() => patient.received('waiting:message'))
      .toMatchObject([{ text: 'Ten minutes, please.', displayName: 'DOCTOR' }]);
    patient.drop();
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ connected: false }]);
    await doctor.request('waiting:message', { userId: 'patient', text: 'Now.' });
    const back = await clinic.wait('patient');
    await expect.poll(() => back.received('waiting:message')).toMatchObject([{ text: 'Now.' }]);
  });
});

describe('a waiting person', () => {
  /** Somebody waits with nobody there to let them in; a host looks on from the preview. */
  async function waiting() {
    const clock = new ManualClock(Date.now());
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'admit' }, { clock });
    const doctor = await clinic.connect('doctor');
    await doctor.prepare();
    const patient = await clinic.connect('patient');
    const { since } = await patient.waitToEnter();
    await expect.poll(() => seen(doctor)).toEqual(['patient']);
    return { clock, clinic, doctor, patient, since };
  }

  it('whose connection drops stays on the list, and has waited since then when they are back', async () => {
    const { clock, clinic, doctor, patient, since } = await waiting();
    clock.advance(10_000);
    patient.drop();
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ userId: 'patient', connected: false, since }]);
    clock.advance(GRACE - 1);
    const back = await clinic.connect('patient');
    expect((await back.waitToEnter()).since).toBe(since);
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ connected: true, since }]);
    clock.advance(2);
    await settled(doctor);
    expect(seen(doctor)).toEqual(['patient']);
  });

  it('who does not come back within the grace is off the list, and has waited anew after that', async () => {
    const { clock, clinic, doctor, patient, since } = await waiting();
    patient.drop();
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ connected: false }]);
    clock.advance(GRACE);
    await expect.poll(() => seen(doctor)).toEqual([]);
    await expect.poll(async () => (await clinic.session()).seats[1]?.waitingSince).toBe(null);
    const back = await clinic.connect('patient');
    expect(Date.parse((await back.waitToEnter()).since)).toBe(Date.parse(since) + GRACE);
  });

  it.each([
    ['leaves', (one: ProtocolClient) => one.request('leave', {})],
    ['closes the page', (one: ProtocolClient) => one.socket.disconnect()],
  ])('who %s is off the list at once', async (_, leave) => {
    const { clinic, doctor, patient } = await waiting();
    await leave(patient);
    await expect.poll(() => seen(doctor)).toEqual([]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    await expect.poll(async () => (await clinic.session()).seats[1]?.waitingSince).toBe(null);
  });

  it('who was admitted while dropped comes in without asking', async () => {
    const { clinic, doctor, patient } = await waiting();
    await doctor.enter();
    patient.drop();
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ connected: false }]);
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => seen(doctor)).toEqual([]);
    await clinic.join('patient');
    await expect.poll(() => doctor.received('participant:joined').length).toBe(1);
  });

  it('who opens a second tab waits there; the first one hears of it', async () => {
    const { clinic, doctor, patient, since } = await waiting();
    const second = await clinic.connect('patient');
    expect((await second.waitToEnter()).since).toBe(since);
    await expect.poll(() => patient.received('replaced').length).toBe(1);
    await expect.poll(() => patient.socket.connected).toBe(false);
    await doctor.enter();
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => second.received('admitted').length).toBe(1);
    expect(patient.received('admitted')).toEqual([]);
  });

  it('hears that the visit is over', async () => {
    const { clinic, patient } = await waiting();
    await clinic.server.api.endSession(clinic.sessionId);
    await expect.poll(() => patient.received('session:ended')).toEqual([{ reason: 'backend_ended' }]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    expect(clinic.server.televisit.rooms.size).toBe(0);
  });

  it('whom a host removes is out for good', async () => {
    const { clinic, doctor, patient } = await waiting();
    await doctor.enter();
    await doctor.request('moderation:remove', { userId: 'patient' });
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'removed' }]);
    await expect.poll(() => seen(doctor)).toEqual([]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    await expect(
      clinic.server.call('POST', `/sessions/${clinic.sessionId}/join`, {
        role: 'patient',
        userId: 'patient',
      }),
    ).resolves.toMatchObject({ status: 403, body: { code: 'removed' } });
  });

  it('has waited since then where the media worker dies', async () => {
    const { clinic, patient, since } = await waiting();
    const node = [...clinic.server.televisit.nodes.values()][0]!;
    const { pid } = node.workers[0]!;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => patient.received('media:renew')).toHaveLength(1);
    patient.prepared = undefined;
    expect((await patient.waitToEnter()).since).toBe(since);
    expect(node.workers[0]?.pid ?? pid).not.toBe(pid);
  });

  it('who leaves and asks again at once is out', async () => {
    const { clinic, doctor, patient } = await waiting();
    const left = patient.request('leave', {});
    await expect(patient.request('join', { live: [] })).rejects.toMatchObject({ code: 'media_unavailable' });
    await left;
    await expect.poll(() => patient.socket.connected).toBe(false);
    await settled(doctor);
    expect(seen(doctor)).toEqual([]);
    await expect.poll(async () => (await clinic.session()).seats[1]?.waitingSince).toBe(null);
    await clinic.wait('patient');
  });

  it('whom another server declined hears it here, and may ask again', async () => {
    const { clock, clinic, doctor, patient } = await waiting();
    const session = await clinic.session();
    const seats = session.seats.map((seat) => ({ ...seat, waitingSince: null }));
    // Written past this process's own way of changing sessions, as another server does.
    const next = { ...session, seats, version: session.version + 1 };
    expect(await clinic.server.televisit.store.update({ next, events: [] })).toBe(true);
    await expect
      .poll(() => {
        clock.advance(1000);
        return patient.received('declined').length;
      })
      .toBe(1);
    expect(seen(doctor)).toEqual([]);
    await patient.waitToEnter();
    await expect.poll(() => seen(doctor)).toEqual(['patient']);
  });

  it('whom another server removed while the connection was dropped is off the list', async () => {
    const { clock, clinic, doctor, patient } = await waiting();
    patient.drop();
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ connected: false }]);
    const session = await clinic.session();
    const seats = session.seats.map((seat, index) =>
      index === 1 ? { ...seat, removedAt: clock.now() } : seat,
    );
    const next = { ...session, seats, version: session.version + 1 };
    expect(await clinic.server.televisit.store.update({ next, events: [] })).toBe(true);
    clock.advance(1000);
    await expect
      .poll(
        () => {
          clock.advance(1000);
          return seen(doctor);
        },
        { interval: 100, timeout: 1500 },
      )
      .toEqual([]);
  });

  it('leaves nothing behind', async () => {
    const { clock, clinic, doctor, patient } = await waiting();
    doctor.socket.disconnect();
    await expect.poll(() => clinic.server.televisit.rooms.size).toBe(1);
    patient.drop();
    await expect.poll(() => clock.waiting).toBeGreaterThan(0);
    await expect
      .poll(() => {
        clock.advance(GRACE);
        return clinic.server.televisit.rooms.size;
      })
      .toBe(0);
  });
});

describe('a locked visit', () => {
  /** The doctor and the patient are in, and the doctor locks the door. */
  async function locked(overrides = {}) {
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'until-host' }, overrides);
    const doctor = await clinic.join('doctor');
    const patient = await clinic.join('patient');
    await doctor.request('moderation:lock', { locked: true });
    await expect.poll(() => patient.received('room:updated').at(-1)?.locked).toBe(true);
    return { clinic, doctor, patient };
  }

  it('lets newcomers in one by one', async () => {
    const { clinic, doctor } = await locked();
    const guest = await clinic.connect('guest');
    expect(await guest.waitToEnter()).toMatchObject({ hostPresent: true, needsAdmission: true });
    await doctor.request('waiting:admit', { userId: 'guest' });
    await expect.poll(() => guest.received('admitted')[0]?.room.locked).toBe(true);
    expect(await clinic.history()).toContain('room.locked by doctor');
  });

  it('asks again of somebody who left it, whatever they were before', async () => {
    const { clinic, doctor, patient } = await locked();
    await patient.request('leave', {});
    await expect.poll(() => doctor.received('participant:left').length).toBe(1);
    await expect.poll(async () => (await clinic.session()).intervals.at(-1)?.leftAt ?? null).not.toBe(null);
    const again = await clinic.wait('patient');
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => again.received('admitted').length).toBe(1);
    again.socket.disconnect();
    await expect.poll(() => doctor.received('participant:left').length).toBe(2);
    await expect.poll(async () => (await clinic.session()).intervals.at(-1)?.leftAt ?? null).not.toBe(null);
    await clinic.wait('patient');
  });

  it('takes somebody back whose connection dropped, and hosts always', async () => {
    const { clinic, doctor, patient } = await locked();
    patient.drop();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    await clinic.join('patient');
    await clinic.join('colleague');
  });

  it('lets in who waits when it is unlocked', async () => {
    const { clinic, doctor } = await locked();
    const guest = await clinic.wait('guest');
    await doctor.request('moderation:lock', { locked: false });
    await expect.poll(() => guest.received('admitted').length).toBe(1);
    expect(await clinic.history()).toContain('room.unlocked by doctor');
  });

  it('tells those who wait for a host that one has to let them in', async () => {
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'until-host' });
    const doctor = await clinic.join('doctor');
    await doctor.request('leave', {});
    const patient = await clinic.wait('patient');
    await clinic.server.televisit.sessions.apply(
      clinic.sessionId,
      moderationCommands.setLocked(true, { userId: 'doctor' }),
    );
    await expect.poll(() => patient.received('waiting:updated').at(-1)?.needsAdmission).toBe(true);
    await clinic.join('doctor');
    await expect.poll(() => patient.received('waiting:updated').at(-1)?.hostPresent).toBe(true);
    expect(patient.received('admitted')).toEqual([]);
  });
});
