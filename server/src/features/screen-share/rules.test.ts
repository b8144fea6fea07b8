import { describe, expect, it } from 'vitest';
import * as attendance from '../../domain/attendance.ts';
import { MAX_PASSING_EVENTS } from '../../domain/change.ts';
import type { Actor } from '../../domain/events.ts';
import * as lifecycle from '../../domain/lifecycle.ts';
import * as people from '../../domain/people.ts';
import * as screenShare from './rules.ts';
import type { Session } from '../../domain/session.ts';
import {
  after,
  BACKEND,
  DOCTOR,
  GRACE,
  RULES,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
  sessionIn,
} from '../../domain/testing/sessions.ts';

const THE_DOCTOR: Actor = { type: 'participant', seat: DOCTOR };
const enter = (seat: number) => (session: Session) => attendance.enter(session, seat, GRACE, NINE);
const start = (seat: number, at: number) => (session: Session) => screenShare.start(session, seat, at);
const stop = (seat: number, at: number) => (session: Session) => screenShare.stop(session, seat, at);
const inside = after(newSession(), enter(DOCTOR), enter(PATIENT));

describe('start and stop', () => {
  it('record the participant and the times', () => {
    const started = screenShare.start(inside, PATIENT, NINE + 5)!;
    expect(started.next.shares).toEqual([{ seat: PATIENT, startedAt: NINE + 5, endedAt: null }]);
    expect(started.events).toMatchObject([{ type: 'screen_share.started', seat: PATIENT }]);
    const stopped = screenShare.stop(started.next, PATIENT, NINE + 9)!;
    expect(stopped.next.shares).toEqual([{ seat: PATIENT, startedAt: NINE + 5, endedAt: NINE + 9 }]);
    expect(stopped.events).toMatchObject([{ type: 'screen_share.stopped', seat: PATIENT }]);
  });

  it('change nothing when repeated', () => {
    const sharing = after(inside, start(PATIENT, NINE + 5));
    expect(screenShare.start(sharing, PATIENT, NINE + 6)).toBeNull();
    expect(screenShare.stop(after(sharing, stop(PATIENT, NINE + 7)), PATIENT, NINE + 8)).toBeNull();
    expect(screenShare.stop(inside, -1, NINE)).toBeNull();
  });

  it('change nothing when the participant is not present', () => {
    expect(screenShare.start(newSession(), PATIENT, NINE)).toBeNull();
  });

  it('do not affect shares of other participants', () => {
    const both = after(inside, start(PATIENT, NINE + 1), start(DOCTOR, NINE + 2), stop(PATIENT, NINE + 3));
    expect(both.shares.map(({ seat, endedAt }) => [seat, endedAt])).toEqual([
      [PATIENT, NINE + 3],
      [DOCTOR, null],
    ]);
  });

  it('never end a share before its start when the clock is behind', () => {
    expect(after(inside, start(PATIENT, NINE + 5), stop(PATIENT, NINE)).shares).toMatchObject([
      { startedAt: NINE + 5, endedAt: NINE + 5 },
    ]);
  });

  it('continue the last share after 50', () => {
    let session = inside;
    for (let index = 0; index < screenShare.MAX_SHARES + 5; index++) {
      session = after(session, start(PATIENT, NINE + 2 * index), stop(PATIENT, NINE + 2 * index + 1));
    }
    expect(session.eventCount - inside.eventCount).toBe(2 * (screenShare.MAX_SHARES - 1));
    expect(session.shares).toHaveLength(screenShare.MAX_SHARES);
    expect(session.shares.at(-1)?.endedAt).toBe(NINE + 2 * (screenShare.MAX_SHARES + 4) + 1);
  });

  it.each([
    ['a visit that is over', sessionIn('ended'), 'session_over'],
    [
      'a guest without permission',
      after(inside, (s) => screenShare.allow(s, false, THE_DOCTOR, NINE)),
      'screen_share_off',
    ],
  ])('are refused for %s', (_, session, code) => {
    expect(() => screenShare.start(session, PATIENT, NINE)).toThrow(expect.objectContaining({ code }));
  });

  it('work for a host when guests are not allowed to share', () => {
    const forbidden = after(inside, (session) => screenShare.allow(session, false, THE_DOCTOR, NINE));
    expect(screenShare.mayShare(forbidden, DOCTOR)).toBe(true);
    expect(screenShare.start(forbidden, DOCTOR, NINE)).not.toBeNull();
  });
});

