import { moderationCommands } from '@televisit/server/features/moderation/moderation';
import { describe, expect, it } from 'vitest';
import { TestVisit } from '../support/fixtures/visit.ts';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';

const GRACE = 30_000;

/** Returns who waits according to the last message that this host received. */
const seen = (host: ProtocolClient) =>
  host
    .received('waiting:people')
    .at(-1)
    ?.people.map(({ userId }) => userId);

/** Waits until everything that was in flight to this client has arrived. */
const settled = (one: ProtocolClient) => one.request('consumer:ready', { consumerIds: [] });

describe('a visit without a waiting room', () => {
  it('a patient who comes first to a visit without a waiting room enters', async () => {
    const visit = await TestVisit.ofFive({ waitingRoom: 'off' });
    const patient = await visit.join('patient');
    expect(patient.socket.connected).toBe(true);
    expect((await visit.session()).status).toBe('live');
  });
});

describe('a visit that waits for a host', () => {
  it('other participants wait until a host joins, and see what they wait for', async () => {
    const visit = await TestVisit.ofFive({ waitingRoom: 'until-host' });
    const patient = await visit.connect('patient');
    const waiting = await patient.waitToEnter();
    expect(waiting).toMatchObject({ hostPresent: false, needsAdmission: false });
    const session = await visit.session();
    expect(session).toMatchObject({ status: 'scheduled', intervals: [] });
    expect(new Date(session.seats[1]?.waitingSince ?? 0).toISOString()).toBe(waiting.since);
  });

  it('all waiting participants enter when the first host joins, with one event and no further message', async () => {
    const visit = await TestVisit.ofFive({ waitingRoom: 'until-host' });
    const patient = await visit.wait('patient');
    const guest = await visit.wait('guest');
    const doctor = await visit.join('doctor');
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
    // Those that are not ready yet follow one by one.
    const streams = () => [...(result?.consumers ?? []), ...patient.received('consumer:new')];
    await expect
      .poll(streams)
      .toContainEqual(expect.objectContaining({ userId: 'doctor', source: 'camera' }));
    await expect.poll(() => doctor.received('participant:joined').length).toBe(2);
    await expect.poll(() => doctor.received('consumer:new').length).toBe(4);
    // The waiting room sent nothing else.
    const names = patient.events.map(([name]) => name);
    expect(names.filter((name) => name.startsWith('waiting') || name === 'declined')).toEqual([]);
    await patient.request('presence:set', { away: true });
    expect(seen(doctor)).toEqual([]);
    const waited = (await visit.session()).seats.map(({ waitingSince }) => waitingSince);
    expect(waited).toEqual([null, null, null, null, null]);
  });

  it('newcomers enter at once while a host is in', async () => {
    const visit = await TestVisit.ofFive({ waitingRoom: 'until-host' });
    await visit.join('doctor');
    await visit.join('patient');
    await visit.join('observer');
  });

  it('newcomers wait after the last host has left; those inside stay', async () => {
    const visit = await TestVisit.ofFive({ waitingRoom: 'until-host' });
    const doctor = await visit.join('doctor');
    const colleague = await visit.join('colleague');
    const patient = await visit.join('patient');
    await doctor.request('leave', {});
    await visit.join('observer');
    await colleague.request('leave', {});
    const guest = await visit.wait('guest');
    expect(patient.socket.connected).toBe(true);
    await visit.join('doctor');
    await expect.poll(() => guest.received('admitted').length).toBe(1);
  });

  it('newcomers enter while the host’s connection has only dropped, and wait after the grace period', async () => {
    const clock = new ManualClock(Date.now());
    const visit = await TestVisit.ofFive({ waitingRoom: 'until-host' }, { clock });
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    doctor.drop();
    await expect.poll(() => patient.received('participant:updated').at(-1)?.connected).toBe(false);
    await visit.join('guest');
    clock.advance(GRACE + 1);
    await expect.poll(() => patient.received('participant:left').length).toBe(1);
    await visit.wait('observer');
  });
});

