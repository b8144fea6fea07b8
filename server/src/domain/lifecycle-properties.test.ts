import type { ErrorCode, TelevisitError } from '@televisit/shared/errors';
import { LEAVE_REASONS, type SessionStatus, type Role } from '@televisit/shared/vocabulary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import { EMPTY_MS, endOf } from './change.ts';
import { SYSTEM, type Actor, type SessionEvent } from './events.ts';
import * as lifecycle from './lifecycle.ts';
import * as people from './people.ts';
import * as seats from './seats.ts';
import { isOver, type Session } from './session.ts';
import type { SessionChange } from './session-store.ts';
import {
  BACKEND,
  created,
  EIGHT,
  frozen,
  GRACE,
  HOUR,
  RULES,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
  seat,
} from './testing/sessions.ts';
import * as screenShare from '../features/screen-share/rules.ts';
import * as waitingRoom from '../features/waiting-room/rules.ts';
import * as feedback from '../features/feedback/rules.ts';
import * as moderation from '../features/moderation/moderation.ts';

type Run = (session: Session, now: number) => SessionChange | null;

/** An operation on a session, with the error codes that it may fail with. */
interface Step {
  readonly name: string;
  readonly refusals: readonly ErrorCode[];
  readonly run: Run;
}

const step = (name: string, refusals: readonly ErrorCode[], run: Run): Step => ({ name, refusals, run });

const actor = fc.constantFrom<Actor>(BACKEND, SYSTEM, { type: 'participant', seat: PATIENT });
const user = fc.constantFrom('doctor-1', 'patient-1', 'guest-1', 'nobody');
const plan = fc.record(
  {
    title: fc.constantFrom('a', null),
    durationMinutes: fc.integer({ min: 1, max: 1440 }),
    scheduledAt: fc.integer({ min: NINE - 2 * HOUR, max: NINE + 30 * HOUR }),
  },
  { requiredKeys: [] },
);

const update = fc
  .tuple(plan, actor)
  .map(([plan, by]) =>
    step(`update ${JSON.stringify(plan)}`, ['session_closed', 'plan_over'], (session, now) =>
      lifecycle.update(session, plan, RULES, by, now),
    ),
  );
const start = actor.map((by) =>
  step('start', ['session_closed'], (session, now) => lifecycle.start(session, by, now)),
);
const end = fc
  .tuple(
    actor,
    fc.constantFrom('host_ended', 'backend_ended', 'window_closed', 'empty', 'no_show', 'host_absent'),
  )
  .map(([by, reason]) =>
    step(`end ${reason}`, ['session_closed'], (session, now) => lifecycle.end(session, reason, by, now)),
  );
const cancel = actor.map((by) =>
  step('cancel', ['session_closed'], (session, now) => lifecycle.cancel(session, by, now)),
);
const expire = fc.constant(step('expire', [], lifecycle.expire));
const place = fc
  .constantFrom('sfu-1', 'sfu-2')
  .map((node) =>
    step(`place ${node}`, ['session_over'], (session, now) => lifecycle.place(session, node, now)),
  );

const enter = user.map((userId) =>
  step(
    `enter ${userId}`,
    ['session_over', 'removed', 'visit_full', 'participant_not_found'],
    (session, now) => attendance.enter(session, people.requireSeat(session, userId), GRACE, now),
  ),
);
const leave = fc
  .record({
    userId: user,
    reason: fc.constantFrom(...LEAVE_REASONS),
    late: fc.integer({ min: -MINUTE, max: HOUR }),
    score: fc.double({ min: 0, max: 10, noNaN: true }),
    impairedMs: fc.integer({ min: 0, max: HOUR }),
  })
  .map(({ userId, reason, late, score, impairedMs }) =>
    step(`leave ${userId} ${reason} ${late}`, ['participant_not_found'], (session, now) => {
      const place = people.requireSeat(session, userId);
      const left = { at: now - late, reason, quality: { sent: score, received: null }, impairedMs };
      return attendance.leave(session, place, left, { type: 'participant', seat: place }, now);
    }),
  );
