import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import { dismissed } from './decisions.ts';
import type { SessionChange } from './session-store.ts';
import type { Session } from './session.ts';
import { after, BACKEND, DOCTOR, GRACE, MINUTE, newSession, NINE, PATIENT } from './testing/sessions.ts';

type Step = (session: Session) => SessionChange | null;

const enter =
  (seat: number, at: number): Step =>
  (session) =>
    attendance.enter(session, seat, GRACE, at);
const leave =
  (seat: number, at: number, reason: 'left' | 'dismissed'): Step =>
  (session) =>
    attendance.leave(session, seat, { at, reason }, BACKEND, at);

describe('dismissed()', () => {
  const both = after(newSession(), enter(DOCTOR, NINE), enter(PATIENT, NINE));
  const patient = both.seats[PATIENT]?.userId;

  it('names who was in and was made to leave, also some versions later', () => {
    const gone = after(both, leave(PATIENT, NINE + MINUTE, 'dismissed'));
    expect(dismissed(both, gone)).toEqual([patient]);
    expect(dismissed(both, after(gone, leave(DOCTOR, NINE + 2 * MINUTE, 'left')))).toEqual([patient]);
  });

  it('leaves out who left, who has come back, and who was out before', () => {
    const gone = after(both, leave(PATIENT, NINE + MINUTE, 'dismissed'));
    expect(dismissed(both, after(both, leave(PATIENT, NINE + MINUTE, 'left')))).toEqual([]);
    expect(dismissed(both, after(gone, enter(PATIENT, NINE + 2 * MINUTE)))).toEqual([]);
    expect(dismissed(gone, after(gone, leave(DOCTOR, NINE + 2 * MINUTE, 'left')))).toEqual([]);
    expect(dismissed(both, both)).toEqual([]);
  });
});
