import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NINE } from '../../domain/testing/sessions.ts';
import type { Room } from '../../room/room.ts';
import { joined, RoomFixture, type FakePage } from '../../room/testing/room-fixture.ts';

let fixture: RoomFixture;
let room: Room;
let doctor: FakePage;
let patient: FakePage;
beforeEach(async () => {
  fixture = await RoomFixture.start();
  room = await fixture.open();
  doctor = await joined(room);
  patient = await joined(room, 'patient-1', 'patient');
});
afterEach(() => fixture.close());

const raisedAt = (page: FakePage) => room.viewOf(page.member).handRaisedAt;

describe('Hands', () => {
  it('hand:set is shown to everyone once, with the time', async () => {
    await patient.request('hand:set', { raised: true });
    fixture.clock.advance(1000);
    await patient.request('hand:set', { raised: true });
    for (const page of [doctor, patient]) {
      expect(page.received('participant:updated')).toMatchObject([
        { userId: 'patient-1', handRaisedAt: new Date(NINE).toISOString() },
      ]);
    }
  });

  it('moderation:lower-hand lowers the hand of a participant, who is sent it too', async () => {
    await patient.request('hand:set', { raised: true });
    await doctor.request('moderation:lower-hand', { userId: 'patient-1' });
    expect(patient.received('participant:updated').at(-1)).toMatchObject({ handRaisedAt: null });
    await expect(doctor.request('moderation:lower-hand', { userId: 'guest-1' })).rejects.toMatchObject({
      code: 'participant_not_found',
    });
  });

  it('a hand stays raised over a dropped connection, and not after leaving', async () => {
    await patient.request('hand:set', { raised: true });
    patient.disconnect('connection_lost');
    expect(raisedAt(patient)).not.toBeNull();
    room.release(patient.member, 'left');
    expect(raisedAt(await joined(room, 'patient-1', 'patient'))).toBeNull();
  });
});
