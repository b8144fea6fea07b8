import { feedbackView as feedbackSchema } from '@televisit/shared/features/feedback';
import { participantView, sessionReport } from '@televisit/shared/reports';
import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import { waitForHost } from './attendance.ts';
import * as lifecycle from './lifecycle.ts';
import * as people from './people.ts';
import { attendanceOf, durationOf, meanOf, minutes, reportOf as reportWith } from './report.ts';
import * as screenShare from '../features/screen-share/rules.ts';
import type { Quality, Session } from './session.ts';
import * as waitingRoom from '../features/waiting-room/rules.ts';
import type { SessionChange } from './session-store.ts';
import {
  after,
  BACKEND,
  DOCTOR,
  GRACE,
  HOUR,
  INTERPRETER,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
  sessionIn,
} from './testing/sessions.ts';
import { feedbackView, giveFeedback } from '../features/feedback/rules.ts';
import { FEATURE_RECORDS } from '../features/index.ts';

const reportOf = (session: Session, now: number) => reportWith(session, now, FEATURE_RECORDS);

type Step = (session: Session) => SessionChange | null;

const enter =
  (seat: number, minute: number): Step =>
  (session) =>
    attendance.enter(session, seat, GRACE, NINE + minute * MINUTE);

const leave =
  (seat: number, minute: number, quality?: Quality): Step =>
  (session) =>
    attendance.leave(
      session,
      seat,
      { at: NINE + minute * MINUTE, reason: 'connection_lost', ...(quality ? { quality } : {}) },
      { type: 'participant', seat },
      NINE + minute * MINUTE,
    );

const rate =
  (seat: number, rating: number, comment: string | null = null): Step =>
  (session) =>
    giveFeedback(session, seat, { rating, comment }, BACKEND, NINE + HOUR);

const end: Step = (session) =>
  lifecycle.end(session, 'host_ended', { type: 'participant', seat: DOCTOR }, NINE + 30 * MINUTE);

const LATER = NINE + 2 * HOUR;

