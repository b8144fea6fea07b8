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
});
afterEach(() => fixture.close());

const allow = (allowed: boolean) => doctor.request('moderation:screen-share', { allowed });
const stop = () => doctor.request('moderation:stop-share', { userId: 'patient-1' });
const shares = async () => (await fixture.stored(room)).shares;

describe('ScreenShare', () => {
  it('a share is stored from its start to its end', async () => {
    const producerId = await patient.produce('screen');
    await expect.poll(shares).toMatchObject([{ seat: 1, endedAt: null }]);
    await patient.request('producer:close', { producerId });
    await expect.poll(async () => (await shares())[0]?.endedAt).not.toBeNull();
  });

  it('a page outside the call may not share', async () => {
    const preview = new FakePage(room, 'guest-1', 'guest');
    await preview.request('prepare', { rtpCapabilities: {} }).catch(() => undefined);
    await expect(preview.produce('screen')).rejects.toMatchObject({ code: 'not_joined' });
  });

  it('a participant other than a host may not share while it is forbidden', async () => {
    await allow(false);
    await expect
      .poll(() => patient.received('room:updated').at(-1))
      .toMatchObject({ screenShareAllowed: false });
    await expect(patient.produce('screen')).rejects.toMatchObject({ code: 'screen_share_off' });
    await expect(doctor.produce('screen')).resolves.toBeTypeOf('string');
  });

  it('forbidding stops the screens of participants other than hosts', async () => {
    await patient.produce('screen');
    await doctor.produce('screen');
    await allow(false);
    await expect.poll(() => patient.received('share:stopped')).toEqual([{ by: null }]);
    expect([patient.member.isSharing, doctor.member.isSharing]).toEqual([false, true]);
  });

  it('moderation:stop-share stops a screen and tells its owner, again if that may not have been delivered', async () => {
    await patient.produce('screen');
    await stop();
    expect([patient.received('share:stopped'), patient.member.isSharing]).toEqual([
      [{ by: 'doctor-1' }],
      false,
    ]);
    patient.disconnect('connection_lost');
    const back = new FakePage(room, 'patient-1', 'patient');
    await back.request('resume', { device: DEVICE, live: [] });
    expect(back.received('share:stopped')).toEqual([{ by: 'doctor-1' }]);
  });

  it('a stop that was delivered is not repeated', async () => {
    await patient.produce('screen');
    await stop();
    fixture.clock.advance(11_000);
    patient.disconnect('connection_lost');
    const back = new FakePage(room, 'patient-1', 'patient');
    await back.request('resume', { device: DEVICE, live: [] });
    expect(back.received('share:stopped')).toEqual([]);
  });

  it('a connection may share ten times at once, and then once per second', async () => {
    for (let time = 0; time < 10; time++) await doctor.produce('screen');
    await expect(doctor.produce('screen')).rejects.toMatchObject({ code: 'too_many_messages' });
    fixture.clock.advance(1000);
    await expect(doctor.produce('screen')).resolves.toBeTypeOf('string');
  });
});
