import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Interval, Session } from '../domain/session.ts';
import { DOCTOR, GRACE, INTERPRETER, NINE, PATIENT, seat } from '../domain/testing/sessions.ts';
import { joined, RoomFixture } from './testing/room-fixture.ts';

const interval = (place: number, leftAt: number | null): Interval => ({
  seat: place,
  joinedAt: NINE - 1000,
  leftAt,
  reason: leftAt === null ? null : 'left',
  reconnects: 0,
  quality: { sent: null, received: null },
  impairedMs: 0,
});

/** A doctor and a patient in the call and an interpreter who waits, as far as the store knows. */
const OCCUPIED: Partial<Session> = {
  status: 'live',
  startedAt: NINE - 1000,
  seats: [
    seat('doctor-1', 'doctor'),
    seat('patient-1', 'patient'),
    seat('interpreter-1', 'interpreter', { waitingSince: NINE }),
    seat('guest-1', 'guest'),
  ],
  intervals: [interval(DOCTOR, NINE - 1000), interval(DOCTOR, null), interval(PATIENT, null)],
};

let fixture: RoomFixture;
beforeEach(async () => {
  fixture = await RoomFixture.start();
});
afterEach(() => fixture.close());

/** The last interval of a seat, as it is stored. */
async function lastInterval(sessionId: string, place: number): Promise<Interval | undefined> {
  return (await fixture.store.get(sessionId))?.intervals.findLast((one) => one.seat === place);
}

describe('a room that opens for a session with people in it', () => {
  it('expects those whom the store has in the call or the waiting room', async () => {
    const room = await fixture.open(OCCUPIED);
    const members = [...room.members].map(({ userId, presence }) => [userId, presence]);
    expect(members).toEqual([
      ['doctor-1', { kind: 'expected', place: 'call', since: NINE }],
      ['patient-1', { kind: 'expected', place: 'call', since: NINE }],
      ['interpreter-1', { kind: 'expected', place: 'waiting-room', since: NINE }],
    ]);
  });

  it('stores that those who do not come within the grace period left when it opened, or wait no longer', async () => {
    const room = await fixture.open(OCCUPIED);
    const doctor = await joined(room);
    const before = await fixture.stored(room);
    fixture.clock.advance(GRACE - 1);
    expect(doctor.received('participant:left')).toEqual([]);
    expect(await lastInterval(room.sessionId, PATIENT)).toMatchObject({ leftAt: null });
    expect(before.seats[INTERPRETER]?.waitingSince).toBe(NINE);
    fixture.clock.advance(1);
    expect(doctor.received('participant:left')).toEqual([{ userId: 'patient-1', reason: 'connection_lost' }]);
    await expect
      .poll(() => lastInterval(room.sessionId, PATIENT))
      .toMatchObject({ leftAt: NINE, reason: 'connection_lost' });
    await expect.poll(async () => (await fixture.stored(room)).seats[INTERPRETER]?.waitingSince).toBeNull();
    expect([...room.members].map(({ userId }) => userId)).toEqual(['doctor-1']);
    expect(room.closed).toBe(false);
  });

  it('closes after the grace period if no one comes', async () => {
    const room = await fixture.open(OCCUPIED);
    fixture.clock.advance(GRACE - 1);
    expect(room.closed).toBe(false);
    fixture.clock.advance(1);
    expect([room.closed, room.members.size, fixture.rooms.size]).toEqual([true, 0, 0]);
  });

  it('shows those in the call as disconnected until they come', async () => {
    const room = await fixture.open(OCCUPIED);
    expect(room.members.pendingReturns.map((member) => room.viewOf(member))).toMatchObject([
      { userId: 'doctor-1', role: 'doctor', connected: false, joinedAt: new Date(NINE - 1000).toISOString() },
      { userId: 'patient-1', role: 'patient', connected: false },
    ]);
    await joined(room);
    expect(room.members.pendingReturns.map(({ userId }) => userId)).toEqual(['patient-1']);
    expect([...room.participants].map(({ userId }) => userId)).toEqual(['doctor-1']);
  });

  it('announces a member who was expected in the call as updated, not as joined', async () => {
    const room = await fixture.open(OCCUPIED);
    const doctor = await joined(room);
    await joined(room, 'patient-1', 'patient');
    await joined(room, 'guest-1', 'guest');
    expect(doctor.received('participant:updated')).toMatchObject([{ userId: 'patient-1', connected: true }]);
    expect(doctor.received('participant:joined')).toMatchObject([{ userId: 'guest-1' }]);
  });

  it('gives those who have not come up when it closes, once', async () => {
    const room = await fixture.open(OCCUPIED);
    room.close('server_shutdown');
    room.close('server_shutdown');
    await expect
      .poll(() => lastInterval(room.sessionId, PATIENT))
      .toMatchObject({ leftAt: NINE, reason: 'connection_lost' });
    await expect
      .poll(() => lastInterval(room.sessionId, DOCTOR))
      .toMatchObject({ leftAt: NINE, reason: 'connection_lost' });
    await expect.poll(async () => (await fixture.stored(room)).seats[INTERPRETER]?.waitingSince).toBeNull();
    const { version } = await fixture.stored(room);
    fixture.clock.advance(GRACE);
    await fixture.rooms.close('server_shutdown');
    expect((await fixture.stored(room)).version).toBe(version);
  });

  it('leaves those who have not come to the other room once it has lost the session', async () => {
    const room = await fixture.open(OCCUPIED);
    const { version } = await fixture.stored(room);
    room.lose();
    fixture.clock.advance(GRACE);
    await fixture.rooms.close('server_shutdown');
    expect((await fixture.stored(room)).version).toBe(version);
  });

  it('expects no one if the store has no one there', async () => {
    const room = await fixture.open();
    expect(room.members.size).toBe(0);
    fixture.clock.advance(GRACE);
    expect(room.closed).toBe(false);
  });
});
