import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GRACE, NINE } from '../domain/testing/sessions.ts';
import type { Room } from './room.ts';
import { FakePage, joined, RoomFixture } from './testing/room-fixture.ts';

const DEVICE = 'device-of-patient-1';

let fixture: RoomFixture;
let room: Room;
let doctor: FakePage;
beforeEach(async () => {
  fixture = await RoomFixture.start();
  room = await fixture.open();
  doctor = await joined(room);
});
afterEach(() => fixture.close());

const patientJoined = () => joined(room, 'patient-1', 'patient');
const patientPage = () => new FakePage(room, 'patient-1', 'patient');

/** The last interval of the patient, as it is stored. */
async function interval() {
  return (await fixture.stored(room)).intervals.findLast(({ seat }) => seat === 1);
}

describe('release', () => {
  it('dropped keeps place and media, and tells the others', async () => {
    const patient = await patientJoined();
    const media = patient.media;
    fixture.clock.advance(1000);
    patient.disconnect('connection_lost');
    expect(patient.member.presence).toEqual({ kind: 'away', place: 'call', since: NINE + 1000 });
    expect(media?.closed).toBe(false);
    expect(doctor.received('participant:updated')).toMatchObject([{ userId: 'patient-1', connected: false }]);
    expect(doctor.received('participant:left')).toEqual([]);
    expect(await interval()).toMatchObject({ leftAt: null });
  });

  it('connection_lost closes the interval at the time of the drop once the grace period is over', async () => {
    const patient = await patientJoined();
    patient.disconnect('connection_lost');
    fixture.clock.advance(GRACE - 1);
    expect(room.participants.size).toBe(2);
    fixture.clock.advance(1);
    expect(room.participants.size).toBe(1);
    expect(patient.media?.closed).toBe(true);
    expect(doctor.received('participant:left')).toEqual([{ userId: 'patient-1', reason: 'connection_lost' }]);
    await expect.poll(interval).toMatchObject({ leftAt: NINE, reason: 'connection_lost' });
    expect(room.members.get('patient-1')).toBeUndefined();
  });

  it('left closes the interval at once and dismisses the page, but no other page of the member', async () => {
    const patient = await patientJoined();
    const preview = patientPage();
    fixture.clock.advance(1000);
    await patient.request('leave', {});
    expect([patient.ended, preview.ended]).toEqual(['dismissed', null]);
    expect(doctor.received('participant:left')).toEqual([{ userId: 'patient-1', reason: 'left' }]);
    await expect.poll(interval).toMatchObject({ leftAt: NINE + 1000, reason: 'left' });
    expect(preview.member.presence).toEqual({ kind: 'preview' });
    preview.disconnect('left');
    expect(room.members.get('patient-1')).toBeUndefined();
  });

  it.each(['removed', 'dismissed'] as const)(
    '%s tells and dismisses all pages of the member',
    async (reason) => {
      const patient = await patientJoined();
      const preview = patientPage();
      room.release(patient.member, reason);
      for (const page of [patient, preview]) {
        expect(page.received('dismissed')).toEqual([{ reason }]);
        expect(page.ended).toBe('dismissed');
      }
      expect(doctor.received('participant:left')).toEqual([{ userId: 'patient-1', reason }]);
      await expect.poll(interval).toMatchObject({ reason });
      expect(room.members.get('patient-1')).toBeUndefined();
    },
  );

  it('removed ends the grace period of a member who is away', async () => {
    const patient = await patientJoined();
    patient.disconnect('connection_lost');
    room.release(patient.member, 'removed');
    fixture.clock.advance(GRACE);
    expect(doctor.received('participant:left')).toEqual([{ userId: 'patient-1', reason: 'removed' }]);
  });
});

