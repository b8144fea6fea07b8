import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import { LEAVE_REASONS, WAITING_ROOMS, permissionsOf, ROLES } from '@televisit/shared/vocabulary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as attendance from '../../domain/attendance.ts';
import { EMPTY_MS, WAITING_MS } from '../../domain/change.ts';
import { SYSTEM, type Actor } from '../../domain/events.ts';
import * as lifecycle from '../../domain/lifecycle.ts';
import * as people from '../../domain/people.ts';
import type { Session } from '../../domain/session.ts';
import {
  after,
  BACKEND,
  DOCTOR,
  frozen,
  GRACE,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
  seat,
  sessionIn,
} from '../../domain/testing/sessions.ts';
import * as moderation from '../moderation/moderation.ts';
import * as waitingRoom from './rules.ts';

type WaitingRoom = (typeof WAITING_ROOMS)[number];

const THE_DOCTOR: Actor = { type: 'participant', seat: DOCTOR };

const withRoom = (waitingRoom: WaitingRoom, changes: Partial<Session> = {}): Session =>
  newSession({ options: { ...DEFAULT_OPTIONS, waitingRoom }, ...changes });

const steps = {
  wait:
    (at: number, place = PATIENT) =>
    (session: Session) =>
      waitingRoom.wait(session, place, at),
  admit:
    (at: number, place = PATIENT) =>
    (session: Session) =>
      waitingRoom.admit(session, place, THE_DOCTOR, at),
  enter:
    (at: number, place = PATIENT) =>
    (session: Session) =>
      attendance.enter(session, place, GRACE, at),
  leave:
    (at: number, reason: (typeof LEAVE_REASONS)[number] = 'left') =>
    (session: Session) =>
      attendance.leave(session, PATIENT, { at, reason }, BACKEND, at),
  lock: (locked: boolean, at: number) => (session: Session) =>
    moderation.setLocked(session, locked, THE_DOCTOR, at),
};

const mustWait = (session: Session, { now = NINE + MINUTE, hostPresent = false, place = PATIENT } = {}) =>
  waitingRoom.mustWait(session, place, { hostPresent, graceMs: GRACE, now });