const abandon = fc
  .integer({ min: 0, max: HOUR })
  .map((ago) => step(`abandon ${ago}`, [], (session, now) => attendance.abandon(session, now - ago, now)));

const remove = user.map((userId) =>
  step(`remove ${userId}`, ['participant_not_found', 'session_closed'], (session, now) =>
    people.remove(session, people.requireSeat(session, userId), BACKEND, now),
  ),
);
const erase = fc
  .tuple(user, fc.uuid())
  .map(([userId, id]) =>
    step(`erase ${userId}`, [], (session, now) =>
      people.erase(session, userId, `erased-${id}`, BACKEND, now),
    ),
  );
const changeSeat = fc
  .tuple(
    user,
    fc.constantFrom<Role>('doctor', 'patient', 'guest'),
    fc.constantFrom('a@b.test', 'c@d.test', null),
  )
  .map(([userId, role, email]) =>
    step(`put ${userId} ${role} ${email}`, ['session_closed', 'too_many_seats'], (session, now) =>
      seats.putSeat(session, userId, role, { email }, BACKEND, now),
    ),
  );
const replace = fc
  .tuple(user, user)
  .map(([former, userId]) =>
    step(
      `replace ${former} by ${userId}`,
      ['participant_not_found', 'session_closed', 'removed', 'seat_taken', 'too_many_seats'],
      (session, now) =>
        seats.replaceSeat(session, people.requireSeat(session, former), userId, {}, BACKEND, now),
    ),
  );
const revoke = user.map((userId) =>
  step(`revoke ${userId}`, ['participant_not_found', 'session_closed'], (session, now) =>
    seats.revokeLinks(session, people.requireSeat(session, userId), BACKEND, now),
  ),
);
const giveFeedback = fc
  .tuple(user, fc.integer({ min: 1, max: 5 }))
  .map(([userId, rating]) =>
    step(`giveFeedback ${userId}`, ['participant_not_found', 'feedback_given'], (session, now) =>
      feedback.giveFeedback(
        session,
        people.requireSeat(session, userId),
        { rating, comment: 'x' },
        BACKEND,
        now,
      ),
    ),
  );

const wait = user.map((userId) =>
  step(`wait ${userId}`, ['session_over', 'removed', 'participant_not_found'], (session, now) =>
    waitingRoom.wait(session, people.requireSeat(session, userId), now),
  ),
);
const stopWaiting = user.map((userId) =>
  step(`stopWaiting ${userId}`, ['participant_not_found'], (session, now) =>
    waitingRoom.stopWaiting(session, people.requireSeat(session, userId), now),
  ),
);
const answerWaiting = fc
  .tuple(user, actor, fc.constantFrom('admit', 'decline'))
  .map(([userId, by, answer]) =>
    step(`${answer} ${userId}`, ['participant_not_found', 'not_waiting'], (session, now) =>
      waitingRoom[answer](session, people.requireSeat(session, userId), by, now),
    ),
  );
const setLocked = fc
  .tuple(fc.boolean(), actor)
  .map(([locked, by]) =>
    step(`setLocked ${locked}`, ['session_over'], (session, now) =>
      moderation.setLocked(session, locked, by, now),
    ),
  );
const allowShare = fc
  .tuple(fc.boolean(), actor)
  .map(([allowed, by]) =>
    step(`allow ${allowed}`, ['session_over'], (session, now) =>
      screenShare.allow(session, allowed, by, now),
    ),
  );
const share = fc
  .tuple(user, fc.constantFrom('start', 'stop'))
  .map(([userId, action]) =>
    step(
      `${action} share ${userId}`,
      ['participant_not_found', 'session_over', 'screen_share_off'],
      (session, now) => screenShare[action](session, people.requireSeat(session, userId), now),
    ),
  );

