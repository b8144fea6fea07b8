import type { LeaveReason } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import { dismissed, isTakenForGone } from './attendance.ts';
import type { SessionChange } from './session-store.ts';
import type { Session } from './session.ts';
import { after, BACKEND, DOCTOR, GRACE, MINUTE, newSession, NINE, PATIENT } from './testing/sessions.ts';

type Step = (session: Session) => SessionChange | null;

const enter =
  (seat: number, at: number): Step =>
  (session) =>
    attendance.enter(session, seat, GRACE, at);
const leave =
  (seat: number, at: number, reason: LeaveReason): Step =>
  (session) =>
    attendance.leave(session, seat, { at, reason }, BACKEND, at);

describe('dismissed()', () => {
  const both = after(newSession(), enter(DOCTOR, NINE), enter(PATIENT, NINE));
  const patient = both.seats[PATIENT]?.userId;

  it('returns participants dismissed since the earlier version, also after further changes', () => {
    const gone = after(both, leave(PATIENT, NINE + MINUTE, 'dismissed'));
    expect(dismissed(both, gone)).toEqual([patient]);
    expect(dismissed(both, after(gone, leave(DOCTOR, NINE + 2 * MINUTE, 'left')))).toEqual([patient]);
  });

  it('omits participants who left, have returned, or were absent before', () => {
    const gone = after(both, leave(PATIENT, NINE + MINUTE, 'dismissed'));
    expect(dismissed(both, after(both, leave(PATIENT, NINE + MINUTE, 'left')))).toEqual([]);
    expect(dismissed(both, after(gone, enter(PATIENT, NINE + 2 * MINUTE)))).toEqual([]);
    expect(dismissed(gone, after(gone, leave(DOCTOR, NINE + 2 * MINUTE, 'left')))).toEqual([]);
    expect(dismissed(both, both)).toEqual([]);
  });
});

describe('isTakenForGone()', () => {
  const inside = after(newSession(), enter(PATIENT, NINE));

  it.each([
    ['is present', [], false],
    ['lost the connection', [leave(PATIENT, NINE + MINUTE, 'connection_lost')], true],
    ['left', [leave(PATIENT, NINE + MINUTE, 'left')], false],
    ['was dismissed', [leave(PATIENT, NINE + MINUTE, 'dismissed')], false],
    [
      'has returned',
      [leave(PATIENT, NINE + MINUTE, 'connection_lost'), enter(PATIENT, NINE + MINUTE)],
      false,
    ],
  ] as const)('returns the expected result for a participant who %s', (_, steps, expected) => {
    expect(isTakenForGone(after(inside, ...steps), 'patient-1')).toBe(expected);
  });

  it('returns false for a participant who never joined', () => {
    expect(isTakenForGone(newSession(), 'patient-1')).toBe(false);
  });
});
