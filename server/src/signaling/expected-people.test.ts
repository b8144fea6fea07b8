import { describe, expect, it } from 'vitest';
import type { Interval } from '../domain/session.ts';
import { ManualClock } from '../domain/testing/manual-clock.ts';
import { DOCTOR, GRACE, newSession, NINE, PATIENT, seat } from '../domain/testing/sessions.ts';
import { ExpectedPeople } from './expected-people.ts';

const interval = (place: number, leftAt: number | null): Interval => ({
  seat: place,
  joinedAt: NINE,
  leftAt,
  reason: leftAt === null ? null : 'left',
  reconnects: 0,
  quality: { sent: null, received: null },
  impairedMs: 0,
});

/** A room that is made at nine for a visit with a doctor and a patient inside and an interpreter who waits. */
function expected() {
  const clock = new ManualClock(NINE);
  const told: unknown[] = [];
  const session = newSession({
    seats: [
      seat('doctor-1', 'doctor'),
      seat('patient-1', 'patient'),
      seat('interpreter-1', 'interpreter', { waitingSince: NINE }),
      seat('guest-1', 'guest'),
    ],
    intervals: [interval(DOCTOR, NINE), interval(DOCTOR, null), interval(PATIENT, null)],
  });
  const people = new ExpectedPeople(session, {
    clock,
    graceMs: GRACE,
    onLeft: (userId, at) => told.push([userId, at]),
    onNoLongerWaiting: (userId) => told.push(userId),
    onNobody: () => told.push('nobody'),
  });
  return { clock, told, people };
}

describe('people who are on their way to a new room', () => {
  it('are those who are inside and those who wait, as far as is stored', () => {
    expect(expected().people.size).toBe(3);
  });

  it('who do not come within the grace left when the room was made, or wait no longer', () => {
    const { clock, told, people } = expected();
    people.came('doctor-1');
    clock.advance(GRACE - 1);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual([['patient-1', NINE], 'interpreter-1', 'nobody']);
    expect(people.size).toBe(0);
  });

  it('look like people whose connection is away, until they come', () => {
    const { people } = expected();
    expect(people.inside).toMatchObject([
      { userId: 'doctor-1', role: 'doctor', connected: false, joinedAt: new Date(NINE).toISOString() },
      { userId: 'patient-1', role: 'patient', connected: false },
    ]);
    expect(people.came('doctor-1')).toBe(true);
    expect(people.came('doctor-1')).toBe(false);
    expect(people.came('interpreter-1')).toBe(false);
    expect(people.inside.map(({ userId }) => userId)).toEqual(['patient-1']);
  });

  it('are given up together with the room, once', () => {
    const { clock, told, people } = expected();
    people.giveUp();
    people.giveUp();
    clock.advance(GRACE);
    expect(told).toEqual([['doctor-1', NINE], ['patient-1', NINE], 'interpreter-1']);
  });

  it('are another room’s to wait for once this one has lost the visit', () => {
    const { clock, told, people } = expected();
    people.close();
    clock.advance(GRACE);
    expect(told).toEqual([]);
  });

  it('are nobody in a visit that nobody was in', () => {
    const clock = new ManualClock(NINE);
    const never = () => expect.unreachable();
    const options = { clock, graceMs: GRACE, onLeft: never, onNoLongerWaiting: never, onNobody: never };
    expect(new ExpectedPeople(newSession(), options).size).toBe(0);
    expect(clock.waiting).toBe(0);
  });
});
