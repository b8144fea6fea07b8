import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { created, GRACE, NINE, PATIENT } from '../../domain/testing/sessions.ts';
import type { Room } from '../../room/room.ts';
import { FakePage, joined, RoomFixture } from '../../room/testing/room-fixture.ts';

let fixture: RoomFixture;
let room: Room;
let doctor: FakePage;
beforeEach(async () => {
  fixture = await RoomFixture.start();
  room = await fixture.open({ options: { ...created().next.options, waitingRoom: 'admit' } });
  doctor = await joined(room);
});
afterEach(() => fixture.close());

const patientPage = () => new FakePage(room, 'patient-1', 'patient');
/** A page of the patient that waits. */
async function waiting() {
  const page = patientPage();
  expect(await page.ask()).toMatchObject({ status: 'waiting', waiting: { needsAdmission: true } });
  return page;
}
const people = () => (doctor.received('waiting:people').at(-1) as { people: unknown[] }).people;
const seat = async () => (await fixture.stored(room)).seats[PATIENT];

describe('WaitingRoom', () => {
  it('a page that must wait is stored and shown to hosts', async () => {
    const patient = await waiting();
    expect(people()).toMatchObject([{ userId: 'patient-1', connected: true }]);
    expect([patient.member.presence.kind, (await seat())?.waitingSince]).toEqual(['waiting', NINE]);
  });

  it('waiting:admit takes the member into the call over the page that waits', async () => {
    const patient = await waiting();
    await doctor.request('waiting:admit', { userId: 'patient-1' });
    await expect.poll(() => patient.received('admitted')).toMatchObject([{ self: { userId: 'patient-1' } }]);
    expect([patient.member.presence.kind, people()]).toEqual(['present', []]);
  });

  it('waiting:decline leaves the page in the preview, from where it may ask again', async () => {
    const patient = await waiting();
    await doctor.request('waiting:decline', { userId: 'patient-1' });
    await expect.poll(() => patient.received('declined')).toHaveLength(1);
    expect([patient.member.presence.kind, patient.ended, people()]).toEqual(['preview', null, []]);
    expect(await patient.request('join', { live: [] })).toMatchObject({ status: 'waiting' });
  });

  it('a dropped page keeps its place for the grace period, and then waits no longer', async () => {
    const patient = await waiting();
    patient.disconnect('connection_lost');
    expect(people()).toMatchObject([{ connected: false }]);
    fixture.clock.advance(GRACE);
    expect(people()).toEqual([]);
    await expect.poll(async () => (await seat())?.waitingSince).toBeNull();
  });

  it('a member who returns keeps the place, and is sent the messages that hosts wrote meanwhile', async () => {
    const patient = await waiting();
    patient.disconnect('connection_lost');
    await doctor.request('waiting:message', { userId: 'patient-1', text: 'One moment.' });
    const back = await waiting();
    expect(back.received('waiting:message')).toMatchObject([
      { text: 'One moment.', displayName: 'doctor-1' },
    ]);
    fixture.clock.advance(GRACE);
    expect(people()).toMatchObject([{ connected: true, since: new Date(NINE).toISOString() }]);
  });

  it('another page of a waiting member replaces the first', async () => {
    const first = await waiting();
    const second = await waiting();
    expect([first.received('replaced').length, first.ended]).toEqual([1, 'dismissed']);
    first.disconnect('left');
    expect([people().length, second.member.connection]).toEqual([1, second]);
  });

  it('leaving the waiting room ends the wait in the store', async () => {
    const patient = await waiting();
    await patient.request('leave', {});
    expect(people()).toEqual([]);
    await expect.poll(async () => (await seat())?.waitingSince).toBeNull();
  });

  it('a host in the preview sees who waits', async () => {
    await waiting();
    const host = new FakePage(room, 'doctor-1', 'doctor');
    expect(host.received('waiting:people')).toMatchObject([{ people: [{ userId: 'patient-1' }] }]);
  });
});
