import type { TelevisitError } from '@televisit/shared/errors';
import { END_REASONS, SESSION_STATUSES } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import { EMPTY_MS, REPORT_MS } from './change.ts';
import { SYSTEM } from './events.ts';
import * as lifecycle from './lifecycle.ts';
import type { Session } from './session.ts';
import type { SessionChange } from './session-store.ts';
import {
  after,
  BACKEND,
  created,
  DOCTOR,
  EIGHT,
  GRACE,
  HOUR,
  RULES,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
  sessionIn,
} from './testing/sessions.ts';
import { giveFeedback } from '../features/feedback/rules.ts';
import * as waitingRoom from '../features/waiting-room/rules.ts';

const { TRANSITIONS } = lifecycle;
const closesAt = NINE + 30 * MINUTE + 30 * MINUTE;

describe('create', () => {
  it('returns a scheduled session with version 1 and its first event', () => {
    const { next, events } = created();
    expect(next).toMatchObject({
      status: 'scheduled',
      placement: { nodeId: 'sfu-1', epoch: 1 },
      createdAt: EIGHT,
      updatedAt: EIGHT,
      startedAt: null,
      endedAt: null,
      intervals: [],
      calendarSequence: 0,
      eventCount: 1,
      version: 1,
    });
    expect(events).toEqual([{ type: 'session.created', nodeId: 'sfu-1', seq: 1, at: EIGHT, by: BACKEND }]);
  });

  it('sets the join window around the visit, and the due time to its end', () => {
    expect(created().next).toMatchObject({ opensAt: NINE - 15 * MINUTE, closesAt, dueAt: closesAt });
  });

  it.each([
    ['a year ago', NINE - 365 * 24 * HOUR],
    ['whose window closes now', EIGHT - HOUR],
  ])('throws plan_over for a plan %s', (_, scheduledAt) =>
    expect(() => created({ scheduledAt })).toThrow(expect.objectContaining({ code: 'plan_over' })),
  );

  it('accepts a plan whose window closes in a millisecond', () =>
    expect(created({ scheduledAt: EIGHT - HOUR + 1 }).next.status).toBe('scheduled'));

  it('stores the node only in the placement', () => expect(created().next).not.toHaveProperty('nodeId'));
});

const act: Record<lifecycle.Action, (session: Session, now: number) => SessionChange | null> = {
  start: (session, now) => lifecycle.start(session, BACKEND, now),
  end: (session, now) => lifecycle.end(session, 'backend_ended', BACKEND, now),
  cancel: (session, now) => lifecycle.cancel(session, BACKEND, now),
  reopen: (session, now) => lifecycle.reopen(session, BACKEND, now),
};

const transitions = SESSION_STATUSES.flatMap((from) =>
  (['start', 'end', 'cancel'] as const).map((action) => ({ from, action, to: TRANSITIONS[from][action] })),
);
const NOW = NINE + HOUR;

