import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as lifecycle from './lifecycle.ts';
import { needsMessages } from './reminder-times.ts';
import { messagesPlanned, remind, replan } from './reminders.ts';
import type { SessionChange } from './session-store.ts';
import { after, BACKEND, created, EIGHT, HOUR, MINUTE, newSession, NINE, RULES } from './testing/sessions.ts';

const DAY = 24 * HOUR;
/** A visit at nine that was created two days earlier. */
const planned = (changes: Parameters<typeof created>[0] = {}) => created(changes, NINE - 2 * DAY).next;
const minutesOf = (change: SessionChange | null) =>
  change?.events.flatMap((event) => (event.type === 'session.reminder' ? [event.minutesBefore] : []));
const moved = (scheduledAt: number, now: number) => (session: ReturnType<typeof planned>) =>
  lifecycle.update(session, { scheduledAt }, RULES, BACKEND, now);

describe('a new visit', () => {
  it('has the future reminders and is due at the first one', () => {
    expect(planned()).toMatchObject({ reminders: [1440, 60], remindAt: NINE - DAY });
    expect(created({}, NINE - 2 * HOUR).next).toMatchObject({ reminders: [60], remindAt: NINE - HOUR });
    // A reminder due at the time of creation is skipped.
    expect(created({}, NINE - HOUR).next).toMatchObject({ reminders: [], remindAt: null });
  });

  it('has no reminders when none are configured', () => {
    const rules = { ...RULES, reminderMinutes: [] };
    const visit = lifecycle.create({ ...planned(), nodeId: 'sfu-1' }, rules, BACKEND, NINE - 2 * DAY).next;
    expect(visit).toMatchObject({ reminders: [], remindAt: null });
  });
});

describe('remind', () => {
  it('issues each reminder once, by the system, without changing updatedAt', () => {
    const session = planned();
    expect(remind(session, true, NINE - DAY - 1)).toBeNull();
    const first = remind(session, true, NINE - DAY);
    expect(first?.events).toMatchObject([
      { type: 'session.reminder', minutesBefore: 1440, startsAt: NINE, by: { type: 'system' }, seq: 2 },
    ]);
    expect(first?.next).toMatchObject({
      reminders: [60],
      mail: { told: null, reminder: 1440 },
      updatedAt: session.updatedAt,
      version: session.version + 1,
    });
    const quiet = after(first!.next, (next) => messagesPlanned(next, next, false, NINE - DAY));
    expect(quiet.remindAt).toBe(NINE - HOUR);
    expect(remind(quiet, true, NINE - DAY)).toBeNull();
    expect(minutesOf(remind(quiet, true, NINE - HOUR))).toEqual([60]);
  });

  it('leaves no mail pending when mail is off', () => {
    const { next } = remind(planned(), false, NINE - DAY)!;
    expect(needsMessages(next)).toBe(false);
    expect(next.remindAt).toBe(NINE - HOUR);
  });

  it.each([
    ['12 hours late', NINE - 12 * HOUR, [1440]],
    ['more than 12 hours late', NINE - 12 * HOUR + 1, []],
    ['with the next one due as well', NINE - 45 * MINUTE, [60]],
    ['with the next one more than half an hour late', NINE - 30 * MINUTE + 1, []],
    ['when the visit begins', NINE, []],
  ])('issues only useful reminders %s', (_, now, expected) => {
    const change = remind(planned(), true, now)!;
    expect(minutesOf(change)).toEqual(expected);
    expect(change.next.reminders.every((minutes) => NINE - minutes * MINUTE > now)).toBe(true);
    expect(remind(change.next, true, now)).toBeNull();
  });

  it('issues none when the visit is over', () => {
    const over = after(planned(), (session) => lifecycle.end(session, 'backend_ended', BACKEND, NINE - DAY));
    expect(over.remindAt).toBeNull();
    expect(remind(over, true, NINE)).toBeNull();
  });

  it('recomputes remindAt of a session changed by an older version', () => {
    const later = newSession({ ...planned(), scheduledAt: NINE + DAY });
    expect(remind(later, true, NINE - DAY)).toMatchObject({ next: { remindAt: NINE }, events: [] });
    const over = newSession({ ...planned(), status: 'ended', endedAt: NINE - DAY });
    expect(remind(over, true, NINE - DAY)).toMatchObject({ next: { remindAt: null }, events: [] });
  });
});