describe('close', () => {
  it('end tells all pages the reason, dismisses them and closes the intervals', async () => {
    const patient = await patientJoined();
    const preview = new FakePage(room, 'guest-1', 'guest');
    room.end('host_ended');
    for (const page of [doctor, patient, preview]) {
      expect(page.received('session:ended')).toEqual([{ reason: 'host_ended' }]);
      expect(page.ended).toBe('dismissed');
    }
    expect(doctor.received('participant:left')).toEqual([]);
    await expect.poll(interval).toMatchObject({ reason: 'session_ended' });
    expect([room.closed, fixture.rooms.size]).toEqual([true, 0]);
  });

  it('server_shutdown dismisses everyone and closes the intervals', async () => {
    const patient = await patientJoined();
    await fixture.rooms.close('server_shutdown');
    expect([doctor.ended, patient.ended]).toEqual(['dismissed', 'dismissed']);
    expect(await interval()).toMatchObject({ reason: 'server_shutdown' });
  });

  it('lose drops the participants and writes nothing', async () => {
    const patient = await patientJoined();
    const preview = new FakePage(room, 'guest-1', 'guest');
    const { version } = await fixture.stored(room);
    room.lose();
    expect([doctor.ended, patient.ended, preview.ended]).toEqual(['dropped', 'dropped', 'dismissed']);
    await fixture.rooms.close('server_shutdown');
    expect((await fixture.stored(room)).version).toBe(version);
  });

  it('a migration keeps the intervals open, also of a member whose connection is gone', async () => {
    const patient = await patientJoined();
    await fixture.rooms.move(room);
    expect(patient.received('visit:moved')).toHaveLength(1);
    patient.disconnect('connection_lost');
    fixture.clock.advance(1000);
    expect([room.closed, doctor.received('participant:updated')]).toEqual([false, []]);
    await doctor.request('moved', {});
    expect([room.closed, doctor.ended, fixture.rooms.size]).toEqual([true, 'dismissed', 0]);
    await fixture.rooms.close('server_shutdown');
    expect((await fixture.stored(room)).intervals).toMatchObject([{ leftAt: null }, { leftAt: null }]);
  });

  it('the room closes when its last member is gone', async () => {
    const preview = patientPage();
    await doctor.request('leave', {});
    expect(room.closed).toBe(false);
    preview.disconnect('connection_lost');
    expect([room.closed, fixture.rooms.size]).toEqual([true, 0]);
  });
});

describe('another page of a member', () => {
  it('takes over if it says so: the page before is replaced, and the others see no leave', async () => {
    const patient = await patientJoined();
    const media = patient.media;
    const other = patientPage();
    await expect(other.ask('another device, 16+')).rejects.toMatchObject({ code: 'joined_elsewhere' });
    await expect(
      other.request('join', { live: [], device: 'another device, 16+', takeOver: true }),
    ).resolves.toMatchObject({ status: 'joined' });
    expect([patient.received('replaced').length, patient.ended, media?.closed]).toEqual([
      1,
      'dismissed',
      true,
    ]);
    patient.disconnect('left');
    expect(other.member.isInBy(other)).toBe(true);
    expect(doctor.received('participant:left')).toEqual([]);
    expect(doctor.received('participant:joined')).toHaveLength(1);
  });

  it('resumes with the same media after a drop', async () => {
    const patient = await patientJoined();
    patient.disconnect('connection_lost');
    const back = patientPage();
    const outcome = await back.request('resume', { device: DEVICE, live: [] });
    expect(outcome).toMatchObject({ status: 'resumed', result: { self: { connected: true } } });
    expect(back.media).toBe(patient.media);
    fixture.clock.advance(GRACE);
    expect(room.participants.size).toBe(2);
  });

  it('resumes in place of a connection whose end was not noticed', async () => {
    const patient = await patientJoined();
    const back = patientPage();
    await back.request('resume', { device: DEVICE, live: [] });
    expect([patient.ended, patient.received('replaced')]).toEqual(['dismissed', []]);
    patient.disconnect('connection_lost');
    expect(back.member.presence).toEqual({ kind: 'present' });
    expect(back.media?.closed).toBe(false);
  });

  it('is the fifth one in the preview and replaces the oldest', () => {
    const [oldest, ...others] = Array.from({ length: 5 }, patientPage);
    expect([oldest?.received('replaced').length, oldest?.ended]).toEqual([1, 'dismissed']);
    expect(others.map(({ ended }) => ended)).toEqual([null, null, null, null]);
  });
});

describe('Status', () => {
  it('network:report and presence:set reach the others once per change', async () => {
    const patient = await patientJoined();
    await patient.request('network:report', { level: 'poor' });
    await patient.request('network:report', { level: 'poor' });
    await patient.request('presence:set', { away: true });
    await patient.request('presence:set', { away: true });
    expect(doctor.received('participant:updated')).toMatchObject([
      { network: 'poor', away: false },
      { network: 'poor', away: true },
    ]);
    expect(patient.received('participant:updated')).toEqual([]);
  });
});

describe('the answer to join', () => {
  it('contains what happened after the join until the answer is sent', async () => {
    const outcome = await patientPage().ask();
    await doctor.produce('camera');
    await doctor.request('hand:set', { raised: true });
    if (outcome.status !== 'joined') throw new Error('The patient has to wait.');
    const { participants, consumers } = outcome.result;
    expect(participants).toMatchObject([{ userId: 'doctor-1', handRaisedAt: new Date(NINE).toISOString() }]);
    await expect.poll(() => outcome.result.consumers.map(({ source }) => source)).toContain('camera');
    expect(consumers.length).toBeGreaterThan(0);
  });
});
