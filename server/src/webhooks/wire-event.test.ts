import type { FactContract } from '@televisit/shared/core/contract';
import { FACTS } from '@televisit/shared/features/index';
import { WEBHOOK_EVENT_TYPES, webhookEvent } from '@televisit/shared/webhooks';
import { describe, expect, it } from 'vitest';
import * as attendance from '../domain/attendance.ts';
import { change } from '../domain/change.ts';
import { SYSTEM, type SessionEvent } from '../domain/events.ts';
import * as lifecycle from '../domain/lifecycle.ts';
import * as meetings from '../domain/meetings.ts';
import * as people from '../domain/people.ts';
import { putSeat, replaceSeat, revokeLinks } from '../domain/seats.ts';
import type { Session } from '../domain/session.ts';
import {
  BACKEND,
  DOCTOR,
  GRACE,
  historyOf,
  HOUR,
  MINUTE,
  NINE,
  PATIENT,
  RULES,
  ZOOM,
  historyAtZoom,
} from '../domain/testing/sessions.ts';
import * as waitingRoom from '../features/waiting-room/rules.ts';
import { isPublished, wireEvent as wireEventWith } from './wire-event.ts';
import { giveFeedback } from '../features/feedback/rules.ts';
import { setLocked } from '../features/moderation/moderation.ts';
import { FEATURE_RECORDS } from '../features/index.ts';

const wireEvent = (session: Session, event: SessionEvent) => wireEventWith(session, event, FEATURE_RECORDS);

const SESSION = 'sess_00000001';
const END = NINE + 20 * MINUTE;

/** A session with all published events of one that takes place. */
const visit = historyOf(
  (session) =>
    lifecycle.update(session, { title: 'Secret', scheduledAt: NINE + MINUTE }, RULES, BACKEND, NINE),
  (session) =>
    change(session, {}, NINE, SYSTEM, {
      type: 'session.reminder',
      minutesBefore: 60,
      startsAt: NINE + MINUTE,
    }),
  (session) => waitingRoom.wait(session, PATIENT, NINE + 1),
  (session) => waitingRoom.admit(session, PATIENT, SYSTEM, NINE + 2),
  (session) => setLocked(session, true, BACKEND, NINE + 2),
  (session) => attendance.enter(session, PATIENT, GRACE, NINE + 3),
  (session) => attendance.enter(session, DOCTOR, GRACE, NINE + 4),
  (session) => attendance.degraded(session, PATIENT, NINE + 5),
  (session) =>
    attendance.leave(session, PATIENT, { at: NINE + 6, reason: 'connection_lost' }, SYSTEM, NINE + 9),
  (session) => attendance.enter(session, PATIENT, GRACE, NINE + 10),
  (session) =>
    change(session, { messages: 1 }, NINE + 11, BACKEND, {
      type: 'chat.file_shared',
      seat: PATIENT,
      bytes: 12,
      contentType: 'image/png',
    }),
  (session) => people.remove(session, PATIENT, BACKEND, NINE + 12),
  (session) => lifecycle.end(session, 'host_ended', { type: 'participant', seat: DOCTOR }, END),
  (session) => giveFeedback(session, DOCTOR, { rating: 5, comment: 'Secret' }, BACKEND, END + 1),
  (session) => lifecycle.expire(session, END + HOUR),
);
const missed = historyOf((session) => lifecycle.expire(session, NINE + 2 * HOUR));
const unattended = historyOf(
  (session) => waitingRoom.wait(session, PATIENT, NINE),
  (session) => lifecycle.expire(session, NINE + 2 * HOUR),
);
const peopled = historyOf(
  (session) => putSeat(session, 'patient-1', 'patient', { displayName: 'Secret' }, BACKEND, NINE),
  (session) => revokeLinks(session, PATIENT, BACKEND, NINE),
  (session) => replaceSeat(session, DOCTOR, 'doctor-2', {}, BACKEND, NINE),
  (session) => replaceSeat(session, 3, 'doctor-1', {}, BACKEND, NINE),
);
const overrun = historyOf(
  (session) => lifecycle.start(session, BACKEND, NINE),
  (session) => lifecycle.expire(session, NINE + 55 * MINUTE),
);
const reopened = historyOf(
  (session) => lifecycle.end(session, 'backend_ended', BACKEND, NINE),
  (session) => lifecycle.reopen(session, BACKEND, NINE + MINUTE),
);
const elsewhere = historyAtZoom(
  (session) => meetings.failed(session, { kind: 'create', generation: 1 }, 'zoom_refused', null, NINE),
  (session) => meetings.changeProvider(session, 'zoom', { ...ZOOM, provider: 'jitsi' }, 'zoom_refused', NINE),
  (session) => change(session, {}, NINE + HOUR, SYSTEM, { type: 'report.updated' }),
);
const cancelled = historyOf((session) => lifecycle.cancel(session, BACKEND, NINE));
/** Published facts of features that have an example in their contract. */
const examples = Object.entries<FactContract>(FACTS).flatMap(([type, { webhook, example }]) =>
  webhook && example ? [{ type, ...example, seq: 1, at: NINE, by: BACKEND } as SessionEvent] : [],
);
const told = ({ session, events }: { session: Session; events: SessionEvent[] }) =>
  events.flatMap((event) => wireEvent(session, event) ?? []);