describe('a rescheduled visit', () => {
  it('gets its reminders again', () => {
    const reminded = remind(planned(), false, NINE - DAY)!.next;
    expect(after(reminded, moved(NINE + DAY, NINE - DAY))).toMatchObject({
      reminders: [1440, 60],
      remindAt: NINE,
    });
    expect(after(reminded, moved(NINE - 20 * HOUR, NINE - DAY))).toMatchObject({ reminders: [60] });
  });

  it('requires mail only if the old time was announced by mail', () => {
    expect(needsMessages(after(planned(), moved(NINE + DAY, NINE - DAY)))).toBe(false);
    const told = newSession({ ...planned(), mail: { told: 0, reminder: null } });
    const next = after(told, moved(NINE + DAY, NINE - DAY));
    expect(needsMessages(next)).toBe(true);
    expect(next.remindAt).toBe(next.updatedAt);
    expect(needsMessages(after(told, (session) => lifecycle.cancel(session, BACKEND, NINE - DAY)))).toBe(
      true,
    );
    expect(needsMessages(after(told, (session) => lifecycle.start(session, BACKEND, NINE - DAY)))).toBe(
      false,
    );
  });

  it('drops a reminder of the old time that was not mailed yet', () => {
    const due = remind(planned(), true, NINE - DAY)!.next;
    const next = after(due, moved(NINE + DAY, NINE - DAY));
    // Another process may just have mailed it.
    expect(next.mail).toEqual({ told: 0, reminder: null });
    expect(needsMessages(next)).toBe(true);
  });

  it('keeps its reminders when only the title changes', () => {
    const reminded = remind(planned(), false, NINE - DAY)!.next;
    const titled = after(reminded, (session) =>
      lifecycle.update(session, { title: 'Other' }, RULES, BACKEND, NINE - DAY),
    );
    expect(titled.reminders).toEqual([60]);
  });
});

describe('replan', () => {
  it('applies changed settings and keeps reminders that are due', () => {
    const session = planned();
    expect(replan(session, [1440, 60], NINE - 2 * DAY)).toBeNull();
    expect(replan(session, [2000, 120], NINE - 2 * DAY)?.next.reminders).toEqual([2000, 120]);
    expect(replan(session, [60, 30], NINE - DAY)?.next.reminders).toEqual([1440, 60, 30]);
    expect(replan(session, [], NINE - 2 * DAY)).toMatchObject({ next: { remindAt: null }, events: [] });
  });

  it('changes nothing when the visit is over', () => {
    const over = after(planned(), (session) => lifecycle.cancel(session, BACKEND, EIGHT));
    expect(replan(over, [30], EIGHT)).toBeNull();
  });
});

describe('with differing clocks', () => {
  it('no reminder is issued twice for one time or after a later one, in any order of events', () => {
    const skew = fc.integer({ min: -10 * MINUTE, max: 10 * MINUTE });
    const step = fc.record({
      kind: fc.constantFrom('remind', 'remind', 'remind', 'replan', 'replan', 'replan', 'move'),
      skew,
      wait: fc.integer({ min: 0, max: 8 * MINUTE }),
      minutes: fc.subarray([1440, 180, 120, 60, 45, 30, 15]),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), (steps) => {
        let session = created({ scheduledAt: NINE }, NINE - 2 * HOUR).next;
        const given = new Map<number, number[]>();
        let time = NINE - 2 * HOUR;
        let at = NINE;
        for (const { kind, skew, wait, minutes } of steps) {
          time += wait;
          const now = time + skew;
          if (kind === 'move') at += HOUR;
          const change =
            kind === 'remind'
              ? remind(session, false, now)
              : kind === 'replan'
                ? replan(session, minutes, now)
                : moved(at, now)(session);
          given.set(session.scheduledAt, [
            ...(given.get(session.scheduledAt) ?? []),
            ...(minutesOf(change) ?? []),
          ]);
          session = change?.next ?? session;
        }
        for (const leads of given.values()) {
          expect(leads).toEqual([...new Set(leads)].sort((left, right) => right - left));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('replan adds no reminder that another server has issued', () => {
    const reminded = remind(planned(), false, NINE - HOUR)!.next;
    expect(reminded.reminded).toBe(60);
    expect(replan(reminded, [1440, 60, 30], NINE - HOUR - 4000)?.next.reminders).toEqual([30]);
    expect(after(reminded, moved(NINE + DAY, NINE - HOUR)).reminded).toBeNull();
  });
});

describe('messagesPlanned', () => {
  it('records the announced calendarSequence', () => {
    const due = remind(planned(), true, NINE - DAY)!.next;
    expect(messagesPlanned(due, due, true, NINE - DAY)?.next.mail).toEqual({ told: 0, reminder: null });
    expect(messagesPlanned(due, due, false, NINE - DAY)?.next.mail).toEqual({ told: null, reminder: null });
    expect(messagesPlanned(planned(), planned(), true, NINE - DAY)).toBeNull();
  });

  it('does not go back when an older state is recorded late', () => {
    const due = remind(planned(), true, NINE - DAY)!.next;
    const later = newSession({ ...due, calendarSequence: 2, mail: { told: 1, reminder: 1440 } });
    expect(messagesPlanned(later, due, true, NINE - DAY)?.next.mail.told).toBe(1);
  });

  it('keeps a reminder issued in the meantime pending', () => {
    const told = newSession({ ...planned(), mail: { told: 0, reminder: null } });
    const once = after(told, moved(NINE + DAY, NINE - DAY));
    const twice = after(once, moved(NINE + 2 * DAY, NINE - DAY));
    const next = messagesPlanned(twice, once, true, NINE - DAY)!.next;
    expect(next.mail).toEqual({ told: 1, reminder: null });
    expect(needsMessages(next)).toBe(true);
    const due = remind(planned(), true, NINE - DAY)!.next;
    const later = newSession({ ...due, mail: { told: 0, reminder: 60 } });
    expect(messagesPlanned(later, due, true, NINE - HOUR)?.next.mail.reminder).toBe(60);
  });
});