describe('mustWait', () => {
  it.each([
    ['off', false, false],
    ['off', true, false],
    ['until-host', false, true],
    ['until-host', true, false],
    ['admit', false, true],
    ['admit', true, true],
  ] as const)(
    'for a newcomer under %s with a host present (%s) returns %s',
    (room, hostPresent, expected) => {
      expect(mustWait(withRoom(room), { hostPresent })).toBe(expected);
    },
  );

  it.each(WAITING_ROOMS)('returns true for a newcomer to a locked visit under %s', (room) => {
    expect(mustWait(withRoom(room, { locked: true }), { hostPresent: true })).toBe(true);
  });

  it('returns false after an admission under admit, also after leaving, and follows the host under until-host', () => {
    const admitted = (room: WaitingRoom) =>
      after(withRoom(room), steps.wait(NINE), steps.admit(NINE), steps.enter(NINE), steps.leave(NINE + 1));
    expect(mustWait(admitted('admit'))).toBe(false);
    expect(mustWait(admitted('until-host'))).toBe(true);
    expect(mustWait(admitted('until-host'), { hostPresent: true })).toBe(false);
  });

  it('returns true for a locked visit despite admissions before the lock', () => {
    const left = after(
      withRoom('admit'),
      steps.wait(NINE),
      steps.admit(NINE),
      steps.enter(NINE),
      steps.leave(NINE + 1),
      steps.lock(true, NINE + 2),
    );
    const never = after(withRoom('admit'), steps.wait(NINE), steps.admit(NINE), steps.lock(true, NINE + 2));
    expect(mustWait(left)).toBe(true);
    expect(mustWait(never)).toBe(true);
    expect(mustWait(after(left, steps.lock(false, NINE + 3)))).toBe(false);
  });

  it('returns false once after an admission to a locked visit', () => {
    const admitted = after(withRoom('off', { locked: true }), steps.wait(NINE), steps.admit(NINE + 1));
    expect(mustWait(admitted)).toBe(false);
    // The clock of the entering server is behind.
    const gone = after(admitted, steps.enter(NINE), steps.leave(NINE + 2));
    expect(mustWait(gone)).toBe(true);
  });

  const reasons = LEAVE_REASONS.map((reason) => [
    reason,
    reason === 'connection_lost' || reason === 'server_shutdown',
  ]);
  it.each(reasons)(
    'returns the expected result after %s within the grace period (enters directly: %s)',
    (reason, inAtOnce) => {
      const session = after(
        withRoom('admit', { locked: true }),
        steps.enter(NINE),
        steps.leave(NINE + MINUTE, reason as (typeof LEAVE_REASONS)[number]),
      );
      expect(mustWait(session, { now: NINE + MINUTE + GRACE })).toBe(!inAtOnce);
      expect(mustWait(session, { now: NINE + MINUTE + GRACE + 1 })).toBe(true);
    },
  );

  const moments = fc.record({
    room: fc.constantFrom(...WAITING_ROOMS),
    locked: fc.boolean(),
    hostPresent: fc.boolean(),
    admittedAt: fc.option(fc.integer({ min: NINE, max: NINE + 10 * MINUTE })),
    role: fc.constantFrom(...ROLES),
    intervals: fc.array(
      fc.record({
        joined: fc.integer({ min: 0, max: 5 * MINUTE }),
        left: fc.option(fc.integer({ min: 0, max: 5 * MINUTE })),
        reason: fc.constantFrom(...LEAVE_REASONS),
      }),
      { maxLength: 2 },
    ),
    now: fc.integer({ min: NINE, max: NINE + 12 * MINUTE }),
  });

  it('matches the rules for any visit', () => {
    fc.assert(
      fc.property(moments, ({ room, locked, hostPresent, admittedAt, role, intervals, now }) => {
        const session = frozen<Session>({
          ...withRoom(room, { locked }),
          seats: [seat('somebody', role, { admittedAt })],
          intervals: intervals.map(({ joined, left, reason }) => ({
            seat: 0,
            joinedAt: NINE + joined,
            leftAt: left === null ? null : NINE + joined + left,
            reason: left === null ? null : reason,
            reconnects: 0,
            quality: { sent: null, received: null },
            impairedMs: 0,
          })),
        });
        const answer = mustWait(session, { now, hostPresent, place: 0 });
        const last = session.intervals.at(-1);
        const dropped = last?.reason === 'connection_lost' || last?.reason === 'server_shutdown';
        const isThere =
          last !== undefined && (last.leftAt === null || (dropped && now - last.leftAt <= GRACE));
        if (permissionsOf(role).includes('moderate') || isThere) expect(answer).toBe(false);
        else if (locked) expect(answer).toBe(admittedAt === null || (last?.joinedAt ?? 0) >= admittedAt);
        else if (room === 'off') expect(answer).toBe(false);
        else if (room === 'until-host') expect(answer).toBe(!hostPresent);
        else expect(answer).toBe(admittedAt === null);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('needsAdmission', () => {
  it.each([
    ['off', false, false],
    ['until-host', false, false],
    ['admit', false, true],
    ['off', true, true],
    ['until-host', true, true],
  ] as const)('under %s, locked: %s, is %s', (room, locked, expected) => {
    expect(waitingRoom.needsAdmission(withRoom(room, { locked }))).toBe(expected);
  });
});

it('entering the visit while waiting is recorded once, as admitted by the system', () => {
  const waiting = after(withRoom('until-host'), steps.wait(NINE));
  const { next, events } = attendance.enter(waiting, PATIENT, GRACE, NINE + 1);
  expect(events.filter(({ type }) => type === 'participant.admitted')).toMatchObject([
    { seat: PATIENT, by: SYSTEM },
  ]);
  expect(next.seats[PATIENT]).toMatchObject({ waitingSince: null, admittedAt: null });
  const admitted = after(withRoom('admit'), steps.wait(NINE), steps.admit(NINE));
  expect(attendance.enter(admitted, PATIENT, GRACE, NINE + 1).events.map(({ type }) => type)).not.toContain(
    'participant.admitted',
  );
});

describe('wait', () => {
  it('records the time and an event', () => {
    const { next, events } = waitingRoom.wait(newSession(), PATIENT, NINE)!;
    expect(next.seats[PATIENT]).toMatchObject({ waitingSince: NINE, firstWaitedAt: NINE, admittedAt: null });
    expect(next.status).toBe('scheduled');
    expect(events).toMatchObject([{ type: 'participant.waiting', seat: PATIENT }]);
  });

  it('changes nothing when repeated, restarts after leaving, and keeps the first time', () => {
    const waiting = after(newSession(), steps.wait(NINE));
    expect(waitingRoom.wait(waiting, PATIENT, NINE + 1)).toBeNull();
    const back = after(
      waiting,
      (session) => waitingRoom.stopWaiting(session, PATIENT, NINE + 1),
      steps.wait(NINE + 2),
    );
    expect(back.seats[PATIENT]).toMatchObject({ waitingSince: NINE + 2, firstWaitedAt: NINE });
  });

  it.each([
    ['a host', newSession(), DOCTOR],
    ['a present participant', after(newSession(), steps.enter(NINE)), PATIENT],
  ])('changes nothing for %s', (_, session, place) => {
    expect(waitingRoom.wait(session, place, NINE)).toBeNull();
  });

  it.each([
    ['an ended visit', sessionIn('ended'), 'session_over'],
    [
      'a removed participant',
      after(newSession(), (s) => people.remove(s, PATIENT, BACKEND, NINE)),
      'removed',
    ],
  ])('is refused for %s', (_, session, code) => {
    expect(() => waitingRoom.wait(session, PATIENT, NINE)).toThrow(expect.objectContaining({ code }));
  });

  it('prevents an empty visit from ending only while the participant waits', () => {
    const waiting = after(
      newSession(),
      steps.enter(NINE, DOCTOR),
      (session) => attendance.leave(session, DOCTOR, { at: NINE + 1, reason: 'left' }, BACKEND, NINE + 1),
      steps.wait(NINE + 2),
    );
    expect(waiting.dueAt).toBe(NINE + 2 + WAITING_MS + EMPTY_MS);
    const gone = after(waiting, (session) => waitingRoom.stopWaiting(session, PATIENT, NINE + MINUTE));
    expect(gone.dueAt).toBe(NINE + MINUTE + EMPTY_MS);
  });
});

describe('admit and decline', () => {
  const waiting = after(newSession(), steps.wait(NINE));

  it('record the admission with its actor', () => {
    const { next, events } = waitingRoom.admit(waiting, PATIENT, SYSTEM, NINE + 5);
    expect(next.seats[PATIENT]).toMatchObject({ waitingSince: null, admittedAt: NINE + 5 });
    expect(events).toMatchObject([{ type: 'participant.admitted', seat: PATIENT, by: SYSTEM }]);
  });

  it('record the refusal, after which the participant may ask again', () => {
    const { next, events } = waitingRoom.decline(waiting, PATIENT, THE_DOCTOR, NINE + 5);
    expect(next.seats[PATIENT]).toMatchObject({ waitingSince: null, admittedAt: null });
    expect(events).toMatchObject([{ type: 'participant.declined', seat: PATIENT, by: THE_DOCTOR }]);
    expect(waitingRoom.wait(next, PATIENT, NINE + 6)).not.toBeNull();
  });

  it.each(['admit', 'decline'] as const)(
    '%s throws not_waiting for a participant who is not waiting',
    (action) => {
      for (const session of [newSession(), after(waiting, steps.admit(NINE))]) {
        expect(() => waitingRoom[action](session, PATIENT, THE_DOCTOR, NINE)).toThrow(
          expect.objectContaining({ code: 'not_waiting' }),
        );
      }
    },
  );
});

describe('the end of a wait', () => {
  const waiting = after(newSession(), steps.wait(NINE));

  it.each([
    ['happens when the participant enters', steps.enter(NINE + 1)],
    [
      'happens when the visit ends',
      (session: Session) => lifecycle.end(session, 'host_ended', BACKEND, NINE + 1),
    ],
    [
      'happens when the visit is cancelled',
      (session: Session) => lifecycle.cancel(session, BACKEND, NINE + 1),
    ],
    [
      'happens when the participant is removed',
      (session: Session) => people.remove(session, PATIENT, BACKEND, NINE + 1),
    ],
    [
      'happens when the participant is erased',
      (session: Session) => people.erase(session, 'patient-1', 'erased-1', BACKEND, NINE + 1),
    ],
  ])('%s', (_, step) => {
    expect(after(waiting, step).seats[PATIENT]?.waitingSince).toBeNull();
  });

  it('causes no event when the participant leaves, and changes nothing when repeated', () => {
    const { next, events } = waitingRoom.stopWaiting(waiting, PATIENT, NINE + 1)!;
    expect(next.seats[PATIENT]?.waitingSince).toBeNull();
    expect(events).toEqual([]);
    expect(waitingRoom.stopWaiting(next, PATIENT, NINE + 2)).toBeNull();
    expect(waitingRoom.stopWaiting(next, -1, NINE + 2)).toBeNull();
  });
});