describe('start, end and cancel', () => {
  it.each(transitions.filter(({ from, to }) => to !== null && to !== from))(
    '$action makes a visit that is $from $to, in one version, with an event',
    ({ from, action, to }) => {
      const session = sessionIn(from);
      const { next, events } = act[action](session, NOW)!;
      expect(next).toMatchObject({ status: to, updatedAt: NOW, version: session.version + 1 });
      const met = from === 'live' ? ['meeting.ended'] : [];
      const types = {
        start: ['meeting.started'],
        end: ['meeting.ended'],
        cancel: [...met, 'session.cancelled'],
      }[action];
      expect(events).toMatchObject(
        types.map((type, index) => ({ type, seq: session.eventCount + index + 1, at: NOW, by: BACKEND })),
      );
    },
  );

  it.each(transitions.filter(({ from, to }) => to === from))(
    '$action changes nothing when the visit is $from',
    ({ from, action }) => expect(act[action](sessionIn(from), NOW)).toBeNull(),
  );

  it.each(transitions.filter(({ to }) => to === null))(
    '$action throws session_closed when the visit is $from',
    ({ from, action }) =>
      expect(() => act[action](sessionIn(from), NOW)).toThrow(
        expect.objectContaining({ code: 'session_closed' }),
      ),
  );

  it('start sets startedAt', () => {
    expect(lifecycle.start(newSession(), BACKEND, NINE)?.next.startedAt).toBe(NINE);
  });

  it.each(END_REASONS.filter((reason) => reason !== 'cancelled'))(
    'end stores the reason %s, the actor and the time',
    (reason) => {
      const { next, events } = lifecycle.end(sessionIn('live'), reason, BACKEND, NOW)!;
      expect(next).toMatchObject({ endReason: reason, endedBy: BACKEND, endedAt: NOW, dueAt: null });
      const alone = ['no_show', 'host_absent'].includes(reason) ? [{ type: `session.${reason}` }] : [];
      expect(events).toMatchObject([{ type: 'meeting.ended', reason }, ...alone]);
    },
  );

  it('end keeps the first reason when the visit has ended', () => {
    const ended = after(sessionIn('live'), (live) => lifecycle.end(live, 'host_ended', BACKEND, NOW));
    expect(lifecycle.end(ended, 'empty', SYSTEM, NOW + 1)).toBeNull();
    expect(ended.endReason).toBe('host_ended');
  });

  it('cancel sets the reason cancelled', () => {
    expect(lifecycle.cancel(newSession(), BACKEND, NOW)?.next).toMatchObject({
      endReason: 'cancelled',
      endedBy: BACKEND,
      endedAt: NOW,
      dueAt: null,
    });
  });

  it.each(['end', 'cancel'] as const)('%s closes all open intervals at that time', (action) => {
    const inside = after(
      newSession(),
      (session) => attendance.enter(session, DOCTOR, GRACE, NINE),
      (session) => attendance.enter(session, PATIENT, GRACE, NINE + MINUTE),
    );
    expect(act[action](inside, NOW)?.next.intervals).toMatchObject([
      { seat: DOCTOR, joinedAt: NINE, leftAt: NOW, reason: 'session_ended' },
      { seat: PATIENT, joinedAt: NINE + MINUTE, leftAt: NOW, reason: 'session_ended' },
    ]);
  });

  it('end does not change intervals that are closed', () => {
    const left = after(
      newSession(),
      (session) => attendance.enter(session, DOCTOR, GRACE, NINE),
      (session) => attendance.leave(session, DOCTOR, { at: NINE + MINUTE, reason: 'left' }, BACKEND, NOW),
    );
    expect(act.end(left, NOW)?.next.intervals).toEqual(left.intervals);
  });
});

describe('reopen', () => {
  const ended = after(
    newSession(),
    (session) => attendance.enter(session, DOCTOR, GRACE, NINE),
    (session) => lifecycle.end(session, 'host_ended', BACKEND, NINE + 10 * MINUTE),
  );

  it('reopen makes an ended visit live again, for five minutes if no participant joins', () => {
    const now = NINE + 20 * MINUTE;
    const { next, events } = lifecycle.reopen(ended, BACKEND, now)!;
    expect(next).toMatchObject({
      status: 'live',
      startedAt: NINE,
      endedAt: null,
      endReason: null,
      endedBy: null,
      intervals: ended.intervals,
      dueAt: now + EMPTY_MS,
    });
    expect(events).toMatchObject([{ type: 'session.reopened', by: BACKEND }]);
    expect(after(next, (session) => attendance.enter(session, DOCTOR, GRACE, now)).intervals).toHaveLength(2);
  });

  it('throws session_over when the window has closed', () => {
    expect(lifecycle.reopen(ended, BACKEND, closesAt - 1)?.next.status).toBe('live');
    expect(() => lifecycle.reopen(ended, BACKEND, closesAt)).toThrow(
      expect.objectContaining({ code: 'session_over' }),
    );
  });
});

