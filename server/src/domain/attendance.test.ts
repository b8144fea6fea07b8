import type { LeaveReason } from '@televisit/shared/vocabulary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import { EMPTY_MS } from './change.ts';
import { SYSTEM, type Actor, type SessionEvent } from './events.ts';
import * as lifecycle from './lifecycle.ts';
import * as people from './people.ts';
import type { Interval, Session } from './session.ts';
import type { SessionChange } from './session-store.ts';
import {
  after,
  BACKEND,
  created,
  DOCTOR,
  EIGHT,
  frozen,
  GRACE,
  historyOf,
  INTERPRETER,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
  sessionIn,
} from './testing/sessions.ts';

type Step = (session: Session) => SessionChange | null;

const enter =
  (seat: number, at: number): Step =>
  (session) =>
    attendance.enter(session, seat, GRACE, at);

const leave =
  (seat: number, at: number, reason: LeaveReason = 'left', quality = {}): Step =>
  (session) =>
    attendance.leave(
      session,
      seat,
      { at, reason, ...quality },
      { type: 'participant', seat },
      Math.max(at, session.updatedAt),
    );

const MAX_INTERVALS = 100;
const interval = (changes: Partial<Interval> = {}): Interval => ({
  seat: PATIENT,
  joinedAt: NINE,
  leftAt: null,
  reason: null,
  reconnects: 0,
  quality: { sent: null, received: null },
  impairedMs: 0,
  ...changes,
});