const steps = fc.oneof(
  { weight: 8, arbitrary: enter },
  { weight: 6, arbitrary: leave },
  { weight: 2, arbitrary: update },
  { weight: 2, arbitrary: giveFeedback },
  { weight: 2, arbitrary: abandon },
  { weight: 3, arbitrary: wait },
  { weight: 4, arbitrary: share },
  { weight: 2, arbitrary: answerWaiting },
  ...[stopWaiting, setLocked, allowShare].map((arbitrary) => ({ weight: 1, arbitrary })),
  ...[start, end, cancel, expire, place, remove, erase, changeSeat, replace, revoke].map((arbitrary) => ({
    weight: 1,
    arbitrary,
  })),
);

const forward = fc.oneof(
  fc.integer({ min: 0, max: GRACE + 1 }),
  fc.integer({ min: 0, max: 20 * MINUTE }),
  fc.constantFrom(0, GRACE, EMPTY_MS, 24 * HOUR),
);
const jumping = fc.oneof(forward, fc.integer({ min: -30_000, max: -1 }));

/** Applies a step like a caller with compare-and-set, and checks the invariants of a single step. */
function carryOut(step: Step, session: Session, now: number): SessionChange | null {
  let change: SessionChange | null;
  try {
    change = frozen(step.run(session, now));
  } catch (error) {
    // Writing to the frozen session would throw a TypeError here.
    expect(error, step.name).toMatchObject({ name: 'TelevisitError' });
    expect(step.refusals, step.name).toContain((error as TelevisitError).code);
    return null;
  }
  if (!change) return null;
  const { next, events } = change;
  expect(next.version).toBe(session.version + 1);
  expect(next.eventCount).toBe(session.eventCount + events.length);
  // Only quality reported after the end causes no event.
  const late = step.name.startsWith('leave') && events.length === 0;
  const isWarning = next.warnedOf !== session.warnedOf;
  expect(next.updatedAt).toBe(late || isWarning ? session.updatedAt : now);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => session.eventCount + index + 1));
  expect(events.every(({ at }) => at === now)).toBe(true);
  // Only time ends a visit in the past, as of when it was due before.
  if (!isOver(next) && next.dueAt !== session.dueAt) expect(next.dueAt).toBeGreaterThanOrEqual(now);
  if (isOver(next) && !isOver(session)) {
    expect(next.endedAt).toBe(step.name === 'expire' ? Math.max(endOf(session), session.dueAt ?? 0) : now);
  }
  // Links that were void stay void, and the history still refers to the same people.
  for (const [place, { linkVersion, userId }] of session.seats.entries()) {
    expect(next.seats[place]?.linkVersion).toBeGreaterThanOrEqual(linkVersion);
    if (!step.name.startsWith('erase')) expect(next.seats[place]?.userId).toBe(userId);
  }
  if (isOver(session)) {
    const { status, endedAt, endReason, endedBy, startedAt, calendarSequence } = session;
    expect(next).toMatchObject({ status, endedAt, endReason, endedBy, startedAt, calendarSequence });
  }
  return change;
}

const EARLIER: Record<SessionStatus, readonly SessionStatus[]> = {
  scheduled: ['scheduled'],
  live: ['scheduled', 'live'],
  ended: ['scheduled', 'live', 'ended'],
  cancelled: ['scheduled', 'live', 'cancelled'],
};