describe('update', () => {
  const update = (plan: Partial<lifecycle.VisitPlan>, session = newSession()) =>
    lifecycle.update(session, plan, RULES, BACKEND, NINE);

  it('moves the window and the due time when the time changes', () => {
    const moved = update({ scheduledAt: NINE + 24 * HOUR })?.next;
    expect(moved).toMatchObject({
      scheduledAt: NINE + 24 * HOUR,
      opensAt: NINE + 24 * HOUR - 15 * MINUTE,
      closesAt: closesAt + 24 * HOUR,
      dueAt: closesAt + 24 * HOUR,
    });
  });

  it('moves only the close when the duration changes', () => {
    const longer = update({ durationMinutes: 45 })?.next;
    expect(longer).toMatchObject({ opensAt: NINE - 15 * MINUTE, closesAt: closesAt + 15 * MINUTE });
  });

  it('does not move the window when other fields change, even if the settings have changed', () => {
    const margins = { ...RULES, opensMinutes: 60, closesMinutes: 60 };
    const { opensAt, closesAt } = newSession();
    const titled = lifecycle.update(newSession(), { title: 'Other' }, margins, BACKEND, NOW)?.next;
    expect(titled).toMatchObject({ title: 'Other', opensAt, closesAt, calendarSequence: 0 });
  });

  it('records the names of changed fields without values', () => {
    const plan = { title: 'Follow-up', description: 'Bring your letters.', durationMinutes: 20 };
    expect(update(plan)?.events).toEqual([
      { type: 'session.updated', fields: ['title', 'durationMinutes'], seq: 2, at: NINE, by: BACKEND },
    ]);
  });

  it.each([
    ['an empty plan', {}],
    ['the current values', { title: 'Check-up', scheduledAt: NINE, options: newSession().options }],
  ])('changes nothing with %s', (_, plan) => expect(update(plan)).toBeNull());

  it('clears a field set to null', () => expect(update({ title: null })?.next.title).toBeNull());

  it('records a changed option as a change of options', () => {
    const options = { ...newSession().options, chat: false };
    expect(update({ options })).toMatchObject({
      next: { options: { chat: false } },
      events: [{ fields: ['options'] }],
    });
  });

  it('keeps a live visit live', () => {
    expect(update({ durationMinutes: 60 }, sessionIn('live'))?.next.status).toBe('live');
  });

  it.each(['ended', 'cancelled'] as const)('throws when the visit is %s', (status) => {
    for (const plan of [{ title: 'x' }, {}]) {
      expect(() => update(plan, sessionIn(status))).toThrow(
        expect.objectContaining({ code: 'session_closed' }),
      );
    }
  });
});

