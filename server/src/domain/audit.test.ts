import type { FactContract } from '@televisit/shared/core/contract';
import { FACTS } from '@televisit/shared/features/index';
import { AUDIT_ACTIONS, auditEntry } from '@televisit/shared/reports';
import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import { actorView, auditOf } from './audit.ts';
import { change } from './change.ts';
import { SYSTEM, type AuditNote, type HistoryEntry } from './events.ts';
import * as lifecycle from './lifecycle.ts';
import * as meetings from './meetings.ts';
import * as people from './people.ts';
import * as reminders from './reminders.ts';
import { putSeat, replaceSeat, revokeLinks } from './seats.ts';
import * as screenShare from '../features/screen-share/rules.ts';
import * as waitingRoom from '../features/waiting-room/rules.ts';
import {
  BACKEND,
  DOCTOR,
  EIGHT,
  GRACE,
  historyOf,
  HOUR,
  INTERPRETER,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
  RULES,
  ZOOM,
  historyAtZoom,
  seat,
} from './testing/sessions.ts';
import { giveFeedback } from '../features/feedback/rules.ts';
import { setLocked } from '../features/moderation/moderation.ts';

const NOTES: readonly AuditNote[] = [
  { type: 'link.issued', seat: PATIENT, seq: null, at: NINE, by: BACKEND },
  { type: 'participant.muted', seat: PATIENT, source: 'microphone', seq: null, at: NINE, by: BACKEND },
  { type: 'participant.asked_to_unmute', seat: PATIENT, seq: null, at: NINE, by: BACKEND },
  { type: 'screen_share.stopped_by_host', seat: PATIENT, seq: null, at: NINE, by: BACKEND },
  { type: 'chat.read', seq: null, at: NINE, by: BACKEND },
  { type: 'announcement.made', seq: null, at: NINE, by: BACKEND },
  { type: 'report.read', seq: null, at: NINE, by: BACKEND },
  { type: 'data.exported', seat: DOCTOR, seq: null, at: NINE, by: BACKEND },
  { type: 'calendar.revoked', seat: DOCTOR, seq: null, at: NINE, by: BACKEND },
];

