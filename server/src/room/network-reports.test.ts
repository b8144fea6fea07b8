import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Room } from './room.ts';
import { FakePage, joined, RoomFixture } from './testing/room-fixture.ts';

const REPORT = { level: 'good', rttMs: 40, lossPercent: 1, relayed: false, firstFrameMs: 700 } as const;
const NETWORK = { rtt: 0.04, loss: 0.01 };

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

describe('network:report', () => {
  it('a report counts the round-trip time and the loss, in base units', async () => {
    await doctor.request('network:report', REPORT);
    expect(fixture.figures).toEqual([NETWORK]);
  });

  it('a report in the preview counts for nothing', async () => {
    const page = new FakePage(room, 'patient-1', 'patient');
    await page.request('network:report', REPORT);
    expect(fixture.figures).toEqual([]);
  });

  it('the first picture counts once, for a page that joined while a camera was on', async () => {
    await doctor.produce('camera');
    const patient = await patientJoined();
    await patient.request('network:report', { level: 'good' });
    await patient.request('network:report', REPORT);
    await patient.request('network:report', REPORT);
    expect(fixture.figures).toEqual([{ rtt: null, loss: null }, NETWORK, { firstFrame: 0.7 }, NETWORK]);
  });

  it('the first picture does not count without a camera to see, or after two minutes', async () => {
    const patient = await patientJoined();
    await patient.request('network:report', REPORT);
    expect(fixture.figures).toEqual([NETWORK]);
    await patient.produce('camera');
    const guest = await joined(room, 'guest-1', 'guest');
    await guest.request('network:report', { ...REPORT, firstFrameMs: 120_001 });
    await guest.request('network:report', REPORT);
    expect(fixture.figures).toEqual([NETWORK, NETWORK, NETWORK]);
  });

  it('a page that floods counts three times, and then once in ten seconds', async () => {
    for (let index = 0; index < 20; index++) await doctor.request('network:report', REPORT);
    expect(fixture.figures).toHaveLength(3);
    fixture.clock.advance(10_000);
    for (let index = 0; index < 20; index++) await doctor.request('network:report', REPORT);
    expect(fixture.figures).toHaveLength(4);
  });
});
