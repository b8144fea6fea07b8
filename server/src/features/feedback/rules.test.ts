import { describe, expect, it } from 'vitest';
import {
  after,
  BACKEND,
  DOCTOR,
  newSession,
  NINE,
  PATIENT,
  sessionIn,
} from '../../domain/testing/sessions.ts';
import { giveFeedback } from './rules.ts';

const LATER = NINE + 60_000;

describe('giveFeedback', () => {
  const feedback = { rating: 4, comment: 'Clear picture.' };

  it.each(['scheduled', 'live', 'ended', 'cancelled'] as const)(
    'stores feedback when the visit is %s',
    (status) => {
      const session = sessionIn(status);
      const { next, events } = giveFeedback(session, PATIENT, feedback, BACKEND, LATER);
      expect(next.feedback).toEqual([{ seat: PATIENT, ...feedback, at: LATER }]);
      expect(next.status).toBe(status);
      expect(events).toEqual([
        {
          type: 'feedback.submitted',
          seat: PATIENT,
          rating: 4,
          seq: session.eventCount + 1,
          at: LATER,
          by: BACKEND,
        },
      ]);
    },
  );

  it('accepts feedback once per participant', () => {
    const given = after(
      newSession(),
      (session) => giveFeedback(session, PATIENT, feedback, BACKEND, NINE),
      (session) => giveFeedback(session, DOCTOR, { rating: 1, comment: null }, BACKEND, NINE),
    );
    expect(given.feedback.map(({ seat, rating }) => [seat, rating])).toEqual([
      [PATIENT, 4],
      [DOCTOR, 1],
    ]);
    expect(() => giveFeedback(given, PATIENT, feedback, BACKEND, LATER)).toThrow(
      expect.objectContaining({ code: 'feedback_given' }),
    );
  });
});