describe('calendarSequence', () => {
  const update = (plan: Partial<lifecycle.VisitPlan>) => (session: Session) =>
    lifecycle.update(session, plan, RULES, BACKEND, NINE);

  it('increases with every new time and when the visit is cancelled', () => {
    const sequences = [
      update({ scheduledAt: NINE + HOUR }),
      update({ durationMinutes: 60 }),
      update({ scheduledAt: NINE, durationMinutes: 30 }),
      (session: Session) => lifecycle.cancel(session, BACKEND, NOW),
    ].reduce((sessions, step) => [...sessions, after(sessions.at(-1)!, step)], [newSession()]);
    expect(sequences.map(({ calendarSequence }) => calendarSequence)).toEqual([0, 1, 2, 3, 4]);
  });

  it('does not change otherwise', () => {
    const session = after(
      newSession(),
      update({ title: 'Other', description: null }),
      (session) => lifecycle.place(session, 'sfu-2', NOW),
      (session) => attendance.enter(session, DOCTOR, GRACE, NOW),
      (session) => giveFeedback(session, DOCTOR, { rating: 5, comment: null }, BACKEND, NOW),
      (session) => lifecycle.end(session, 'host_ended', BACKEND, NOW),
    );
    expect(session).toMatchObject({ status: 'ended', calendarSequence: 0 });
  });

  it.each([
    ['a shorter duration', { durationMinutes: 1 }],
    ['an earlier time', { scheduledAt: NINE - HOUR }],
  ])(
    'throws plan_over and keeps the attendance of a live visit if %s would end it in the past',
    (_, plan) => {
      const live = after(newSession(), (session) => attendance.enter(session, DOCTOR, GRACE, NINE));
      expect(() => lifecycle.update(live, plan, RULES, BACKEND, NINE + 31 * MINUTE)).toThrow(
        expect.objectContaining({ code: 'plan_over' }),
      );
    },
  );

  it('never makes an empty visit due in the past', () => {
    const now = NINE + 3 * HOUR - MINUTE;
    const empty = after(
      newSession({ scheduledAt: NINE + 3 * HOUR, closesAt: NINE + 5 * HOUR }),
      (session) => attendance.enter(session, DOCTOR, GRACE, NINE + 2 * HOUR + 45 * MINUTE),
      (session) =>
        attendance.leave(
          session,
          DOCTOR,
          { at: NINE + 2 * HOUR + 46 * MINUTE, reason: 'left' },
          BACKEND,
          now - 10 * MINUTE,
        ),
      (session) => lifecycle.update(session, { scheduledAt: NINE + 2 * HOUR }, RULES, BACKEND, now),
    );
    expect(empty.dueAt).toBe(now);
    expect(lifecycle.expire(empty, now)?.next).toMatchObject({ endReason: 'empty', endedAt: now });
  });
});