describe('a visit that admits participants one by one', () => {
  /** The doctor is in, and the patient waits. */
  async function asking(overrides = {}) {
    const visit = await TestVisit.ofFive({ waitingRoom: 'admit' }, overrides);
    const doctor = await visit.join('doctor');
    const patient = await visit.connect('patient');
    const waiting = await patient.waitToEnter();
    await expect.poll(() => seen(doctor)).toEqual(['patient']);
    return { visit, doctor, patient, waiting };
  }

  it('a waiting participant is shown to the hosts only, also to those in the preview', async () => {
    const { visit, doctor, patient, waiting } = await asking();
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
    const colleague = await visit.connect('colleague');
    await expect.poll(() => seen(colleague)).toEqual(['patient']);
    await visit.wait('guest');
    await expect.poll(() => seen(colleague)).toEqual(['patient', 'guest']);
    await expect.poll(() => seen(doctor)).toEqual(['patient', 'guest']);
    expect((await colleague.enter()).waiting.map(({ userId }) => userId)).toEqual(['patient', 'guest']);
    await patient.request('network:report', { level: 'poor' });
    await expect.poll(() => doctor.received('waiting:people').at(-1)?.people[0]?.network).toBe('poor');
    expect(patient.received('waiting:people')).toEqual([]);
  });

  it('an admitted participant enters, and the audit log names the host', async () => {
    const { visit, doctor, patient } = await asking();
    const guest = await visit.wait('guest');
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => patient.received('admitted').length).toBe(1);
    expect(patient.received('admitted')[0]?.self.media.camera).toBe('on');
    await expect.poll(() => seen(doctor)).toEqual(['guest']);
    expect(guest.received('admitted')).toEqual([]);
    expect(await visit.history()).toEqual(
      expect.arrayContaining([
        'participant.waiting patient by patient',
        'participant.admitted patient by doctor',
        'participant.joined patient by patient',
      ]),
    );
  });

  it('an admitted participant enters with the devices that they last asked for', async () => {
    const { doctor, patient } = await asking();
    expect(await patient.request('join', { live: ['microphone'] })).toMatchObject({ status: 'waiting' });
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect
      .poll(() => patient.received('admitted')[0]?.self.media)
      .toMatchObject({ microphone: 'on', camera: 'off' });
  });

  it('nothing of a waiting participant reaches anyone, whatever they send', async () => {
    const { visit, doctor, patient } = await asking();
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
    const { consumers } = await (await visit.connect('colleague')).prepare();
    expect(consumers.filter(({ userId }) => userId === 'patient')).toEqual([]);
    await settled(doctor);
    // The active speaker is the doctor, the only participant that is observed.
    expect(doctor.events.slice(before).filter(([name]) => name !== 'room:updated')).toEqual([]);
    expect((await visit.session()).intervals.map(({ seat }) => seat)).toEqual([0]);
  });

  it('an admitted participant may come again without asking', async () => {
    const { visit, doctor, patient } = await asking();
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => patient.received('admitted').length).toBe(1);
    patient.socket.disconnect();
    await expect.poll(() => doctor.received('participant:left').length).toBe(1);
    await visit.join('patient');
  });

  it('a declined participant may ask again, and then waits from that time', async () => {
    const clock = new ManualClock(Date.now());
    const { visit, doctor, patient, waiting } = await asking({ clock });
    await doctor.request('waiting:decline', { userId: 'patient' });
    await expect.poll(() => patient.received('declined').length).toBe(1);
    await expect.poll(() => seen(doctor)).toEqual([]);
    expect(await visit.history()).toContain('participant.declined patient by doctor');
    clock.advance(5000);
    const again = await patient.waitToEnter();
    expect(Date.parse(again.since) - Date.parse(waiting.since)).toBe(5000);
    await expect.poll(() => seen(doctor)).toEqual(['patient']);
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => patient.received('admitted').length).toBe(1);
  });

  it('two hosts who admit at the same time admit once', async () => {
    const { visit, doctor, patient } = await asking();
    const colleague = await visit.join('colleague');
    await Promise.all([
      doctor.request('waiting:admit', { userId: 'patient' }),
      colleague.request('waiting:admit', { userId: 'patient' }),
    ]);
    await expect.poll(() => patient.received('admitted').length).toBe(1);
    await settled(doctor);
    const joined = doctor.received('participant:joined').filter(({ userId }) => userId === 'patient');
    expect([joined.length, patient.received('admitted').length]).toEqual([1, 1]);
    const admitted = (await visit.history()).filter((entry) => entry.startsWith('participant.admitted'));
    expect(admitted.length).toBe(1);
  });

  it('an admission and a refusal at the same time have the effect of the first', async () => {
    const { visit, doctor, patient } = await asking();
    const colleague = await visit.join('colleague');
    const [admitted, declined] = await Promise.allSettled([
      doctor.request('waiting:admit', { userId: 'patient' }),
      colleague.request('waiting:decline', { userId: 'patient' }),
    ]);
    expect([admitted.status, declined.status].sort()).toEqual(['fulfilled', 'rejected']);
    const letIn = admitted.status === 'fulfilled';
    await expect.poll(() => patient.received(letIn ? 'admitted' : 'declined').length).toBe(1);
    expect(patient.received(letIn ? 'declined' : 'admitted')).toEqual([]);
  });

  it('only hosts admit and decline', async () => {
    const { visit, doctor, patient } = await asking();
    const guest = await visit.wait('guest');
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

  it('admitting a user who does not wait is refused', async () => {
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

  it('waiting participants are notified when the host leaves and when one is back', async () => {
    const { visit, doctor, patient } = await asking();
    await doctor.request('leave', {});
    await expect.poll(() => patient.received('waiting:updated').length).toBe(1);
    expect(patient.received('waiting:updated')[0]).toMatchObject({
      hostPresent: false,
      needsAdmission: true,
    });
    await visit.join('colleague');
    await expect.poll(() => patient.received('waiting:updated').at(-1)?.hostPresent).toBe(true);
    expect(patient.received('admitted')).toEqual([]);
  });

  it('waiting participants enter when the backend switches the waiting room off', async () => {
    const { visit, patient } = await asking();
    await visit.server.api.updateSession(visit.sessionId, { options: { waitingRoom: 'off' } });
    await expect.poll(() => patient.received('admitted').length).toBe(1);
  });

  it('an admitted participant waits on while the visit is full', async () => {
    const { visit, doctor, patient } = await asking();
    const guest = await visit.wait('guest');
    await visit.server.api.updateSession(visit.sessionId, { options: { maxParticipants: 2 } });
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

describe('a message to a waiting participant', () => {
  it('a message arrives with the host’s name, after a drop when the participant is back', async () => {
    const visit = await TestVisit.ofFive({ waitingRoom: 'admit' });
    const doctor = await visit.join('doctor');
    const patient = await visit.wait('patient');
    await doctor.request('waiting:message', { userId: 'patient', text: 'Ten minutes, please.' });
    await expect
      .poll(() => patient.received('waiting:message'))
      .toMatchObject([{ text: 'Ten minutes, please.', displayName: 'DOCTOR' }]);
    patient.drop();
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ connected: false }]);
    await doctor.request('waiting:message', { userId: 'patient', text: 'Now.' });
    const back = await visit.wait('patient');
    await expect.poll(() => back.received('waiting:message')).toMatchObject([{ text: 'Now.' }]);
  });
});

describe('a waiting participant', () => {
  /** Lets a participant wait without a host inside; one host watches from the preview. */
  async function waiting() {
    const clock = new ManualClock(Date.now());
    const visit = await TestVisit.ofFive({ waitingRoom: 'admit' }, { clock });
    const doctor = await visit.connect('doctor');
    await doctor.prepare();
    const patient = await visit.connect('patient');
    const { since } = await patient.waitToEnter();
    await expect.poll(() => seen(doctor)).toEqual(['patient']);
    return { clock, visit, doctor, patient, since };
  }

  it('a waiting participant whose connection drops stays listed, and keeps the waiting time when back', async () => {
    const { clock, visit, doctor, patient, since } = await waiting();
    clock.advance(10_000);
    patient.drop();
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ userId: 'patient', connected: false, since }]);
    clock.advance(GRACE - 1);
    const back = await visit.connect('patient');
    expect((await back.waitToEnter()).since).toBe(since);
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ connected: true, since }]);
    clock.advance(2);
    await settled(doctor);
    expect(seen(doctor)).toEqual(['patient']);
  });

  it('a waiting participant who does not return within the grace period is off the list, and starts again later', async () => {
    const { clock, visit, doctor, patient, since } = await waiting();
    patient.drop();
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ connected: false }]);
    clock.advance(GRACE);
    await expect.poll(() => seen(doctor)).toEqual([]);
    await expect.poll(async () => (await visit.session()).seats[1]?.waitingSince).toBe(null);
    const back = await visit.connect('patient');
    expect(Date.parse((await back.waitToEnter()).since)).toBe(Date.parse(since) + GRACE);
  });

  it.each([
    ['leaves', (one: ProtocolClient) => one.request('leave', {})],
    ['closes the page', (one: ProtocolClient) => one.socket.disconnect()],
  ])('a waiting participant who %s is off the list at once', async (_, leave) => {
    const { visit, doctor, patient } = await waiting();
    await leave(patient);
    await expect.poll(() => seen(doctor)).toEqual([]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    await expect.poll(async () => (await visit.session()).seats[1]?.waitingSince).toBe(null);
  });

  it('a participant who was admitted while dropped enters without asking', async () => {
    const { visit, doctor, patient } = await waiting();
    await doctor.enter();
    patient.drop();
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ connected: false }]);
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => seen(doctor)).toEqual([]);
    await visit.join('patient');
    await expect.poll(() => doctor.received('participant:joined').length).toBe(1);
  });

  it('a second tab takes over the waiting, and the first tab is notified', async () => {
    const { visit, doctor, patient, since } = await waiting();
    const second = await visit.connect('patient');
    expect((await second.waitToEnter()).since).toBe(since);
    await expect.poll(() => patient.received('replaced').length).toBe(1);
    await expect.poll(() => patient.socket.connected).toBe(false);
    await doctor.enter();
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => second.received('admitted').length).toBe(1);
    expect(patient.received('admitted')).toEqual([]);
  });

  it('waiting participants are notified when the visit is over', async () => {
    const { visit, patient } = await waiting();
    await visit.server.api.endSession(visit.sessionId);
    await expect.poll(() => patient.received('session:ended')).toEqual([{ reason: 'backend_ended' }]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    expect(visit.server.televisit.rooms.size).toBe(0);
  });

  it('a waiting participant whom a host removes is out for good', async () => {
    const { visit, doctor, patient } = await waiting();
    await doctor.enter();
    await doctor.request('moderation:remove', { userId: 'patient' });
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'removed' }]);
    await expect.poll(() => seen(doctor)).toEqual([]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    await expect(
      visit.server.call('POST', `/sessions/${visit.sessionId}/join`, {
        role: 'patient',
        userId: 'patient',
      }),
    ).resolves.toMatchObject({ status: 403, body: { code: 'removed' } });
  });

  it('a waiting participant keeps the waiting time when the media worker dies', async () => {
    const { visit, patient, since } = await waiting();
    const node = [...visit.server.televisit.nodes.values()][0]!;
    const { pid } = node.workers[0]!;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => patient.received('media:renew')).toHaveLength(1);
    patient.prepared = undefined;
    expect((await patient.waitToEnter()).since).toBe(since);
    expect(node.workers[0]?.pid ?? pid).not.toBe(pid);
  });

  it('a waiting participant who leaves and asks again at once is out', async () => {
    const { visit, doctor, patient } = await waiting();
    const left = patient.request('leave', {});
    await expect(patient.request('join', { live: [] })).rejects.toMatchObject({ code: 'media_unavailable' });
    await left;
    await expect.poll(() => patient.socket.connected).toBe(false);
    await settled(doctor);
    expect(seen(doctor)).toEqual([]);
    await expect.poll(async () => (await visit.session()).seats[1]?.waitingSince).toBe(null);
    await visit.wait('patient');
  });

  it('a waiting participant whom another server declined is notified, and may ask again', async () => {
    const { clock, visit, doctor, patient } = await waiting();
    const session = await visit.session();
    const seats = session.seats.map((seat) => ({ ...seat, waitingSince: null }));
    // Writes to the store directly, as another server does.
    const next = { ...session, seats, version: session.version + 1 };
    expect(await visit.server.televisit.store.update({ next, events: [] })).toBe(true);
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

  it('a participant whom another server removed while dropped is off the list', async () => {
    const { clock, visit, doctor, patient } = await waiting();
    patient.drop();
    await expect
      .poll(() => doctor.received('waiting:people').at(-1)?.people)
      .toMatchObject([{ connected: false }]);
    const session = await visit.session();
    const seats = session.seats.map((seat, index) =>
      index === 1 ? { ...seat, removedAt: clock.now() } : seat,
    );
    const next = { ...session, seats, version: session.version + 1 };
    expect(await visit.server.televisit.store.update({ next, events: [] })).toBe(true);
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

  it('the room closes after the last waiting participant is gone', async () => {
    const { clock, visit, doctor, patient } = await waiting();
    doctor.socket.disconnect();
    await expect.poll(() => visit.server.televisit.rooms.size).toBe(1);
    patient.drop();
    await expect.poll(() => clock.waiting).toBeGreaterThan(0);
    await expect
      .poll(() => {
        clock.advance(GRACE);
        return visit.server.televisit.rooms.size;
      })
      .toBe(0);
  });
});

describe('a locked visit', () => {
  /** The doctor and the patient are in, and the doctor locks the visit. */
  async function locked(overrides = {}) {
    const visit = await TestVisit.ofFive({ waitingRoom: 'until-host' }, overrides);
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await doctor.request('moderation:lock', { locked: true });
    await expect.poll(() => patient.received('room:updated').at(-1)?.locked).toBe(true);
    return { visit, doctor, patient };
  }

  it('newcomers of a locked visit are admitted one by one', async () => {
    const { visit, doctor } = await locked();
    const guest = await visit.connect('guest');
    expect(await guest.waitToEnter()).toMatchObject({ hostPresent: true, needsAdmission: true });
    await doctor.request('waiting:admit', { userId: 'guest' });
    await expect.poll(() => guest.received('admitted')[0]?.room.locked).toBe(true);
    expect(await visit.history()).toContain('room.locked by doctor');
  });

  it('a participant who left a locked visit must ask again, whatever happened before', async () => {
    const { visit, doctor, patient } = await locked();
    await patient.request('leave', {});
    await expect.poll(() => doctor.received('participant:left').length).toBe(1);
    await expect.poll(async () => (await visit.session()).intervals.at(-1)?.leftAt ?? null).not.toBe(null);
    const again = await visit.wait('patient');
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => again.received('admitted').length).toBe(1);
    again.socket.disconnect();
    await expect.poll(() => doctor.received('participant:left').length).toBe(2);
    await expect.poll(async () => (await visit.session()).intervals.at(-1)?.leftAt ?? null).not.toBe(null);
    await visit.wait('patient');
  });

  it('a participant whose connection dropped comes back into a locked visit, and hosts always enter', async () => {
    const { visit, doctor, patient } = await locked();
    patient.drop();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    await visit.join('patient');
    await visit.join('colleague');
  });

  it('waiting participants enter when the visit is unlocked', async () => {
    const { visit, doctor } = await locked();
    const guest = await visit.wait('guest');
    await doctor.request('moderation:lock', { locked: false });
    await expect.poll(() => guest.received('admitted').length).toBe(1);
    expect(await visit.history()).toContain('room.unlocked by doctor');
  });

  it('participants who wait for a host learn that a host must admit them once the visit is locked', async () => {
    const visit = await TestVisit.ofFive({ waitingRoom: 'until-host' });
    const doctor = await visit.join('doctor');
    await doctor.request('leave', {});
    const patient = await visit.wait('patient');
    await visit.server.televisit.sessions.apply(
      visit.sessionId,
      moderationCommands.setLocked(true, { userId: 'doctor' }),
    );
    await expect.poll(() => patient.received('waiting:updated').at(-1)?.needsAdmission).toBe(true);
    await visit.join('doctor');
    await expect.poll(() => patient.received('waiting:updated').at(-1)?.hostPresent).toBe(true);
    expect(patient.received('admitted')).toEqual([]);
  });
});