describe('a share ends', () => {
  const sharing = after(inside, start(PATIENT, NINE + MINUTE));
  const later = NINE + 5 * MINUTE;

  it.each([
    [
      'when its participant leaves',
      (session: Session) =>
        attendance.leave(session, PATIENT, { at: later, reason: 'left' }, BACKEND, later + 10),
    ],
    ['when they are removed', (session: Session) => people.remove(session, PATIENT, BACKEND, later)],
    ['when they are erased', (session: Session) => people.erase(session, 'patient-1', 'x', BACKEND, later)],
    ['when the visit ends', (session: Session) => lifecycle.end(session, 'host_ended', BACKEND, later)],
    ['when its process is abandoned', (session: Session) => attendance.abandon(session, later, later + 99)],
  ])('%s', (_, step) => {
    expect(after(sharing, step).shares).toEqual([
      { seat: PATIENT, startedAt: NINE + MINUTE, endedAt: later },
    ]);
  });
});

describe('allow', () => {
  it('changes the permission once', () => {
    const { next, events } = screenShare.allow(inside, false, THE_DOCTOR, NINE)!;
    expect(next.screenShareAllowed).toBe(false);
    expect(next.options.screenShare).toBe(true);
    expect(events).toMatchObject([{ type: 'screen_share.forbidden', by: THE_DOCTOR }]);
    expect(screenShare.allow(next, false, THE_DOCTOR, NINE)).toBeNull();
    expect(screenShare.allow(next, true, THE_DOCTOR, NINE)?.events).toMatchObject([
      { type: 'screen_share.allowed' },
    ]);
  });

  it('starts with the option and follows its changes', () => {
    const update = (screenShare: boolean) => (session: Session) =>
      lifecycle.update(session, { options: { ...session.options, screenShare } }, RULES, BACKEND, NINE);
    const off = update(false)(newSession())!;
    expect(newSession().screenShareAllowed).toBe(true);
    expect(off.next).toMatchObject({ screenShareAllowed: false });
    expect(off.events).toMatchObject([
      { type: 'session.updated', fields: ['options'] },
      { type: 'screen_share.forbidden', by: BACKEND },
    ]);
    // A host has already allowed it, so participants need no event.
    const on = after(off.next, (session) => screenShare.allow(session, true, THE_DOCTOR, NINE));
    expect(update(true)(on)?.events.map(({ type }) => type)).toEqual(['session.updated']);
  });

  it('is not affected by other options', () => {
    const forbidden = after(newSession(), (session) => screenShare.allow(session, false, THE_DOCTOR, NINE));
    const options = { ...forbidden.options, chat: false };
    expect(lifecycle.update(forbidden, { options }, RULES, BACKEND, NINE)?.next).toMatchObject({
      screenShareAllowed: false,
    });
  });

  it('is refused when the visit is over', () => {
    expect(() => screenShare.allow(sessionIn('ended'), false, THE_DOCTOR, NINE)).toThrow(
      expect.objectContaining({ code: 'session_over' }),
    );
  });
});

it('a history of 10,000 events records only lifecycle and attendance events', () => {
  const full = after({ ...inside, eventCount: MAX_PASSING_EVENTS }, start(PATIENT, NINE));
  expect(full.shares).toHaveLength(1);
  expect(full.eventCount).toBe(MAX_PASSING_EVENTS);
  const ended = lifecycle.end(full, 'host_ended', BACKEND, NINE)!;
  expect(ended.events).toMatchObject([{ type: 'meeting.ended', seq: MAX_PASSING_EVENTS + 1 }]);
});
