import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Room } from '../../room/room.ts';
import { FakePage, joined, RoomFixture } from '../../room/testing/room-fixture.ts';

const DEVICE = 'device-of-patient-1';

let fixture: RoomFixture;
let room: Room;
let doctor: FakePage;
let patient: FakePage;
beforeEach(async () => {
  fixture = await RoomFixture.start();
  room = await fixture.open();
  doctor = await joined(room);
  patient = await joined(room, 'patient-1', 'patient');
  await patient.produce('microphone');
});
afterEach(() => fixture.close());

const mute = () => doctor.request('moderation:mute', { userId: 'patient-1', source: 'microphone' });
const microphone = () => room.viewOf(patient.member).media.microphone;
const MUTED = [{ source: 'microphone', by: 'doctor-1' }];

describe('Moderation', () => {
  it('moderation:mute pauses the stream, tells its owner and is recorded', async () => {
    await mute();
    expect([microphone(), patient.received('muted')]).toEqual(['off', MUTED]);
    const history = () => fixture.store.history(room.sessionId);
    await expect
      .poll(async () => (await history()).at(-1))
      .toMatchObject({ type: 'participant.muted', seat: 1 });
  });

  it('moderation:mute does nothing if the source is not on', async () => {
    await mute();
    await mute();
    await doctor.request('moderation:mute', { userId: 'patient-1', source: 'camera' });
    expect(patient.received('muted')).toEqual(MUTED);
  });

  it('a muted source starts paused in another stream, until its owner resumes it', async () => {
    await mute();
    const producerId = await patient.produce('microphone');
    expect([microphone(), patient.received('muted')]).toEqual(['off', [...MUTED, ...MUTED]]);
    await patient.request('producer:resume', { producerId });
    expect(microphone()).toBe('on');
    await patient.produce('microphone');
    expect(microphone()).toBe('on');
  });

  it('a resume reapplies a mute that may not have been delivered', async () => {
    await mute();
    patient.disconnect('connection_lost');
    const back = new FakePage(room, 'patient-1', 'patient');
    await back.request('resume', { device: DEVICE, live: ['microphone'] });
    expect(back.received('muted')).toEqual(MUTED);
  });

  it('a resume drops a mute that was delivered if the owner has the source on', async () => {
    await mute();
    fixture.clock.advance(11_000);
    patient.disconnect('connection_lost');
    const back = new FakePage(room, 'patient-1', 'patient');
    await back.request('resume', { device: DEVICE, live: ['microphone'] });
    expect(back.received('muted')).toEqual([]);
  });

  it('moderation:lock is stored and shown as part of the room', async () => {
    await doctor.request('moderation:lock', { locked: true });
    expect(patient.received('room:updated').at(-1)).toMatchObject({ locked: true });
    expect((await fixture.stored(room)).locked).toBe(true);
  });

  it('moderation:remove takes a member out for good', async () => {
    await doctor.request('moderation:remove', { userId: 'patient-1' });
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'removed' }]);
    const again = new FakePage(room, 'patient-1', 'patient');
    expect(again.received('dismissed')).toEqual([{ reason: 'removed' }]);
  });

  it('notes:set stores the host notes; an empty text clears them', async () => {
    for (const [text, stored] of [
      ['Ask about the lab.', 'Ask about the lab.'],
      ['', null],
    ] as const) {
      await doctor.request('notes:set', { text });
      expect((await fixture.stored(room)).hostNotes).toBe(stored);
    }
  });
});