const all = [
  visit,
  missed,
  unattended,
  peopled,
  overrun,
  { ...reopened, events: reopened.events.slice(-2) },
  cancelled,
  elsewhere,
  { session: visit.session, events: examples },
].flatMap(told);

/** The data of each event of a type. */
function dataOf(type: string) {
  return all.filter((event) => event.type === type).map(({ data }) => data);
}

describe('wireEvent', () => {
  it('returns every published type of event in the form of its schema', () => {
    expect(all.map((event) => webhookEvent.parse(event))).toEqual(all);
    expect([...new Set(all.map(({ type }) => type))].sort()).toEqual([...WEBHOOK_EVENT_TYPES].sort());
  });

  it('returns null for events that are only for the audit log', () => {
    const silent = visit.events.filter(({ type }) => !isPublished(type));
    expect(silent.map(({ type }) => type)).toEqual(['room.locked']);
    expect(silent.map((event) => wireEvent(visit.session, event))).toEqual([null]);
  });

  it('builds the id from the session and the sequence number', () => {
    expect(all[0]).toMatchObject({
      id: `evt_${SESSION}_1`,
      type: 'session.created',
      timestamp: '2026-01-05T08:00:00.000Z',
      sessionId: SESSION,
      appointmentId: 'appointment-1',
      sequence: 1,
    });
    const sequence = told(visit).map(({ sequence: place }) => place);
    expect(sequence).toEqual([...sequence].sort((left, right) => left - right));
    expect(new Set(sequence).size).toBe(sequence.length);
  });

  it('contains no names, texts or e-mail addresses', () => {
    const text = JSON.stringify(all);
    for (const hidden of ['Secret', 'Check-up', 'letters', 'clinic', 'sfu-1'])
      expect(text).not.toContain(hidden);
  });

  it('includes the attendance interval when a participant joins or leaves', () => {
    const patient = {
      userId: 'patient-1',
      role: 'patient',
      interval: 1,
      joinedAt: '2026-01-05T09:00:00.003Z',
    };
    const left = (ms: string) => `2026-01-05T09:00:00.${ms}Z`;
    expect(dataOf('participant.joined')).toEqual([
      { ...patient, reconnects: 0 },
      {
        userId: 'doctor-1',
        role: 'doctor',
        interval: 1,
        joinedAt: '2026-01-05T09:00:00.004Z',
        reconnects: 0,
      },
      { ...patient, reconnects: 1 },
    ]);
    expect(dataOf('participant.left')).toEqual([
      { ...patient, reconnects: 0, leftAt: left('006'), reason: 'connection_lost' },
      { ...patient, reconnects: 1, leftAt: left('012'), reason: 'removed' },
    ]);
  });

  it('includes the last intervals of all participants when the meeting ends', () => {
    expect(dataOf('meeting.ended')).toMatchObject([
      {
        startedAt: '2026-01-05T09:00:00.003Z',
        endedAt: '2026-01-05T09:20:00.000Z',
        reason: 'host_ended',
        participants: [
          { userId: 'doctor-1', leftAt: '2026-01-05T09:20:00.000Z' },
          { userId: 'patient-1', reconnects: 1, leftAt: '2026-01-05T09:00:00.012Z' },
        ],
      },
    ]);
  });

  it('includes the actual end of a session that expired while the server was down', () => {
    expect(dataOf('session.no_show')).toMatchObject([{ closedAt: '2026-01-05T10:00:00.000Z' }]);
    expect(dataOf('participant.added')).toEqual([
      { userId: 'doctor-2', role: 'doctor', replaces: 'doctor-1' },
    ]);
    expect(dataOf('session.host_absent')).toMatchObject([
      { endedAt: '2026-01-05T10:00:00.000Z', waited: [{ userId: 'patient-1', waitingSeconds: 3600 }] },
    ]);
  });

  it('names an erased participant by the pseudonym', () => {
    const { next } = people.erase(visit.session, 'patient-1', 'erased-1', BACKEND, END + HOUR)!;
    const text = JSON.stringify(visit.events.map((event) => wireEvent(next, event)));
    expect(text).toContain('erased-1');
    expect(text).not.toContain('patient-1');
  });

  it('returns what is known of an event that an older version stored', () => {
    const event = { type: 'participant.joined', seat: PATIENT, seq: 9, at: NINE, by: SYSTEM } as const;
    const one = wireEvent(visit.session, event);
    expect(one?.data).toMatchObject({ interval: 1, joinedAt: '2026-01-05T09:00:00.000Z', reconnects: 0 });
  });
});
