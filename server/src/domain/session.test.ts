import { SESSION_STATUSES } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';
import { isOver, roomName, sameSeats, seatIndex, seatOf } from './session.ts';
import { newSession, PATIENT, seat, sessionIn } from './testing/sessions.ts';

describe('roomName', () => {
  it('is made of the session’s id', () => expect(roomName(newSession())).toBe('room_sess_00000001'));
});

describe('isOver', () => {
  it('is true of ended and cancelled visits alone', () => {
    const over = SESSION_STATUSES.filter((status) => isOver(sessionIn(status)));
    expect(over).toEqual(['ended', 'cancelled']);
  });
});

describe('seatIndex and seatOf', () => {
  it('find the seat of a user', () => {
    expect(seatIndex(newSession(), 'patient-1')).toBe(PATIENT);
    expect(seatOf(newSession(), 'patient-1')?.role).toBe('patient');
  });

  it('without one find none', () => {
    expect(seatIndex(newSession(), 'patient-2')).toBe(-1);
    expect(seatOf(newSession(), 'patient-2')).toBeUndefined();
  });
});

describe('sameSeats', () => {
  const two = [seat('d', 'doctor'), seat('p', 'patient')];

  it.each([
    ['the same people', two],
    ['the same people in another order', [...two].reverse()],
    ['the same people under other names', [seat('d', 'doctor', { displayName: 'Dr' }), seat('p', 'patient')]],
  ])('is true of %s', (_, other) => expect(sameSeats(two, other)).toBe(true));

  it.each([
    ['somebody else', [seat('d', 'doctor'), seat('q', 'patient')]],
    ['swapped roles', [seat('d', 'patient'), seat('p', 'doctor')]],
    ['one person more', [...two, seat('g', 'guest')]],
    ['one person fewer', two.slice(1)],
    ['one person twice', [seat('d', 'doctor'), seat('d', 'doctor')]],
    ['ids that run into each other', [seat('d","doctor', 'doctor'), seat('p', 'patient')]],
  ])('is false of %s', (_, other) => expect(sameSeats(two, other)).toBe(false));
});
