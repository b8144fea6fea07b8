import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import * as people from './people.ts';
import { MAX_SEATS, putSeat, replaceSeat, revokeLinks } from './seats.ts';
import { newSeat, type Session } from './session.ts';
import {
  after,
  BACKEND,
  DOCTOR,
  EIGHT,
  GRACE,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
  seat,
  sessionIn,
} from './testing/sessions.ts';
import * as waitingRoom from '../features/waiting-room/rules.ts';

const visit = newSession({
  seats: [seat('d', 'doctor', { email: 'd@home.test' }), seat('p', 'patient', { email: 'p@home.test' })],
});
const enter = (place: number) => (session: Session) => attendance.enter(session, place, GRACE, NINE);
const put = (session: Session, userId: string, role: 'doctor' | 'patient' | 'interpreter', details = {}) =>
  putSeat(session, userId, role, details, BACKEND, NINE + MINUTE);
const typesOf = (change: ReturnType<typeof put>) => change?.events.map(({ type }) => type);
const refused = (code: string) => expect.objectContaining({ code }) as unknown;

describe('putSeat', () => {
  it('adds a person without touching the others', () => {
    const change = put(visit, 'i', 'interpreter', { email: 'i@home.test', displayName: 'Ines' })!;
    expect(change.next.seats).toEqual([
      ...visit.seats,
      newSeat({ userId: 'i', role: 'interpreter', displayName: 'Ines', email: 'i@home.test' }),
    ]);
    expect(change.events).toMatchObject([{ type: 'participant.added', seat: 2, by: BACKEND }]);
    expect(change.next.notices).toEqual([
      { number: visit.version + 1, seat: 2, kind: 'invited', address: null },
    ]);
  });

  it('corrects a name without voiding links or disconnecting the person', () => {
    const inside = after(visit, enter(PATIENT));
    const change = put(inside, 'p', 'patient', { displayName: 'Ada' })!;
    expect(change.next.seats[PATIENT]).toEqual({ ...inside.seats[PATIENT], displayName: 'Ada' });
    expect(change.next.intervals).toEqual(inside.intervals);
    expect(change.events).toMatchObject([{ type: 'participant.updated', fields: ['displayName'] }]);
    expect(change.next.notices).toEqual([]);
  });

  it('voids the links of a wrong address, and tells both addresses', () => {
    const inside = after(visit, enter(PATIENT));
    const change = put(inside, 'p', 'patient', { email: 'right@home.test' })!;
    expect(change.next.seats[PATIENT]).toMatchObject({ email: 'right@home.test', linkVersion: 1 });
    expect(change.next.intervals).toMatchObject([{ leftAt: NINE + MINUTE, reason: 'dismissed' }]);
    expect(typesOf(change)).toEqual(['participant.left', 'participant.updated']);
    expect(change.next.notices).toMatchObject([
      { seat: PATIENT, kind: 'withdrawn', address: 'p@home.test' },
      { seat: PATIENT, kind: 'invited', address: null },
    ]);
  });

  it('keeps links valid when a first address is added, and voids them when the role changes', () => {
    const without = newSession({ seats: [seat('d', 'doctor'), seat('p', 'patient')] });
    expect(put(without, 'p', 'patient', { email: 'p@home.test' })!.next.seats[PATIENT]!.linkVersion).toBe(0);
    expect(put(without, 'p', 'interpreter')?.next.seats[PATIENT]).toMatchObject({
      role: 'interpreter',
      linkVersion: 1,
    });
  });

  it('lets a removed person return, with links of another version and a fresh admission', () => {
    const removed = after(
      visit,
      (session) => waitingRoom.wait(session, PATIENT, NINE),
      (session) => waitingRoom.admit(session, PATIENT, BACKEND, NINE),
      (session) => people.remove(session, PATIENT, BACKEND, NINE),
    );
    const change = put(removed, 'p', 'patient')!;
    expect(change.next.seats[PATIENT]).toMatchObject({ removedAt: null, admittedAt: null, linkVersion: 1 });
    expect(typesOf(change)).toEqual(['participant.restored']);
    expect(after(change.next, enter(PATIENT)).status).toBe('live');
  });

  it('changes nothing if all is as it was', () => {
    expect(put(visit, 'p', 'patient', { email: 'p@home.test' })).toBeNull();
  });

  it.each(['ended', 'cancelled'] as const)('throws session_closed when the visit is %s', (status) => {
    expect(() => put(sessionIn(status), 'i', 'interpreter')).toThrow(refused('session_closed'));
  });

  it('throws too_many_seats when there are as many as allowed', () => {
    const seats = Array.from({ length: MAX_SEATS }, (_, index) => seat(`p${index}`, 'patient'));
    expect(() => put(newSession({ seats }), 'i', 'interpreter')).toThrow(refused('too_many_seats'));
  });
});