describe('enter', () => {
  it('makes the visit live before the first participant joins', () => {
    const { next, events } = attendance.enter(newSession(), PATIENT, GRACE, NINE);
    expect(next).toMatchObject({ status: 'live', startedAt: NINE, intervals: [interval()] });
    expect(events.map(({ type, by }) => ({ type, by }))).toEqual([
      { type: 'meeting.started', by: { type: 'participant', seat: PATIENT } },
      { type: 'participant.joined', by: { type: 'participant', seat: PATIENT } },
    ]);
  });

  it('only records the join when the visit is already live', () => {
    for (const live of [sessionIn('live'), after(newSession(), enter(DOCTOR, NINE))]) {
      const { next, events } = attendance.enter(live, PATIENT, GRACE, NINE + 1);
      expect(next.startedAt).toBe(NINE);
      expect(events.map(({ type }) => type)).toEqual(['participant.joined']);
    }
  });

  it.each(['ended', 'cancelled'] as const)('throws session_over when the visit is %s', (status) => {
    expect(() => attendance.enter(sessionIn(status), PATIENT, GRACE, NINE)).toThrow(
      expect.objectContaining({ code: 'session_over' }),
    );
  });

  it('refuses a removed participant and an unknown seat', () => {
    const without = after(newSession(), (session) => people.remove(session, PATIENT, BACKEND, NINE));
    for (const seat of [PATIENT, -1]) {
      expect(() => attendance.enter(without, seat, GRACE, NINE)).toThrow(
        expect.objectContaining({ code: 'removed' }),
      );
    }
  });

  describe('into a visit for two', () => {
    const forTwo = newSession({ options: { ...newSession().options, maxParticipants: 2 } });
    const full = after(forTwo, enter(DOCTOR, NINE), enter(PATIENT, NINE));

    it('refuses a third participant while two are present', () => {
      expect(() => attendance.enter(full, INTERPRETER, GRACE, NINE)).toThrow(
        expect.objectContaining({ code: 'visit_full' }),
      );
    });

    it('accepts a third participant after one has left', () => {
      const room = after(full, leave(DOCTOR, NINE + 1), enter(INTERPRETER, NINE + 2));
      expect(room.intervals).toHaveLength(3);
    });

    it('does not count a present participant twice', () => {
      expect(attendance.enter(full, PATIENT, GRACE, NINE + 1).next.intervals).toHaveLength(2);
    });
  });

  it('continues the interval of a participant still recorded as present, without another event', () => {
    const inside = after(newSession(), enter(PATIENT, NINE));
    const { next, events } = attendance.enter(inside, PATIENT, GRACE, NINE + 10 * MINUTE);
    expect(next.intervals).toEqual([interval({ reconnects: 1 })]);
    expect(events).toEqual([]);
  });

  it.each(['connection_lost', 'server_shutdown'] as const)(
    'continues the interval within the grace period after %s',
    (reason) => {
      const { session, events } = historyOf(
        enter(PATIENT, NINE),
        leave(PATIENT, NINE + MINUTE, reason),
        enter(PATIENT, NINE + MINUTE + GRACE),
      );
      expect(session.intervals).toEqual([interval({ reconnects: 1 })]);
      expect(events.map(({ type }) => type).slice(-2)).toEqual(['participant.left', 'participant.joined']);
    },
  );

  it('begins a new interval one millisecond after the grace period', () => {
    const back = NINE + MINUTE + GRACE + 1;
    const session = after(
      newSession(),
      enter(PATIENT, NINE),
      leave(PATIENT, NINE + MINUTE, 'connection_lost'),
      enter(PATIENT, back),
    );
    expect(session.intervals).toEqual([
      interval({ leftAt: NINE + MINUTE, reason: 'connection_lost' }),
      interval({ joinedAt: back }),
    ]);
  });

  it.each(['left', 'dismissed', 'replaced', 'session_ended', 'removed'] as const)(
    'begins a new interval immediately after %s',
    (reason) => {
      const session = after(
        newSession(),
        enter(PATIENT, NINE),
        leave(PATIENT, NINE + MINUTE, reason),
        enter(PATIENT, NINE + MINUTE),
      );
      expect(session.intervals).toEqual([
        interval({ leftAt: NINE + MINUTE, reason }),
        interval({ joinedAt: NINE + MINUTE }),
      ]);
    },
  );

  it('never overlaps the previous interval when the clock is behind', () => {
    const session = after(
      newSession(),
      enter(PATIENT, NINE),
      leave(PATIENT, NINE + MINUTE),
      enter(PATIENT, NINE + 30_000),
    );
    expect(session.intervals[1]).toEqual(interval({ joinedAt: NINE + MINUTE }));
  });

  it('records at most 100 intervals of a participant', () => {
    const steps = Array.from({ length: MAX_INTERVALS + 5 }, (_, index) => [
      enter(PATIENT, NINE + 2 * index),
      leave(PATIENT, NINE + 2 * index + 1),
    ]).flat();
    const session = after(newSession(), ...steps, enter(DOCTOR, NINE + 1000));
    const own = attendance.intervalsOf(session, PATIENT);
    expect(own).toHaveLength(MAX_INTERVALS);
    expect(own.at(-1)).toMatchObject({ leftAt: NINE + 2 * (MAX_INTERVALS + 4) + 1, reconnects: 5 });
    expect(attendance.intervalsOf(session, DOCTOR)).toHaveLength(1);
  });
});

describe('handOver', () => {
  const inside = after(newSession(), enter(DOCTOR, NINE), enter(PATIENT, NINE));
  const later = NINE + 10 * MINUTE;
  const left = { quality: { sent: 8, received: 6 }, impairedMs: 2 * MINUTE };

  it('adds the quality to the open interval without an event', () => {
    const { next, events } = attendance.handOver(inside, PATIENT, left, later)!;
    expect(events).toEqual([]);
    expect(next.updatedAt).toBe(inside.updatedAt);
    const [doctor, patient] = inside.intervals;
    expect(next.intervals).toEqual([doctor, { ...patient, ...left }]);
  });

  it('combines with earlier measurements and with that of leave', () => {
    const first = attendance.handOver(inside, PATIENT, left, later)!.next;
    const second = { quality: { sent: 4, received: null }, impairedMs: MINUTE };
    const { next } = attendance.handOver(first, PATIENT, second, later)!;
    expect(next.intervals[PATIENT]).toMatchObject({
      leftAt: null,
      quality: { sent: 6, received: 6 },
      impairedMs: 3 * MINUTE,
    });
    const over = attendance.leave(next, PATIENT, { at: later, reason: 'left', ...left }, BACKEND, later)!;
    expect(over.next.intervals[PATIENT]).toMatchObject({
      leftAt: later,
      quality: { sent: 7, received: 6 },
      impairedMs: 5 * MINUTE,
    });
  });

  it('limits impaired time to the length of the interval', () => {
    const { next } = attendance.handOver(inside, PATIENT, { impairedMs: 99 * MINUTE }, later)!;
    expect(next.intervals[PATIENT]?.impairedMs).toBe(10 * MINUTE);
  });

  it.each<[string, Session, Parameters<typeof attendance.handOver>[2]]>([
    ['without measurements', inside, {}],
    ['who never joined', newSession(), left],
    ['who has left since', after(inside, leave(PATIENT, NINE + MINUTE)), left],
  ])('changes nothing for a participant %s', (_, session, known) => {
    expect(attendance.handOver(session, PATIENT, known, later)).toBeNull();
  });
});

