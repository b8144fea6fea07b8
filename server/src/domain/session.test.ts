import { SESSION_STATUSES } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';
import { hasSeats, isOver, roomName, seatIndex, seatOf } from './session.ts';
import { newSession, PATIENT, seat, sessionIn } from './testing/sessions.ts';

describe('roomName', () => {
  it('is derived from the session id', () => expect(roomName(newSession())).toBe('room_sess_00000001'));
});

describe('isOver', () => {
  it('returns true for ended and cancelled visits only', () => {
    const over = SESSION_STATUSES.filter((status) => isOver(sessionIn(status)));
    expect(over).toEqual(['ended', 'cancelled']);
  });
});

describe('seatIndex and seatOf', () => {
  it('find the seat of a user', () => {
    expect(seatIndex(newSession(), 'patient-1')).toBe(PATIENT);
    expect(seatOf(newSession(), 'patient-1')?.role).toBe('patient');
  });

  it('find nothing for a user without a seat', () => {
    expect(seatIndex(newSession(), 'patient-2')).toBe(-1);
    expect(seatOf(newSession(), 'patient-2')).toBeUndefined();
  });
});

describe('hasSeats', () => {
  const removed = { removedAt: 1 };
  const visit = newSession({
    seats: [seat('d', 'doctor'), seat('p', 'patient', removed), seat('e', 'doctor')],
  });

  it.each([
    ['the same users in another order', [...visit.seats].reverse()],
    ['some of the users', visit.seats.slice(1)],
    ['users with other names', [seat('d', 'doctor', { displayName: 'Dr' }), seat('p', 'patient')]],
  ])('returns true for %s', (_, seats) => expect(hasSeats(visit, seats)).toBe(true));

  it.each([
    ['another user', [seat('d', 'doctor'), seat('q', 'patient')]],
    ['swapped roles', [seat('d', 'patient'), seat('p', 'doctor')]],
    ['an additional user', [...visit.seats, seat('g', 'guest')]],
  ])('returns false for %s', (_, seats) => expect(hasSeats(visit, seats)).toBe(false));
});