/** The history of a visit with every type of event. */
const { session, events } = historyOf(
  (session) => reminders.replan(session, [30], EIGHT),
  (session) => reminders.remind(session, false, NINE - 30 * MINUTE),
  (session) => lifecycle.update(session, { title: 'Secret title', description: null }, RULES, BACKEND, NINE),
  (session) => lifecycle.place(session, 'sfu-2', NINE),
  (session) => waitingRoom.wait(session, PATIENT, NINE),
  (session) => waitingRoom.admit(session, PATIENT, SYSTEM, NINE),
  (session) => waitingRoom.wait(session, INTERPRETER, NINE),
  (session) => waitingRoom.decline(session, INTERPRETER, { type: 'participant', seat: DOCTOR }, NINE),
  (session) => attendance.enter(session, PATIENT, GRACE, NINE),
  (session) => attendance.enter(session, DOCTOR, GRACE, NINE),
  (session) => setLocked(session, true, { type: 'participant', seat: DOCTOR }, NINE),
  (session) => setLocked(session, false, { type: 'participant', seat: DOCTOR }, NINE),
  (session) => screenShare.start(session, PATIENT, NINE),
  (session) => screenShare.stop(session, PATIENT, NINE),
  (session) => screenShare.allow(session, false, { type: 'participant', seat: DOCTOR }, NINE),
  (session) => screenShare.allow(session, true, { type: 'participant', seat: DOCTOR }, NINE),
  (session) => attendance.degraded(session, PATIENT, NINE),
  (session) =>
    change(
      session,
      { messages: 1 },
      NINE,
      { type: 'participant', seat: PATIENT },
      {
        type: 'chat.file_shared',
        seat: PATIENT,
        bytes: 12,
        contentType: 'image/png',
      },
    ),
  (session) =>
    giveFeedback(
      session,
      PATIENT,
      { rating: 3, comment: 'Secret comment' },
      { type: 'participant', seat: PATIENT },
      NINE,
    ),
  (session) => people.remove(session, PATIENT, { type: 'participant', seat: DOCTOR }, NINE),
  (session) => people.erase(session, 'interpreter-1', 'erased-1', BACKEND, NINE),
  (session) => lifecycle.end(session, 'host_ended', { type: 'participant', seat: DOCTOR }, NINE),
  (session) => lifecycle.expire(session, NINE + HOUR),
);
const history: HistoryEntry[] = [...events, ...NOTES];
/** Facts of features that have an example in their contract. */
const examples = Object.entries<FactContract>(FACTS).flatMap(([type, { kind, example }]) =>
  example
    ? [{ type, ...example, seq: kind === 'note' ? null : 1, at: NINE, by: BACKEND } as HistoryEntry]
    : [],
);
/** What notifications leave in the log. */
const NOTIFIED = [
  ...(['notification.sent', 'notification.delivered', 'notification.failed'] as const).map((type) => ({
    type,
    seat: PATIENT,
    kind: 'reminder' as const,
    channel: 'sms' as const,
  })),
  { type: 'push.subscribed' as const, seat: PATIENT },
  { type: 'push.unsubscribed' as const, seat: PATIENT },
].map((note) => ({ ...note, seq: null, at: NINE, by: BACKEND }));
/** What operators of the console leave in the log. */
const BY_OPERATOR: readonly HistoryEntry[] = (
  [
    { type: 'console.read', part: 'history' },
    { type: 'console.found', seat: PATIENT },
    { type: 'console.replayed', event: 'meeting.ended' },
  ] as const
).map((note) => ({ ...note, seq: null, at: NINE, by: { type: 'operator', subject: 'link:abcdefgh' } }));
/** The ends of visits that did not take place. */
const missed = [
  ...historyOf((session) => lifecycle.cancel(session, BACKEND, NINE)).events.slice(1),
  ...historyOf(
    (session) => attendance.enter(session, DOCTOR, GRACE, NINE),
    (session) => lifecycle.expire(session, NINE + 55 * MINUTE),
    (session) => lifecycle.end(session, 'backend_ended', BACKEND, NINE + 56 * MINUTE),
    (session) => lifecycle.reopen(session, BACKEND, NINE + 57 * MINUTE),
  ).events.slice(-3),
  ...historyOf(
    (session) => putSeat(session, 'patient-1', 'patient', { displayName: 'Secret' }, BACKEND, NINE),
    (session) => revokeLinks(session, PATIENT, BACKEND, NINE),
    (session) => replaceSeat(session, DOCTOR, 'doctor-2', {}, BACKEND, NINE),
    (session) => replaceSeat(session, 3, 'doctor-1', {}, BACKEND, NINE),
  ).events.slice(1),
  ...historyAtZoom(
    (session) => meetings.failed(session, { kind: 'create', generation: 1 }, 'zoom_refused', null, NINE),
    (session) =>
      meetings.changeProvider(session, 'zoom', { ...ZOOM, provider: 'jitsi' }, 'zoom_refused', NINE),
    (session) => lifecycle.end(session, 'backend_ended', BACKEND, NINE + HOUR),
    (session) => change(session, {}, NINE + HOUR, SYSTEM, { type: 'report.updated' }),
  ).events.slice(1),
  ...historyOf((session) => lifecycle.expire(session, NINE + HOUR)).events.slice(1),
  ...historyOf(
    (session) => waitingRoom.wait(session, PATIENT, NINE),
    (session) => lifecycle.expire(session, NINE + HOUR),
  ).events.slice(2),
];