describe('leave', () => {
  it('adds only the quality when another change has closed the interval', () => {
    const { next: inside } = attendance.enter(newSession(), 1, GRACE, NINE);
    const over = lifecycle.end(inside, 'host_ended', BACKEND, NINE + MINUTE)!.next;
    const left = {
      at: NINE + 2 * MINUTE,
      reason: 'session_ended',
      quality: { sent: 8, received: 9 },
    } as const;
    const rated = attendance.leave(over, 1, left, BACKEND, NINE + 2 * MINUTE)!;
    expect(rated.events).toEqual([]);
    expect(rated.next.updatedAt).toBe(over.updatedAt);
    expect(rated.next.intervals).toEqual([{ ...over.intervals[0], quality: left.quality }]);
    expect(
      attendance.leave(rated.next, 1, { ...left, quality: { sent: 1, received: 1 } }, BACKEND, NINE),
    ).toBeNull();
  });

  const inside = after(newSession(), enter(DOCTOR, NINE), enter(PATIENT, NINE));

  it('closes only the interval of the participant, at the given time', () => {
    const quality = { sent: 9.5, received: 8 };
    const { next, events } = attendance.leave(
      inside,
      PATIENT,
      { at: NINE + MINUTE, reason: 'connection_lost', quality },
      { type: 'participant', seat: PATIENT },
      NINE + MINUTE + GRACE,
    )!;
    expect(next.intervals).toEqual([
      interval({ seat: DOCTOR }),
      interval({ leftAt: NINE + MINUTE, reason: 'connection_lost', quality }),
    ]);
    expect(events).toMatchObject([
      { type: 'participant.left', seat: PATIENT, reason: 'connection_lost', at: NINE + MINUTE + GRACE },
    ]);
  });

  it('stores no quality when none is given', () => {
    const [, own] = after(inside, leave(PATIENT, NINE + 1)).intervals;
    expect(own?.quality).toEqual({ sent: null, received: null });
  });

  it('never closes an interval before its beginning', () => {
    expect(after(inside, leave(PATIENT, NINE - MINUTE)).intervals[1]?.leftAt).toBe(NINE);
  });

  it.each([
    ['is not present', newSession()],
    ['has left before', after(inside, leave(PATIENT, NINE + 1))],
  ])('changes nothing for a participant who %s', (_, session) => {
    expect(leave(PATIENT, NINE + 2)(session)).toBeNull();
  });

  it('changes nothing when the visit is over', () => {
    const ended = after(inside, (session) => lifecycle.end(session, 'host_ended', BACKEND, NINE + 1));
    expect(leave(PATIENT, NINE + 2)(ended)).toBeNull();
  });

  it('makes the visit due five minutes after the last departure', () => {
    const empty = after(inside, leave(PATIENT, NINE + 2 * MINUTE), leave(DOCTOR, NINE + MINUTE));
    expect(empty.dueAt).toBe(NINE + 2 * MINUTE + EMPTY_MS);
  });

  it('averages the qualities of a continued interval, and keeps values known to only one', () => {
    const session = after(
      inside,
      leave(PATIENT, NINE + 1, 'connection_lost', { quality: { sent: 10, received: null } }),
      enter(PATIENT, NINE + 2),
      leave(PATIENT, NINE + 3, 'left', { quality: { sent: 5, received: 8 } }),
    );
    expect(session.intervals[1]?.quality).toEqual({ sent: 7.5, received: 8 });
  });
});

