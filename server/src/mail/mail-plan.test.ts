import { describe, expect, it } from 'vitest';
import { newMail, type Mail } from '../domain/mail-store.ts';
import {
  after,
  BACKEND,
  EIGHT,
  HOUR,
  MINUTE,
  newSession,
  NINE,
  RULES,
  seat,
} from '../domain/testing/sessions.ts';
import * as lifecycle from '../domain/lifecycle.ts';
import { mailsFor, nextTry, reasonToDrop } from './mail-plan.ts';

const PATIENT = 1;
const visit = (changes: Parameters<typeof newSession>[0] = {}) =>
  newSession({
    seats: [seat('d', 'doctor'), seat('p', 'patient', { email: 'p@home.test' })],
    ...changes,
  });
const reminder = (changes: Partial<Mail> = {}, minutesBefore = 60): Mail => ({
  ...newMail(
    { sessionId: 'sess_00000001', seat: PATIENT, kind: 'reminder', minutesBefore, sequence: 0 },
    NINE - HOUR,
  ),
  ...changes,
});

describe('mailsFor', () => {
  it.each([
    ['was sent', { state: 'sent' }, 1],
    ['is pending', { state: 'pending' }, 1],
    ['was out of date before it was sent', { state: 'dropped', error: 'out_of_date' }, 1],
    ['was never answered by the mail server', { state: 'failed', error: 'ENOANSWER' }, 1],
    ['was aborted', { state: 'failed', error: 'EABORT' }, 1],
    ['was rejected', { state: 'failed', error: 'EENVELOPE 550' }, 0],
    ['was too late', { state: 'dropped', error: 'too_late' }, 0],
  ] as const)('plans a cancellation or not if the previous e-mail %s: %o', (_, changes, expected) => {
    const cancelled = after(visit(), (session) => lifecycle.cancel(session, BACKEND, EIGHT));
    expect(mailsFor(cancelled, [reminder(changes)], EIGHT)).toHaveLength(expected);
  });
});

describe('a visit that is moved to a time that has begun', () => {
  const told = visit({ mail: { told: 0, reminder: null } });
  const begun = NINE - 3 * HOUR;
  const now = begun + 21_000;
  const moved = after(told, (session) =>
    lifecycle.update(session, { scheduledAt: begun }, RULES, BACKEND, begun + 20_000),
  );

  it('mailsFor mails a visit that moved to now to people who know another time, until its window closes', () => {
    const mails = mailsFor(moved, [reminder({ state: 'sent' })], now);
    expect(mails).toMatchObject([{ seat: PATIENT, kind: 'moved' }]);
    expect(reasonToDrop(mails[0]!, moved, now)).toBeNull();
    expect(mailsFor(moved, [reminder({ state: 'sent' })], moved.closesAt)).toEqual([]);
    expect(reasonToDrop(mails[0]!, moved, moved.closesAt)).toBe('too_late');
  });
});

describe('reasonToDrop of a reminder', () => {
  it('is too_late after half of its lead time has passed', () => {
    expect(reasonToDrop(reminder(), visit(), NINE - 30 * MINUTE)).toBeNull();
    expect(reasonToDrop(reminder(), visit(), NINE - 30 * MINUTE + 1)).toBe('too_late');
  });

  it('is too_late if a later reminder was issued', () => {
    const early = reminder({}, 1440);
    expect(reasonToDrop(early, visit({ reminded: 1440 }), NINE - 20 * HOUR)).toBeNull();
    expect(reasonToDrop(early, visit({ reminded: 900 }), NINE - 14 * HOUR)).toBe('too_late');
  });
});

describe('nextTry', () => {
  const now = NINE - HOUR;
  it('returns null after three attempts if the e-mail may have arrived', () => {
    for (const error of ['ENOANSWER', 'EABORT']) {
      expect(nextTry(reminder({ attempts: 2 }), visit(), error, now, 0.5)).toBe(now + MINUTE);
      expect(nextTry(reminder({ attempts: 3 }), visit(), error, now, 0.5)).toBeNull();
    }
  });

  it('keeps retrying an e-mail that no server accepted', () => {
    expect(nextTry(reminder({ attempts: 9 }), visit(), 'ESOCKET', now, 0.5)).toBe(now + 15 * MINUTE);
  });
});
