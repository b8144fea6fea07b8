import type { TelevisitError } from '@televisit/shared/errors';
import { END_REASONS, SESSION_STATUSES } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import { EMPTY_MS, REPORT_MS } from './change.ts';
import { SYSTEM } from './events.ts';
import * as lifecycle from './lifecycle.ts';
import * as people from './people.ts';
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

const { TRANSITIONS } = lifecycle;
const closesAt = NINE + 30 * MINUTE + 30 * MINUTE;

describe('create', () => {
  it('makes a scheduled session at version 1 with its first event', () => {
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

  it('opens the join window ahead of the visit and closes it, and the session, after it', () => {
    expect(created().next).toMatchObject({ opensAt: NINE - 15 * MINUTE, closesAt, dueAt: closesAt });
  });

  it('keeps no node beside the placement', () => expect(created().next).not.toHaveProperty('nodeId'));
});

const act: Record<lifecycle.Action, (session: Session, now: number) => SessionChange | null> = {
  start: (session, now) => lifecycle.start(session, BACKEND, now),
  end: (session, now) => lifecycle.end(session, 'backend_ended', BACKEND, now),
  cancel: (session, now) => lifecycle.cancel(session, BACKEND, now),
};

const transitions = SESSION_STATUSES.flatMap((from) =>
  (['start', 'end', 'cancel'] as const).map((action) => ({ from, action, to: TRANSITIONS[from][action] })),
);
const NOW = NINE + HOUR;

describe('start, end and cancel', () => {
  it.each(transitions.filter(({ from, to }) => to !== null && to !== from))(
    '$action of a visit that is $from makes it $to, in one version, and the history says so',
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
    '$action of a visit that is $from changes nothing',
    ({ from, action }) => expect(act[action](sessionIn(from), NOW)).toBeNull(),
  );

  it.each(transitions.filter(({ to }) => to === null))(
    '$action of a visit that is $from is refused as session_closed',
    ({ from, action }) =>
      expect(() => act[action](sessionIn(from), NOW)).toThrow(
        expect.objectContaining({ code: 'session_closed' }),
      ),
  );

  it('start sets the time of the start', () => {
    expect(lifecycle.start(newSession(), BACKEND, NINE)?.next.startedAt).toBe(NINE);
  });

  it.each(END_REASONS.filter((reason) => reason !== 'cancelled'))(
    'end keeps the reason %s, who did it and when',
    (reason) => {
      const { next, events } = lifecycle.end(sessionIn('live'), reason, BACKEND, NOW)!;
      expect(next).toMatchObject({ endReason: reason, endedBy: BACKEND, endedAt: NOW, dueAt: null });
      const alone = reason === 'no_show' ? [{ type: 'session.no_show' }] : [];
      expect(events).toMatchObject([{ type: 'meeting.ended', reason }, ...alone]);
    },
  );

  it('end of a visit that has ended keeps the first reason', () => {
    const ended = after(sessionIn('live'), (live) => lifecycle.end(live, 'host_ended', BACKEND, NOW));
    expect(lifecycle.end(ended, 'empty', SYSTEM, NOW + 1)).toBeNull();
    expect(ended.endReason).toBe('host_ended');
  });

  it('cancel has a reason of its own', () => {
    expect(lifecycle.cancel(newSession(), BACKEND, NOW)?.next).toMatchObject({
      endReason: 'cancelled',
      endedBy: BACKEND,
      endedAt: NOW,
      dueAt: null,
    });
  });

  it.each(['end', 'cancel'] as const)('%s takes everybody out at that moment', (action) => {
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

  it('end leaves alone how somebody left before', () => {
    const left = after(
      newSession(),
      (session) => attendance.enter(session, DOCTOR, GRACE, NINE),
      (session) => attendance.leave(session, DOCTOR, { at: NINE + MINUTE, reason: 'left' }, BACKEND, NOW),
    );
    expect(act.end(left, NOW)?.next.intervals).toEqual(left.intervals);
  });
});

describe('update', () => {
  const update = (plan: Partial<lifecycle.VisitPlan>, session = newSession()) =>
    lifecycle.update(session, plan, RULES, BACKEND, NOW);

  it('with another time moves the window and what is due', () => {
    const moved = update({ scheduledAt: NINE + 24 * HOUR })?.next;
    expect(moved).toMatchObject({
      scheduledAt: NINE + 24 * HOUR,
      opensAt: NINE + 24 * HOUR - 15 * MINUTE,
      closesAt: closesAt + 24 * HOUR,
      dueAt: closesAt + 24 * HOUR,
    });
  });

  it('with another length moves the close alone', () => {
    const longer = update({ durationMinutes: 45 })?.next;
    expect(longer).toMatchObject({ opensAt: NINE - 15 * MINUTE, closesAt: closesAt + 15 * MINUTE });
  });

  it('of anything else leaves the window as it is, also when the server’s margins have changed', () => {
    const margins = { ...RULES, opensMinutes: 60, closesMinutes: 60 };
    const { opensAt, closesAt } = newSession();
    const titled = lifecycle.update(newSession(), { title: 'Other' }, margins, BACKEND, NOW)?.next;
    expect(titled).toMatchObject({ title: 'Other', opensAt, closesAt, calendarSequence: 0 });
  });

  it('names the fields that changed, and no value', () => {
    const plan = { title: 'Follow-up', description: 'Bring your letters.', durationMinutes: 20 };
    expect(update(plan)?.events).toEqual([
      { type: 'session.updated', fields: ['title', 'durationMinutes'], seq: 2, at: NOW, by: BACKEND },
    ]);
  });

  it.each([
    ['nothing', {}],
    ['what is there already', { title: 'Check-up', scheduledAt: NINE, options: newSession().options }],
  ])('with %s changes nothing', (_, plan) => expect(update(plan)).toBeNull());

  it('clears with null', () => expect(update({ title: null })?.next.title).toBeNull());

  it('of an option counts as a change of the options', () => {
    const options = { ...newSession().options, chat: false };
    expect(update({ options })).toMatchObject({
      next: { options: { chat: false } },
      events: [{ fields: ['options'] }],
    });
  });

  it('of a live visit is fine; it stays live', () => {
    expect(update({ durationMinutes: 60 }, sessionIn('live'))?.next.status).toBe('live');
  });

  it.each(['ended', 'cancelled'] as const)('of a visit that is %s is refused', (status) => {
    for (const plan of [{ title: 'x' }, {}]) {
      expect(() => update(plan, sessionIn(status))).toThrow(
        expect.objectContaining({ code: 'session_closed' }),
      );
    }
  });
});

describe('the calendar’s sequence', () => {
  const update = (plan: Partial<lifecycle.VisitPlan>) => (session: Session) =>
    lifecycle.update(session, plan, RULES, BACKEND, NOW);

  it('grows with every new time, and on cancelling', () => {
    const sequences = [
      update({ scheduledAt: NINE + HOUR }),
      update({ durationMinutes: 60 }),
      update({ scheduledAt: NINE, durationMinutes: 30 }),
      (session: Session) => lifecycle.cancel(session, BACKEND, NOW),
    ].reduce((sessions, step) => [...sessions, after(sessions.at(-1)!, step)], [newSession()]);
    expect(sequences.map(({ calendarSequence }) => calendarSequence)).toEqual([0, 1, 2, 3, 4]);
  });

  it('stays for everything else', () => {
    const session = after(
      newSession(),
      update({ title: 'Other', description: null }),
      (session) => lifecycle.place(session, 'sfu-2', NOW),
      (session) => attendance.enter(session, DOCTOR, GRACE, NOW),
      (session) => people.giveFeedback(session, DOCTOR, { rating: 5, comment: null }, BACKEND, NOW),
      (session) => lifecycle.end(session, 'host_ended', BACKEND, NOW),
    );
    expect(session).toMatchObject({ status: 'ended', calendarSequence: 0 });
  });
});

describe('expire', () => {
  const visited = after(
    newSession(),
    (session) => attendance.enter(session, PATIENT, GRACE, NINE),
    (session) =>
      attendance.leave(session, PATIENT, { at: NINE + MINUTE, reason: 'left' }, BACKEND, NINE + 2 * MINUTE),
  );
  const inside = after(newSession(), (session) => attendance.enter(session, PATIENT, GRACE, NINE));
  const early = after(
    newSession(),
    (session) => attendance.enter(session, PATIENT, GRACE, NINE - 10 * MINUTE),
    (session) =>
      attendance.leave(
        session,
        PATIENT,
        { at: NINE - 9 * MINUTE, reason: 'left' },
        BACKEND,
        NINE - 9 * MINUTE,
      ),
  );
  // The window closes at the very moment at which the visit has stood empty for long enough.
  const both = after(visited, (session) =>
    lifecycle.update(
      session,
      { durationMinutes: 7 },
      { ...RULES, opensMinutes: 0, closesMinutes: 0 },
      BACKEND,
      NINE + 2 * MINUTE,
    ),
  );

  it.each([
    ['nobody ever came', newSession(), closesAt, 'no_show'],
    ['nobody came to a live visit', sessionIn('live'), closesAt, 'no_show'],
    ['somebody is in as the window closes', inside, closesAt, 'window_closed'],
    [
      'it was written five minutes ago that the last one left',
      visited,
      NINE + 2 * MINUTE + EMPTY_MS,
      'empty',
    ],
    ['both fall together', both, NINE + 7 * MINUTE, 'window_closed'],
    ['somebody looked in before its time', early, NINE + EMPTY_MS, 'empty'],
  ])('where %s: ends the visit at that moment and no sooner', (_, session, dueAt, endReason) => {
    expect(session.dueAt).toBe(dueAt);
    expect(lifecycle.expire(session, dueAt - 1)).toBeNull();
    expect(lifecycle.expire(session, dueAt)?.next).toMatchObject({
      status: 'ended',
      endReason,
      endedAt: dueAt,
      endedBy: SYSTEM,
    });
  });

  it('of a visit that nobody came to says session.no_show, and meeting.ended only where it was live', () => {
    const types = (session: Session) => lifecycle.expire(session, closesAt)?.events.map(({ type }) => type);
    expect(types(newSession())).toEqual(['session.no_show']);
    expect(types(sessionIn('live'))).toEqual(['meeting.ended', 'session.no_show']);
  });

  it.each([
    ['ended', (session: Session) => lifecycle.end(session, 'host_ended', BACKEND, NOW)],
    ['cancelled', (session: Session) => lifecycle.cancel(session, BACKEND, NOW)],
    ['out of time', (session: Session) => lifecycle.expire(session, NOW)],
  ])('of a visit that is %s says five seconds later that its report is ready, once', (_, close) => {
    const over = after(inside, close);
    expect(over.dueAt).toBe(NOW + REPORT_MS);
    expect(lifecycle.expire(over, NOW + REPORT_MS - 1)).toBeNull();
    const { next, events } = lifecycle.expire(over, NOW + REPORT_MS)!;
    expect(events).toMatchObject([{ type: 'report.ready', by: SYSTEM }]);
    expect(next).toMatchObject({ status: over.status, endedAt: over.endedAt, dueAt: null });
    expect(lifecycle.expire(next, NOW + HOUR)).toBeNull();
  });

  it('of a visit that is over does not wait longer because more was told of it', () => {
    const over = after(inside, (session) => lifecycle.end(session, 'host_ended', BACKEND, NOW));
    const quality = { sent: 8, received: 9 };
    const told = after(
      over,
      (session) => attendance.leave(session, PATIENT, { at: NOW, reason: 'left', quality }, SYSTEM, NOW + 1),
      (session) => people.giveFeedback(session, PATIENT, { rating: 5, comment: null }, BACKEND, NOW + 2),
    );
    expect(told.dueAt).toBe(NOW + REPORT_MS);
    const ready = after(told, (session) => lifecycle.expire(session, NOW + REPORT_MS));
    const later = after(ready, (session) =>
      people.giveFeedback(session, DOCTOR, { rating: 5, comment: null }, BACKEND, NOW + HOUR),
    );
    expect(later.dueAt).toBeNull();
  });

  it('of a visit that nobody was in has no report to be ready', () => {
    const over = after(sessionIn('live'), (session) => lifecycle.end(session, 'backend_ended', BACKEND, NOW));
    expect(over.dueAt).toBeNull();
  });

  it('long after its time ends the visit as of then', () => {
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

  it('of a visit that was moved while it stood empty waits for its new time', () => {
    const moved = after(visited, (session) =>
      lifecycle.update(session, { scheduledAt: NINE + 24 * HOUR }, RULES, BACKEND, NINE + 3 * MINUTE),
    );
    expect(moved.dueAt).toBe(NINE + 24 * HOUR + EMPTY_MS);
  });

  it('of a visit that somebody came back to waits for the window', () => {
    const back = after(visited, (session) => attendance.enter(session, DOCTOR, GRACE, NINE + 4 * MINUTE));
    expect(lifecycle.expire(back, closesAt - 1)).toBeNull();
  });

  it.each(['ended', 'cancelled'] as const)('of a visit that is %s changes nothing', (status) => {
    expect(lifecycle.expire(sessionIn(status), Number.MAX_SAFE_INTEGER)).toBeNull();
  });
});

describe('place', () => {
  it('moves a session under a new epoch, and not to where it is', () => {
    const moved = lifecycle.place(newSession(), 'sfu-2', NOW)!;
    expect(moved.next.placement).toEqual({ nodeId: 'sfu-2', epoch: 2 });
    expect(moved.events).toMatchObject([{ type: 'session.placed', nodeId: 'sfu-2', by: SYSTEM }]);
    expect(lifecycle.place(moved.next, 'sfu-2', NOW)).toBeNull();
  });

  it.each(['ended', 'cancelled'] as const)('of a visit that is %s is refused', (status) => {
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

  it.each([opensAt, NINE, closesAt - 1])('at %d lets people in', (now) => expect(refusal(now)).toBeNull());

  it('before the window says when it opens', () => {
    expect(refusal(opensAt - 1)).toEqual({
      code: 'not_open_yet',
      times: { opensAt: '2026-01-05T08:45:00.000Z' },
    });
  });

  it('from the window’s close on says when that was, though nothing has ended the visit yet', () => {
    expect(refusal(closesAt)).toEqual({
      code: 'session_over',
      times: { closedAt: '2026-01-05T10:00:00.000Z' },
    });
  });

  it.each([
    ['ended', '2026-01-05T09:30:00.000Z'],
    ['cancelled', '2026-01-05T09:00:00.000Z'],
  ] as const)('of a visit that is %s says when that was', (status, closedAt) => {
    expect(refusal(NINE, sessionIn(status))).toEqual({ code: 'session_over', times: { closedAt } });
  });
});