describe('auditOf', () => {
  const log = auditOf(session, history);

  it('returns an entry that matches the contract for every event, in order', () => {
    expect(log.map((entry) => auditEntry.parse(entry))).toEqual(log);
    expect(log.map(({ action }) => action)).toEqual(history.map(({ type }) => type));
    const rest = auditOf(session, [...missed, ...examples, ...NOTIFIED, ...BY_OPERATOR]);
    expect(rest.map((entry) => auditEntry.parse(entry))).toEqual(rest);
    const all = [...log, ...rest];
    expect([...new Set(all.map(({ action }) => action))].sort()).toEqual([...AUDIT_ACTIONS].sort());
  });

  it('contains actor, subject and details without names', () => {
    const doctor = { type: 'participant', userId: 'doctor-1' };
    const patient = { type: 'participant', userId: 'patient-1' };
    const backend = { type: 'backend', keyId: 'key-of-the-clinic' };
    expect(log.map(({ action, actor, userId, details }) => [action, actor, userId, details])).toEqual([
      ['session.created', backend, null, { node: 'sfu-1' }],
      ['session.reminder', { type: 'system' }, null, { minutesBefore: 30 }],
      ['session.updated', backend, null, { fields: ['title', 'description'] }],
      ['session.placed', { type: 'system' }, null, { node: 'sfu-2' }],
      ['participant.waiting', patient, 'patient-1', {}],
      ['participant.admitted', { type: 'system' }, 'patient-1', {}],
      ['participant.waiting', { type: 'participant', userId: 'erased-1' }, 'erased-1', {}],
      ['participant.declined', doctor, 'erased-1', {}],
      ['meeting.started', patient, null, {}],
      ['participant.joined', patient, 'patient-1', {}],
      ['participant.joined', doctor, 'doctor-1', {}],
      ['room.locked', doctor, null, {}],
      ['room.unlocked', doctor, null, {}],
      ['screen_share.started', patient, 'patient-1', {}],
      ['screen_share.stopped', patient, 'patient-1', {}],
      ['screen_share.forbidden', doctor, null, {}],
      ['screen_share.allowed', doctor, null, {}],
      ['quality.degraded', { type: 'system' }, 'patient-1', {}],
      ['chat.file_shared', patient, 'patient-1', { bytes: 12, contentType: 'image/png' }],
      ['feedback.submitted', patient, 'patient-1', { rating: 3 }],
      ['participant.left', doctor, 'patient-1', { reason: 'removed' }],
      ['participant.removed', doctor, 'patient-1', {}],
      ['user.erased', backend, 'erased-1', {}],
      ['meeting.ended', doctor, null, { reason: 'host_ended' }],
      ['report.ready', { type: 'system' }, null, {}],
      ['link.issued', backend, 'patient-1', {}],
      ['participant.muted', backend, 'patient-1', { source: 'microphone' }],
      ['participant.asked_to_unmute', backend, 'patient-1', {}],
      ['screen_share.stopped_by_host', backend, 'patient-1', {}],
      ['chat.read', backend, null, {}],
      ['announcement.made', backend, null, {}],
      ['report.read', backend, null, {}],
      ['data.exported', backend, 'doctor-1', {}],
      ['calendar.revoked', backend, 'doctor-1', {}],
    ]);
    expect(log[0]?.at).toBe('2026-01-05T08:00:00.000Z');
  });

  it('contains no names, addresses, titles or comments', () => {
    const named = {
      ...session,
      seats: [
        seat('doctor-1', 'doctor', { displayName: 'Secret Doctor', email: 'secret@clinic.test' }),
        seat('patient-1', 'patient', { displayName: 'Secret Patient', email: 'secret@home.test' }),
        seat('erased-1', 'interpreter'),
      ],
    };
    expect(JSON.stringify(auditOf(named, history))).not.toMatch(/secret/i);
    expect(JSON.stringify(history)).not.toMatch(/secret/i);
  });

  it('shows the pseudonym of an erased user, also in earlier entries', () => {
    const erased = people.erase(session, 'patient-1', 'erased-2', BACKEND, NINE)!;
    const written = JSON.stringify(auditOf(erased.next, [...history, ...erased.events]));
    expect(written).not.toContain('patient-1');
    expect(written).toContain('erased-2');
  });
});

describe('actorView', () => {
  it.each([
    [BACKEND, { type: 'backend', keyId: 'key-of-the-clinic' }],
    [{ type: 'participant', seat: INTERPRETER } as const, { type: 'participant', userId: 'interpreter-1' }],
    [SYSTEM, { type: 'system' }],
  ])('converts %j to %j', (actor, view) => expect(actorView(newSession(), actor)).toEqual(view));
});