describe('expire', () => {
  const visited = after(
    newSession(),
    (session) => attendance.enter(session, DOCTOR, GRACE, NINE),
    (session) =>
      attendance.leave(session, DOCTOR, { at: NINE + MINUTE, reason: 'left' }, BACKEND, NINE + 2 * MINUTE),
  );
  const inside = after(newSession(), (session) => attendance.enter(session, DOCTOR, GRACE, NINE));
  const early = after(
    newSession(),
    (session) => attendance.enter(session, DOCTOR, GRACE, NINE - 10 * MINUTE),
    (session) =>
      attendance.leave(
        session,
        DOCTOR,
        { at: NINE - 9 * MINUTE, reason: 'left' },
        BACKEND,
        NINE - 9 * MINUTE,
      ),
  );
  // The window closes exactly when the visit has been empty for long enough.
  const both = after(visited, (session) =>
    lifecycle.update(
      session,
      { durationMinutes: 7 },
      { ...RULES, opensMinutes: 0, closesMinutes: 0 },
      BACKEND,
      NINE + 2 * MINUTE,
    ),
  );

  const waited = after(newSession(), (session) => waitingRoom.wait(session, PATIENT, NINE));
  const alone = after(
    newSession(),
    (session) => attendance.enter(session, PATIENT, GRACE, NINE),
    (session) =>
      attendance.leave(session, PATIENT, { at: NINE + MINUTE, reason: 'left' }, BACKEND, NINE + 2 * MINUTE),
  );

  it.each([
    ['no participant ever came', newSession(), closesAt, 'no_show'],
    ['no participant came to a live visit', sessionIn('live'), closesAt, 'no_show'],
    ['a guest waited until the window closed, and no host came', waited, closesAt, 'host_absent'],
    ['a guest came and left again, and no host came', alone, NINE + 2 * MINUTE + EMPTY_MS, 'host_absent'],
    ['a participant is present when the window closes', inside, closesAt, 'window_closed'],
    ['the last departure was recorded five minutes ago', visited, NINE + 2 * MINUTE + EMPTY_MS, 'empty'],
    ['window and empty time end together', both, NINE + 7 * MINUTE, 'window_closed'],
    ['a participant entered and left before its time', early, NINE + EMPTY_MS, 'empty'],
  ])('ends the visit when due and not before if %s', (_, session, dueAt, endReason) => {
    const warned = after(session, (before) =>
      before.status === 'live' ? lifecycle.expire(before, dueAt - 1) : null,
    );
    expect(warned.dueAt).toBe(dueAt);
    expect(lifecycle.expire(warned, dueAt - 1)).toBeNull();
    expect(lifecycle.expire(warned, dueAt)?.next).toMatchObject({
      status: 'ended',
      endReason,
      endedAt: dueAt,
      endedBy: SYSTEM,
    });
  });

  it('warns once, five minutes before the window of a live visit closes, and again after it was extended', () => {
    expect(lifecycle.expire(inside, closesAt - 5 * MINUTE - 1)).toBeNull();
    const { next, events } = lifecycle.expire(inside, closesAt - 5 * MINUTE)!;
    expect(events).toMatchObject([{ type: 'session.closing_soon', closesAt, by: SYSTEM }]);
    expect(next).toMatchObject({ status: 'live', dueAt: closesAt });
    expect(lifecycle.expire(next, closesAt - 1)).toBeNull();
    const extended = after(next, (session) =>
      lifecycle.update(session, { durationMinutes: 60 }, RULES, BACKEND, closesAt - MINUTE),
    );
    expect(extended.dueAt).toBe(closesAt + 25 * MINUTE);
  });

  it('a live visit ends without a warning if no process checked it in time', () => {
    const { next, events } = lifecycle.expire(inside, closesAt + MINUTE)!;
    expect(events.map(({ type }) => type)).toEqual(['meeting.ended']);
    expect(next).toMatchObject({ endReason: 'window_closed', endedAt: closesAt });
  });

  it('records session.no_show without participants, and meeting.ended only if the visit was live', () => {
    const types = (session: Session) => lifecycle.expire(session, closesAt)?.events.map(({ type }) => type);
    expect(types(newSession())).toEqual(['session.no_show']);
    expect(types(sessionIn('live'))).toEqual(['meeting.ended', 'session.no_show']);
  });

  it('records session.host_absent, and meeting.ended only if the visit was live', () => {
    const types = (session: Session) => lifecycle.expire(session, closesAt)?.events.map(({ type }) => type);
    expect(types(waited)).toEqual(['session.host_absent']);
    expect(types(alone)).toEqual(['meeting.ended', 'session.host_absent']);
  });

  it.each([
    ['ended', (session: Session) => lifecycle.end(session, 'host_ended', BACKEND, NOW)],
    ['cancelled', (session: Session) => lifecycle.cancel(session, BACKEND, NOW)],
    ['expired', (session: Session) => lifecycle.expire(session, NOW)],
  ])('records report.ready once, five seconds after a visit is %s', (_, close) => {
    const over = after(inside, close);
    expect(over.dueAt).toBe(NOW + REPORT_MS);
    expect(lifecycle.expire(over, NOW + REPORT_MS - 1)).toBeNull();
    const { next, events } = lifecycle.expire(over, NOW + REPORT_MS)!;
    expect(events).toMatchObject([{ type: 'report.ready', by: SYSTEM }]);
    expect(next).toMatchObject({ status: over.status, endedAt: over.endedAt, dueAt: null });
    expect(lifecycle.expire(next, NOW + HOUR)).toBeNull();
  });

  it('does not delay report.ready when more changes follow the end', () => {
    const over = after(inside, (session) => lifecycle.end(session, 'host_ended', BACKEND, NOW));
    const quality = { sent: 8, received: 9 };
    const told = after(
      over,
      (session) => attendance.leave(session, DOCTOR, { at: NOW, reason: 'left', quality }, SYSTEM, NOW + 1),
      (session) => giveFeedback(session, PATIENT, { rating: 5, comment: null }, BACKEND, NOW + 2),
    );
    expect(told.dueAt).toBe(NOW + REPORT_MS);
    const ready = after(told, (session) => lifecycle.expire(session, NOW + REPORT_MS));
    const later = after(ready, (session) =>
      giveFeedback(session, DOCTOR, { rating: 5, comment: null }, BACKEND, NOW + HOUR),
    );
    expect(later.dueAt).toBeNull();
  });

  it('records no report.ready when no participant was present', () => {
    const over = after(sessionIn('live'), (session) => lifecycle.end(session, 'backend_ended', BACKEND, NOW));
    expect(over.dueAt).toBeNull();
  });

  it('ends an overdue visit as of its due time', () => {
    expect(lifecycle.expire(visited, closesAt + HOUR)?.next).toMatchObject({
      endReason: 'empty',
      endedAt: NINE + 2 * MINUTE + EMPTY_MS,
    });
    expect(lifecycle.expire(inside, closesAt + HOUR)?.next).toMatchObject({
      endReason: 'window_closed',
      endedAt: closesAt,
      intervals: [{ leftAt: closesAt }],
    });
  });

  it('waits for the new time when an empty visit was rescheduled', () => {
    const moved = after(visited, (session) =>
      lifecycle.update(session, { scheduledAt: NINE + 24 * HOUR }, RULES, BACKEND, NINE + 3 * MINUTE),
    );
    expect(moved.dueAt).toBe(NINE + 24 * HOUR + EMPTY_MS);
  });

  it('waits for the window when a participant has returned', () => {
    const back = after(visited, (session) => attendance.enter(session, DOCTOR, GRACE, NINE + 4 * MINUTE));
    expect(lifecycle.expire(back, closesAt - 5 * MINUTE - 1)).toBeNull();
  });

  it.each(['ended', 'cancelled'] as const)('changes nothing when the visit is %s', (status) => {
    expect(lifecycle.expire(sessionIn(status), Number.MAX_SAFE_INTEGER)).toBeNull();
  });
});