describe('reportOf', () => {
  const visit = after(
    newSession(),
    enter(PATIENT, 0),
    enter(DOCTOR, 2),
    leave(PATIENT, 10, { sent: 10, received: 9 }),
    enter(PATIENT, 10.25),
    leave(PATIENT, 20, { sent: 8, received: null }),
    enter(PATIENT, 25),
    end,
    rate(PATIENT, 4, 'Fine.'),
    rate(DOCTOR, 5),
  );

  it('describes the visit', () => {
    const report = reportOf(visit, LATER);
    expect(sessionReport.parse(report)).toEqual(report);
    expect(report).toMatchObject({
      sessionId: 'sess_00000001',
      appointmentId: 'appointment-1',
      status: 'ended',
      scheduledAt: '2026-01-05T09:00:00.000Z',
      startedAt: '2026-01-05T09:00:00.000Z',
      endedAt: '2026-01-05T09:30:00.000Z',
      endReason: 'host_ended',
      endedBy: { type: 'participant', userId: 'doctor-1' },
      durationSeconds: 1800,
      waitingSeconds: 120,
      messages: 0,
      reconnects: 1,
      meanRating: 4.5,
    });
  });

  it('lists attendance and quality for every seat, including absent participants', () => {
    expect(reportOf(visit, LATER).participants).toEqual([
      {
        userId: 'doctor-1',
        role: 'doctor',
        displayName: null,
        firstJoinedAt: '2026-01-05T09:02:00.000Z',
        lastLeftAt: '2026-01-05T09:30:00.000Z',
        minutes: 28,
        waitingSeconds: 0,
        reconnects: 0,
        quality: { sent: null, received: null },
        impairedMinutes: 0,
      },
      {
        userId: 'patient-1',
        role: 'patient',
        displayName: null,
        firstJoinedAt: '2026-01-05T09:00:00.000Z',
        lastLeftAt: '2026-01-05T09:30:00.000Z',
        minutes: 25,
        waitingSeconds: 0,
        reconnects: 1,
        quality: { sent: 9, received: 9 },
        impairedMinutes: 0,
      },
      {
        userId: 'interpreter-1',
        role: 'interpreter',
        displayName: null,
        firstJoinedAt: null,
        lastLeftAt: null,
        minutes: 0,
        waitingSeconds: 0,
        reconnects: 0,
        quality: { sent: null, received: null },
        impairedMinutes: 0,
      },
    ]);
  });

  it('lists screen shares with their duration', () => {
    const session = after(
      newSession(),
      enter(DOCTOR, 0),
      enter(PATIENT, 0),
      (current) => screenShare.start(current, PATIENT, NINE + MINUTE),
      (current) => screenShare.start(current, DOCTOR, NINE + 2 * MINUTE),
      (current) => screenShare.stop(current, PATIENT, NINE + 4 * MINUTE),
    );
    const report = reportOf(session, NINE + 12 * MINUTE);
    expect(sessionReport.parse(report)).toEqual(report);
    expect(report.shares).toEqual([
      { userId: 'patient-1', startedAt: '2026-01-05T09:01:00.000Z', seconds: 180 },
      { userId: 'doctor-1', startedAt: '2026-01-05T09:02:00.000Z', seconds: 600 },
    ]);
  });

  it('sums the impaired time of each participant over all intervals', () => {
    const poor =
      (minute: number, impairedMs: number): Step =>
      (session) =>
        attendance.leave(
          session,
          PATIENT,
          { at: NINE + minute * MINUTE, reason: 'left', impairedMs },
          BACKEND,
          NINE + minute * MINUTE,
        );
    const session = after(
      newSession(),
      enter(PATIENT, 0),
      poor(5, 2 * MINUTE),
      enter(PATIENT, 10),
      poor(20, 30_000),
    );
    expect(reportOf(session, LATER).participants.map(({ impairedMinutes }) => impairedMinutes)).toEqual([
      0, 2.5, 0,
    ]);
  });

  it('states how long each person waited, up to the end if no host came', () => {
    const wait =
      (seat: number, minute: number): Step =>
      (session) =>
        waitingRoom.wait(session, seat, NINE + minute * MINUTE);
    const unattended = after(
      newSession(),
      wait(PATIENT, 0),
      (session) => waitingRoom.stopWaiting(session, PATIENT, NINE + 4 * MINUTE),
      wait(PATIENT, 10),
      (session) => lifecycle.expire(session, session.closesAt + HOUR),
    );
    const report = reportOf(unattended, LATER + HOUR);
    expect(report).toMatchObject({ endReason: 'host_absent', waitingSeconds: 54 * 60 });
    expect(report.participants.map(({ waitingSeconds }) => waitingSeconds)).toEqual([0, 54 * 60, 0]);
    const attended = reportOf(
      after(newSession(), wait(PATIENT, 0), enter(DOCTOR, 3), enter(PATIENT, 5)),
      LATER,
    );
    expect(attended).toMatchObject({ waitingSeconds: 180 });
    expect(attended.participants[PATIENT]?.waitingSeconds).toBe(300);
  });

  it('counts the time of guests alone in the visit as waiting if no host came', () => {
    const alone = after(newSession(), enter(PATIENT, 0), (session) =>
      lifecycle.end(session, 'backend_ended', BACKEND, NINE + 7 * MINUTE),
    );
    const report = reportOf(alone, LATER);
    expect([report.waitingSeconds, report.participants[PATIENT]?.waitingSeconds]).toEqual([420, 420]);
  });

  it('contains the feedback', () => {
    expect(reportOf(visit, LATER).feedback).toEqual([
      { userId: 'patient-1', rating: 4, comment: 'Fine.', givenAt: '2026-01-05T10:00:00.000Z' },
      { userId: 'doctor-1', rating: 5, comment: null, givenAt: '2026-01-05T10:00:00.000Z' },
    ]);
  });

  it('counts until now while the visit is live', () => {
    const report = reportOf(after(newSession(), enter(DOCTOR, 0)), NINE + 90_400);
    expect(report).toMatchObject({ status: 'live', durationSeconds: 90, endedAt: null, endedBy: null });
    expect(report.participants[DOCTOR]).toMatchObject({ minutes: 1.5, lastLeftAt: null });
  });

  it('is complete for a visit without participants', () => {
    const missed = after(newSession(), (session) => lifecycle.expire(session, LATER));
    const report = reportOf(missed, LATER);
    expect(sessionReport.safeParse(report).success).toBe(true);
    expect(report).toMatchObject({
      startedAt: null,
      endReason: 'no_show',
      endedBy: { type: 'system' },
      durationSeconds: 0,
      waitingSeconds: null,
      meanRating: null,
    });
  });

  it('shows the pseudonym of an erased user', () => {
    const erased = after(visit, (session) => people.erase(session, 'patient-1', 'erased-1', BACKEND, LATER));
    const report = JSON.stringify(reportOf(erased, LATER));
    expect(report).toContain('erased-1');
    expect(report).not.toContain('patient-1');
    expect(report).not.toContain('Fine.');
  });

  it('weights quality by the length of the intervals', () => {
    const session = after(
      newSession(),
      enter(PATIENT, 0),
      leave(PATIENT, 3, { sent: 10, received: 10 }),
      enter(PATIENT, 10),
      leave(PATIENT, 11, { sent: 2, received: 6 }),
    );
    expect(reportOf(session, LATER).participants[PATIENT]?.quality).toEqual({ sent: 8, received: 9 });
  });
});