describe('abandon', () => {
  const inside = after(newSession(), enter(DOCTOR, NINE), enter(PATIENT, NINE + 10 * MINUTE));

  it('closes all open intervals at the time the process was last alive', () => {
    const { next, events } = attendance.abandon(inside, NINE + 20 * MINUTE, NINE + 25 * MINUTE)!;
    expect(next.intervals).toMatchObject([
      { seat: DOCTOR, leftAt: NINE + 20 * MINUTE, reason: 'connection_lost' },
      { seat: PATIENT, leftAt: NINE + 20 * MINUTE, reason: 'connection_lost' },
    ]);
    expect(events).toMatchObject([
      { type: 'participant.left', seat: DOCTOR, by: SYSTEM },
      { type: 'participant.left', seat: PATIENT, by: SYSTEM },
    ]);
    // The grace period starts when the outage is noticed, regardless of its length.
    expect(next.dueAt).toBe(NINE + 25 * MINUTE + EMPTY_MS);
  });

  it('never closes an interval before its beginning or in the future', () => {
    const early = attendance.abandon(inside, 0, NINE + 25 * MINUTE)!.next;
    expect(early.intervals.map(({ leftAt }) => leftAt)).toEqual([NINE, NINE + 10 * MINUTE]);
    const late = attendance.abandon(inside, NINE + 30 * MINUTE, NINE + 25 * MINUTE)!.next;
    expect(late.intervals.map(({ leftAt }) => leftAt)).toEqual([NINE + 25 * MINUTE, NINE + 25 * MINUTE]);
  });

  it('lets participants who return in time continue their interval', () => {
    const session = after(
      inside,
      (current) => attendance.abandon(current, NINE + 20 * MINUTE, NINE + 20 * MINUTE + 10_000),
      enter(PATIENT, NINE + 20 * MINUTE + GRACE),
    );
    expect(attendance.intervalsOf(session, PATIENT)).toMatchObject([{ leftAt: null, reconnects: 1 }]);
  });

  it.each([
    ['without participants', newSession()],
    ['that is over', sessionIn('ended')],
  ])('changes nothing for a visit %s', (_, session) => {
    expect(attendance.abandon(session, NINE, NINE)).toBeNull();
  });
});

describe('closeIntervals', () => {
  it('closes open intervals only', () => {
    const closed = interval({ leftAt: NINE + 1, reason: 'left' });
    expect(attendance.closeIntervals([closed, interval()], NINE + 5, 'session_ended')).toEqual([
      closed,
      interval({ leftAt: NINE + 5, reason: 'session_ended' }),
    ]);
  });
});

describe('timeIn', () => {
  it('sums the lengths of intervals, counting open ones until now', () => {
    const closed = interval({ leftAt: NINE + 100, reason: 'left' });
    const open = interval({ joinedAt: NINE + 200 });
    expect(attendance.timeIn([closed, open], NINE + 250)).toBe(150);
  });

  it('returns 0 for an interval that begins in the future', () => {
    expect(attendance.timeIn([interval()], NINE - 1000)).toBe(0);
  });

  it('returns 0 without intervals', () => expect(attendance.timeIn([], NINE)).toBe(0));
});

describe('meanQuality', () => {
  const rated = (length: number, sent: number | null, received: number | null) =>
    interval({ leftAt: NINE + length, reason: 'left', quality: { sent, received } });

  it('weights intervals by length and rounds to a tenth', () => {
    const intervals = [rated(3000, 10, 1), rated(1000, 5, 2), rated(2000, 5, 2)];
    expect(attendance.meanQuality(intervals, NINE)).toEqual({ sent: 7.5, received: 1.5 });
  });

  it('ignores missing values, separately for each direction', () => {
    const intervals = [rated(1000, null, 6), rated(9000, 8, null)];
    expect(attendance.meanQuality(intervals, NINE)).toEqual({ sent: 8, received: 6 });
  });

  it('includes intervals of zero length', () => {
    expect(attendance.meanQuality([rated(0, 4, 4)], NINE)).toEqual({ sent: 4, received: 4 });
  });

  it('returns null without measurements', () => {
    expect(attendance.meanQuality([interval()], NINE)).toEqual({ sent: null, received: null });
  });
});