describe('place', () => {
  it('places a session with a new epoch, unless it is on the node already', () => {
    const moved = lifecycle.place(newSession(), 'sfu-2', NOW)!;
    expect(moved.next.placement).toEqual({ nodeId: 'sfu-2', epoch: 2 });
    expect(moved.events).toMatchObject([{ type: 'session.placed', nodeId: 'sfu-2', by: SYSTEM }]);
    expect(lifecycle.place(moved.next, 'sfu-2', NOW)).toBeNull();
  });

  it.each(['ended', 'cancelled'] as const)('throws when the visit is %s', (status) => {
    expect(() => lifecycle.place(sessionIn(status), 'sfu-2', NOW)).toThrow(
      expect.objectContaining({ code: 'session_over' }),
    );
  });
});

describe('requireOpen', () => {
  const opensAt = NINE - 15 * MINUTE;
  const refusal = (now: number, session = newSession()) => {
    try {
      lifecycle.requireOpen(session, now);
      return null;
    } catch (error) {
      const { code, times } = error as TelevisitError;
      return { code, times };
    }
  };

  it.each([opensAt, NINE, closesAt - 1])('accepts the time %d inside the window', (now) =>
    expect(refusal(now)).toBeNull(),
  );

  it('throws not_open_yet with opensAt before the window', () => {
    expect(refusal(opensAt - 1)).toEqual({
      code: 'not_open_yet',
      times: { opensAt: '2026-01-05T08:45:00.000Z' },
    });
  });

  it('throws session_over with closedAt after the window, even if the visit has not ended yet', () => {
    expect(refusal(closesAt)).toEqual({
      code: 'session_over',
      times: { closedAt: '2026-01-05T10:00:00.000Z' },
    });
  });

  it.each([
    ['ended', '2026-01-05T09:30:00.000Z'],
    ['cancelled', '2026-01-05T09:00:00.000Z'],
  ] as const)('throws session_over with closedAt when the visit is %s', (status, closedAt) => {
    expect(refusal(NINE, sessionIn(status))).toEqual({ code: 'session_over', times: { closedAt } });
  });
});