describe('replaceSeat', () => {
  const replace = (session: Session, userId: string, former = DOCTOR) =>
    replaceSeat(session, former, userId, { email: `${userId}@home.test` }, BACKEND, NINE + MINUTE);

  it('removes the former person, who keeps their attendance, and gives their role to the other one', () => {
    const change = replace(after(visit, enter(DOCTOR), enter(PATIENT)), 'e')!;
    expect(change.next.seats).toMatchObject([
      { userId: 'd', removedAt: NINE + MINUTE },
      { userId: 'p', removedAt: null },
      { userId: 'e', role: 'doctor', email: 'e@home.test', removedAt: null },
    ]);
    expect(change.next.intervals).toMatchObject([
      { seat: DOCTOR, leftAt: NINE + MINUTE, reason: 'removed' },
      { seat: PATIENT, leftAt: null },
    ]);
    expect(change.events).toMatchObject([
      { type: 'participant.left', seat: DOCTOR },
      { type: 'participant.removed', seat: DOCTOR },
      { type: 'participant.added', seat: 2, replaces: DOCTOR },
    ]);
    expect(change.next.notices).toMatchObject([
      { seat: DOCTOR, kind: 'withdrawn' },
      { seat: 2, kind: 'invited' },
    ]);
  });

  it('changes nothing when it is repeated', () => {
    const { next } = replace(visit, 'e')!;
    expect(replace(next, 'e')).toBeNull();
  });

  it('restores a person who was there before, when they come back', () => {
    const back = after(
      visit,
      (session) => replace(session, 'e'),
      (session) => replace(session, 'd', 2),
    );
    expect(back.seats).toMatchObject([
      { userId: 'd', removedAt: null, linkVersion: 1 },
      {},
      { userId: 'e', removedAt: NINE + MINUTE },
    ]);
  });

  it('throws seat_taken for a person who is in the session, and removed for one who is not any longer', () => {
    expect(() => replace(visit, 'p')).toThrow(refused('seat_taken'));
    expect(() => replace(visit, 'd')).toThrow(refused('seat_taken'));
    const { next } = replace(visit, 'e')!;
    expect(() => replace(next, 'f')).toThrow(refused('removed'));
  });
});

describe('revokeLinks', () => {
  it('voids the links of one person, ends their wait and invites them again', () => {
    const waiting = after(visit, (session) => waitingRoom.wait(session, PATIENT, NINE));
    const change = revokeLinks(waiting, PATIENT, BACKEND, NINE + MINUTE)!;
    expect(change.next.seats).toMatchObject([
      { linkVersion: 0 },
      { linkVersion: 1, waitingSince: null, waitedMs: MINUTE },
    ]);
    expect(typesOf(change)).toEqual(['participant.links_revoked']);
    expect(change.next.notices).toMatchObject([{ seat: PATIENT, kind: 'invited' }]);
  });

  it('changes nothing for a person who was removed', () => {
    const removed = after(visit, (session) => people.remove(session, PATIENT, BACKEND, EIGHT));
    expect(revokeLinks(removed, PATIENT, BACKEND, NINE)).toBeNull();
  });
});

describe('requireLink', () => {
  it('accepts the current version of a seat only', () => {
    const { next } = revokeLinks(visit, PATIENT, BACKEND, EIGHT)!;
    expect(() => people.requireLink(next, { sub: 'p', ver: 0 })).toThrow(refused('token_revoked'));
    people.requireLink(next, { sub: 'p', ver: 1 });
    people.requireLink(next, { sub: 'd', ver: 0 });
  });
});