/** A simple model of the same rules: the intervals of one participant. */
interface Stretch {
  from: number;
  to: number | null;
  interrupted: boolean;
}

function naiveEnter(stretches: Stretch[], now: number): void {
  const last = stretches.at(-1);
  if (last?.to === null) return;
  if (last && last.interrupted && now - last.to <= GRACE) last.to = null;
  else stretches.push({ from: last ? Math.max(now, last.to) : now, to: null, interrupted: false });
}

function naiveLeave(stretches: Stretch[], at: number, reason: LeaveReason): void {
  const last = stretches.at(-1);
  if (last?.to !== null) return;
  last.to = Math.max(last.from, at);
  last.interrupted = reason === 'connection_lost' || reason === 'server_shutdown';
}

describe('any sequence of joins and leaves', () => {
  const SEATS = [DOCTOR, PATIENT, INTERPRETER];
  const step = fc.record({
    seat: fc.constantFrom(...SEATS),
    elapsed: fc.oneof(fc.constantFrom(0, 1, GRACE, GRACE + 1), fc.integer({ min: -GRACE, max: 2 * MINUTE })),
    late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * GRACE })),
    reason: fc.option(
      fc.constantFrom<LeaveReason>(
        'left',
        'connection_lost',
        'session_ended',
        'replaced',
        'server_shutdown',
        'removed',
        'dismissed',
      ),
      { nil: null },
    ),
  });

  it('produces ordered, disjoint intervals that match the history', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(MINUTE), (sequence, rest) => {
        const first = created();
        let session = first.next;
        let now = NINE;
        const history: SessionEvent[] = [...first.events];
        const model = new Map<number, Stretch[]>(SEATS.map((seat) => [seat, []]));
        for (const { seat, elapsed, late, reason } of sequence) {
          now = Math.max(EIGHT, now + elapsed);
          const by: Actor = { type: 'participant', seat };
          const change =
            reason === null
              ? attendance.enter(session, seat, GRACE, now)
              : attendance.leave(session, seat, { at: now - late, reason }, by, now);
          if (reason === null) naiveEnter(model.get(seat)!, now);
          else naiveLeave(model.get(seat)!, now - late, reason);
          if (!change) continue;
          session = frozen(change.next);
          history.push(...change.events);
        }
        for (const seat of SEATS) {
          const own = attendance.intervalsOf(session, seat);
          expect(own.map(({ joinedAt, leftAt }) => [joinedAt, leftAt])).toEqual(
            model.get(seat)!.map(({ from, to }) => [from, to]),
          );
          for (const [index, { joinedAt, leftAt }] of own.entries()) {
            expect(leftAt ?? Infinity).toBeGreaterThanOrEqual(joinedAt);
            expect(joinedAt).toBeGreaterThanOrEqual(own[index - 1]?.leftAt ?? 0);
            if (leftAt === null) expect(index).toBe(own.length - 1);
          }
          const end = now + rest;
          const naiveTime = model
            .get(seat)!
            .map(({ from, to }) => Math.max(0, (to ?? end) - from))
            .reduce((sum, length) => sum + length, 0);
          expect(attendance.timeIn(own, end)).toBe(naiveTime);
          const count = (type: SessionEvent['type']) =>
            history.filter((event) => event.type === type && 'seat' in event && event.seat === seat).length;
          const open = own.filter(({ leftAt }) => leftAt === null).length;
          expect(count('participant.joined') - count('participant.left')).toBe(open);
        }
      }),
      { numRuns: 500 },
    );
  });
});
