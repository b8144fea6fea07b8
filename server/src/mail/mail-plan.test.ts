import { describe, expect, it } from 'vitest';
import { newMail, type Mail } from '../domain/mail-store.ts';
import { after, BACKEND, EIGHT, HOUR, MINUTE, newSession, NINE, seat } from '../domain/testing/sessions.ts';
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
    ['is on its way', { state: 'pending' }, 1],
    ['was out of date before it went', { state: 'dropped', error: 'out_of_date' }, 1],
    ['was never answered by the mail server', { state: 'failed', error: 'ENOANSWER' }, 1],
    ['was broken off', { state: 'failed', error: 'EABORT' }, 1],
    ['was refused', { state: 'failed', error: 'EENVELOPE 550' }, 0],
    ['was too late', { state: 'dropped', error: 'too_late' }, 0],
  ] as const)('tells who has a mail that %s of the cancelling: %o', (_, changes, expected) => {
    const cancelled = after(visit(), (session) => lifecycle.cancel(session, BACKEND, EIGHT));
    expect(mailsFor(cancelled, [reminder(changes)], EIGHT)).toHaveLength(expected);
  });
});

describe('reasonToDrop of a reminder', () => {
  it('is that it is not worthwhile any more, half of its lead late', () => {
    expect(reasonToDrop(reminder(), visit(), NINE - 30 * MINUTE)).toBeNull();
    expect(reasonToDrop(reminder(), visit(), NINE - 30 * MINUTE + 1)).toBe('too_late');
  });

  it('is that a later one was given', () => {
    const early = reminder({}, 1440);
    expect(reasonToDrop(early, visit({ reminded: 1440 }), NINE - 20 * HOUR)).toBeNull();
    expect(reasonToDrop(early, visit({ reminded: 900 }), NINE - 14 * HOUR)).toBe('too_late');
  });
});

describe('nextTry', () => {
  const now = NINE - HOUR;
  it('of a mail that may have arrived is given up after three times', () => {
    for (const error of ['ENOANSWER', 'EABORT']) {
      expect(nextTry(reminder({ attempts: 2 }), visit(), error, now, 0.5)).toBe(now + MINUTE);
      expect(nextTry(reminder({ attempts: 3 }), visit(), error, now, 0.5)).toBeNull();
    }
  });

  it('of a mail that no server had goes on', () => {
    expect(nextTry(reminder({ attempts: 9 }), visit(), 'ESOCKET', now, 0.5)).toBe(now + 15 * MINUTE);
  });
});