describe('waitForHost', () => {
  it.each([
    ['no participant came', [], null],
    ['only guests have come', [enter(PATIENT, 0), enter(INTERPRETER, 1)], null],
    [
      'only guests came until the end',
      [enter(PATIENT, 0), leave(PATIENT, 9), enter(INTERPRETER, 10), end],
      20 * MINUTE,
    ],
    ['only the host came', [enter(DOCTOR, 0)], null],
    ['the host came first', [enter(DOCTOR, 0), enter(PATIENT, 5)], 0],
    ['both came at the same time', [enter(PATIENT, 0), enter(DOCTOR, 0)], 0],
    ['the host came later', [enter(PATIENT, 0), enter(DOCTOR, 5)], 5 * MINUTE],
    [
      'the guest was in the waiting room',
      [
        (session) => waitingRoom.wait(session, PATIENT, NINE),
        enter(DOCTOR, 5),
        (session) => waitingRoom.admit(session, PATIENT, BACKEND, NINE + 6 * MINUTE),
        enter(PATIENT, 6),
      ],
      5 * MINUTE,
    ],
    [
      'the first of two guests waited',
      [enter(INTERPRETER, 1), enter(PATIENT, 3), enter(DOCTOR, 5)],
      4 * MINUTE,
    ],
    [
      'the guest left and returned in the meantime',
      [enter(PATIENT, 0), leave(PATIENT, 1), enter(PATIENT, 4), enter(DOCTOR, 5)],
      5 * MINUTE,
    ],
    [
      'the host left and returned later',
      [enter(DOCTOR, 0), leave(DOCTOR, 1), enter(PATIENT, 2), enter(DOCTOR, 5)],
      0,
    ],
  ] satisfies [string, Step[], number | null][])('returns the waiting time if %s', (_, steps, expected) => {
    expect(waitForHost(after(newSession(), ...steps), LATER)).toBe(expected);
  });
});

describe('durationOf', () => {
  it.each([
    ['was never live', newSession(), 0],
    ['has a participant, until now', after(newSession(), enter(PATIENT, 0)), LATER - NINE],
    [
      'was left by the last participant, until then',
      after(newSession(), enter(PATIENT, 0), leave(PATIENT, 7)),
      7 * MINUTE,
    ],
    ['was started without participants', sessionIn('live'), 0],
    ['was cancelled before its start', sessionIn('cancelled'), 0],
    ['was started by a clock that is ahead', { ...sessionIn('ended'), startedAt: LATER }, 0],
  ])('returns the duration of a visit that %s', (_, session, expected) =>
    expect(durationOf(session, LATER)).toBe(expected),
  );
});

describe('attendanceOf', () => {
  it('is connected and counts until now for a present participant', () => {
    const session = after(newSession(), enter(PATIENT, 0), leave(PATIENT, 1), enter(PATIENT, 3));
    const view = attendanceOf(session, PATIENT, NINE + 4 * MINUTE);
    expect(participantView.parse(view)).toEqual(view);
    expect(view).toEqual({
      userId: 'patient-1',
      role: 'patient',
      displayName: null,
      connected: true,
      intervals: [
        { joinedAt: '2026-01-05T09:00:00.000Z', leftAt: '2026-01-05T09:01:00.000Z' },
        { joinedAt: '2026-01-05T09:03:00.000Z', leftAt: null },
      ],
      totalSeconds: 120,
      reconnects: 0,
      removedAt: null,
    });
  });

  it('contains removedAt of a removed participant', () => {
    const session = after(newSession(), enter(PATIENT, 0), (current) =>
      people.remove(current, PATIENT, BACKEND, NINE + MINUTE),
    );
    expect(attendanceOf(session, PATIENT, LATER)).toMatchObject({
      connected: false,
      totalSeconds: 60,
      removedAt: '2026-01-05T09:01:00.000Z',
    });
  });

  it('is empty for an absent participant', () => {
    expect(attendanceOf(newSession(), PATIENT, LATER)).toMatchObject({
      connected: false,
      intervals: [],
      totalSeconds: 0,
    });
  });
});

describe('feedbackView', () => {
  it('contains user and comment', () => {
    const session = after(newSession(), rate(PATIENT, 3, 'So so.'));
    const view = feedbackView(session, session.feedback[0]!);
    expect(feedbackSchema.parse(view)).toEqual(view);
    expect(view).toEqual({
      userId: 'patient-1',
      rating: 3,
      comment: 'So so.',
      givenAt: '2026-01-05T10:00:00.000Z',
    });
  });
});

describe('meanOf and minutes', () => {
  it('round to a tenth', () => {
    expect(meanOf([4, 4, 5])).toBe(4.3);
    expect(minutes(90_000)).toBe(1.5);
    expect(minutes(3_000)).toBe(0.1);
    expect(minutes(2_999)).toBe(0);
  });
});