function checkSession(session: Session, history: readonly SessionEvent[]): void {
  const count = (type: SessionEvent['type']) => history.filter((event) => event.type === type).length;
  const over = isOver(session);
  expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1));
  expect(session.eventCount).toBe(history.length);
  expect(count('session.cancelled')).toBe(session.status === 'cancelled' ? 1 : 0);
  expect(count('session.no_show')).toBe(session.endReason === 'no_show' ? 1 : 0);
  expect(count('session.host_absent')).toBe(session.endReason === 'host_absent' ? 1 : 0);
  const unattended = session.endReason === 'no_show' || session.endReason === 'host_absent';
  const met = session.startedAt !== null || (session.status === 'ended' && !unattended);
  expect(count('meeting.ended')).toBe(over && met ? 1 : 0);
  expect(count('meeting.started')).toBe(session.startedAt === null ? 0 : 1);
  expect(session.endedAt === null).toBe(!over);
  expect(session.endReason === null).toBe(!over);
  expect(session.endedBy === null).toBe(!over);
  expect(count('report.ready')).toBe(over && session.intervals.length > 0 && session.dueAt === null ? 1 : 0);
  if (!over) expect(session.dueAt).not.toBeNull();
  if (over) expect(session.intervals.filter(({ leftAt }) => leftAt === null)).toEqual([]);
  for (const { joinedAt, leftAt, reason } of session.intervals) {
    expect(leftAt === null).toBe(reason === null);
    expect(leftAt ?? joinedAt).toBeGreaterThanOrEqual(joinedAt);
  }
  for (const { joinedAt, leftAt, impairedMs } of session.intervals) {
    expect(impairedMs).toBeGreaterThanOrEqual(0);
    expect(impairedMs).toBeLessThanOrEqual((leftAt ?? Infinity) - joinedAt);
  }
  const isIn = (place: number) =>
    session.intervals.some((interval) => interval.seat === place && interval.leftAt === null);
  for (const [place, { waitingSince, removedAt }] of session.seats.entries()) {
    if (waitingSince === null) continue;
    expect([over, removedAt, isIn(place)]).toEqual([false, null, false]);
  }
  for (const { seat: place, startedAt, endedAt } of session.shares) {
    if (endedAt === null) expect(isIn(place)).toBe(true);
    else expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  }
  expect(session.opensAt).toBeLessThan(session.closesAt);
}

describe.each([
  ['a clock that only moves forward', forward],
  ['clocks that differ by up to 30 s', jumping],
])('any sequence of changes with %s', (_, elapsed) => {
  it('keeps the invariants of a visit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.tuple(elapsed, steps), { maxLength: 40 }),
        (maxParticipants, sequence) => {
          const first = created({
            seats: [seat('doctor-1', 'doctor'), seat('patient-1', 'patient'), seat('guest-1', 'guest')],
            options: { ...newSession().options, maxParticipants },
          });
          let session = first.next;
          let now = EIGHT;
          const history = [...first.events];
          checkSession(session, history);
          for (const [ms, step] of sequence) {
            now += ms;
            const change = carryOut(step, session, now);
            if (!change) continue;
            expect(EARLIER[change.next.status]).toContain(session.status);
            session = change.next;
            history.push(...change.events);
            checkSession(session, history);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('an interval that closes under a clock that is behind', () => {
  const guest = 2;
  const lost = { reason: 'connection_lost', impairedMs: 1 } as const;
  const by: Actor = { type: 'participant', seat: guest };
  const entered = (session: Session, at: number) => attendance.enter(session, guest, GRACE, at).next;

  // Found by the property above with seed 1710824294.
  it('has at most its own length of impaired time when abandon closes it after a reconnect', () => {
    const reconnected = [
      (session: Session) => entered(session, EIGHT - 1),
      (session: Session) => attendance.leave(session, guest, { at: EIGHT, ...lost }, by, EIGHT)!.next,
      (session: Session) => entered(session, EIGHT - 1),
    ].reduce((session, run) => run(session), newSession());
    const { next } = attendance.abandon(reconnected, EIGHT - 2, EIGHT - 2)!;
    expect(next.intervals).toMatchObject([{ joinedAt: EIGHT - 1, leftAt: EIGHT - 1, impairedMs: 0 }]);
  });

  it('has no negative impaired time when handOver runs before the interval begins', () => {
    const { next } = attendance.handOver(entered(newSession(), EIGHT), guest, { impairedMs: 5 }, EIGHT - 1)!;
    expect(next.intervals).toMatchObject([{ joinedAt: EIGHT, impairedMs: 0 }]);
  });
});
