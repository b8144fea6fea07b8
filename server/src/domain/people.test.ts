import { identifier } from '@televisit/shared/core/fields';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import * as lifecycle from './lifecycle.ts';
import { giveFeedback } from '../features/feedback/rules.ts';
import * as people from './people.ts';
import type { Session } from './session.ts';
import {
  after,
  BACKEND,
  created,
  DOCTOR,
  GRACE,
  newSession,
  NINE,
  PATIENT,
  seat,
  sessionIn,
} from './testing/sessions.ts';

const LATER = NINE + 60_000;
const inside = after(
  newSession(),
  (session) => attendance.enter(session, DOCTOR, GRACE, NINE),
  (session) => attendance.enter(session, PATIENT, GRACE, NINE),
);

describe('requireSeat', () => {
  it('returns the index of a user’s seat', () => {
    expect(people.requireSeat(newSession(), 'patient-1')).toBe(PATIENT);
  });

  it('throws participant_not_found without a seat', () => {
    expect(() => people.requireSeat(newSession(), 'patient-2')).toThrow(
      expect.objectContaining({ code: 'participant_not_found' }),
    );
  });
});

describe('remove', () => {
  it('marks the seat as removed and closes the attendance in one version', () => {
    const { next, events } = people.remove(inside, PATIENT, BACKEND, LATER)!;
    expect(next.version).toBe(inside.version + 1);
    expect(next.seats.map(({ removedAt }) => removedAt)).toEqual([null, LATER, null]);
    expect(next.intervals).toMatchObject([
      { seat: DOCTOR, leftAt: null },
      { seat: PATIENT, leftAt: LATER, reason: 'removed' },
    ]);
    expect(events).toMatchObject([
      { type: 'participant.left', seat: PATIENT, reason: 'removed', by: BACKEND },
      { type: 'participant.removed', seat: PATIENT, by: BACKEND },
    ]);
  });

  it('keeps the identity of the user', () => {
    const { userId, role } = people.remove(inside, PATIENT, BACKEND, LATER)!.next.seats[PATIENT]!;
    expect({ userId, role }).toEqual({ userId: 'patient-1', role: 'patient' });
  });

  it('only marks the seat when the user is not present', () => {
    const { events } = people.remove(newSession(), PATIENT, BACKEND, NINE)!;
    expect(events.map(({ type }) => type)).toEqual(['participant.removed']);
  });

  it('changes nothing when the user was removed before, even after the end', () => {
    const removed = after(inside, (session) => people.remove(session, PATIENT, BACKEND, LATER));
    const over = after(removed, (session) => lifecycle.end(session, 'host_ended', BACKEND, LATER));
    for (const session of [removed, over]) {
      expect(people.remove(session, PATIENT, BACKEND, LATER + 1)).toBeNull();
    }
  });

  it.each(['ended', 'cancelled'] as const)('throws session_closed when the visit is %s', (status) => {
    expect(() => people.remove(sessionIn(status), PATIENT, BACKEND, LATER)).toThrow(
      expect.objectContaining({ code: 'session_closed' }),
    );
  });
});

describe('erase', () => {
  const erase = (session: Session) => people.erase(session, 'patient-1', 'erased-1', BACKEND, LATER);

  it('replaces the user with the pseudonym, removes the seat and closes the attendance in one version', () => {
    const { next, events } = erase(inside)!;
    expect(next.version).toBe(inside.version + 1);
    expect(next.seats).toEqual([
      inside.seats[DOCTOR],
      seat('erased-1', 'patient', { removedAt: LATER, unrecordedBefore: LATER }),
      inside.seats[2],
    ]);
    expect(next.intervals[1]).toMatchObject({ seat: PATIENT, leftAt: LATER, reason: 'removed' });
    expect(events).toMatchObject([
      { type: 'participant.left', seat: PATIENT },
      { type: 'user.erased', seat: PATIENT },
    ]);
  });

  it.each(['ended', 'cancelled'] as const)(
    'does not mark the seat as removed when the visit is %s',
    (status) => {
      const session = sessionIn(status);
      const { next, events } = erase(session)!;
      expect(next.seats[PATIENT]).toEqual(seat('erased-1', 'patient', { unrecordedBefore: LATER }));
      expect(next.intervals).toEqual(session.intervals);
      expect(events.map(({ type }) => type)).toEqual(['user.erased']);
    },
  );

  it('keeps the time of an earlier removal', () => {
    const removed = after(inside, (session) => people.remove(session, PATIENT, BACKEND, NINE + 1));
    expect(erase(removed)?.next.seats[PATIENT]).toMatchObject({ removedAt: NINE + 1 });
  });

  it('deletes the user’s comment but no ratings, and nothing of others', () => {
    const given = after(
      inside,
      (session) => giveFeedback(session, PATIENT, { rating: 2, comment: 'Mine' }, BACKEND, NINE),
      (session) => giveFeedback(session, DOCTOR, { rating: 5, comment: 'Hers' }, BACKEND, NINE),
    );
    expect(erase(given)?.next.feedback).toMatchObject([
      { seat: PATIENT, rating: 2, comment: null },
      { seat: DOCTOR, rating: 5, comment: 'Hers' },
    ]);
  });

  it('clears the digest of the idempotent request and keeps its key reserved', () => {
    const keyed = newSession({ idempotency: { key: 'k', fingerprint: 'digest-of-the-request' } });
    const { idempotency } = erase(keyed)!.next;
    expect(idempotency!.key).toBe('k');
    expect(idempotency!.fingerprint).not.toContain('digest-of-the-request');
  });

  it('changes nothing without a seat, or when repeated', () => {
    expect(people.erase(newSession(), 'nobody', 'erased-1', BACKEND, LATER)).toBeNull();
    expect(erase(after(inside, erase))).toBeNull();
  });

  it('prevents the user from entering', () => {
    expect(() => attendance.enter(after(newSession(), erase), PATIENT, GRACE, LATER)).toThrow(
      expect.objectContaining({ code: 'removed' }),
    );
  });

  describe('for arbitrary users', () => {
    const printable = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => identifier.safeParse(text).success);
    const person = fc.record({
      userId: printable,
      displayName: fc.option(printable),
      email: fc.option(fc.emailAddress()),
      comment: fc.option(printable),
    });
    type Person = typeof person extends fc.Arbitrary<infer P> ? P : never;

    /** Creates a visit with every kind of personal data and erases the user. */
    function erasedVisitOf({ userId, displayName, email, comment }: Person, over: boolean) {
      const first = created({
        seats: [seat('the doctor', 'doctor'), seat(userId, 'patient', { displayName, email })],
        idempotency: { key: 'k', fingerprint: `digest of ${userId} and ${displayName}` },
      });
      const before = after(
        first.next,
        (session) => attendance.enter(session, PATIENT, GRACE, NINE),
        (session) => giveFeedback(session, PATIENT, { rating: 3, comment }, BACKEND, NINE),
      );
      const ended = after(before, (session) =>
        lifecycle.end(session, 'host_ended', { type: 'participant', seat: PATIENT }, NINE),
      );
      return people.erase(over ? ended : before, userId, 'erased-1', BACKEND, LATER)!;
    }

    it('leaves the same data regardless of the erased user', () => {
      fc.assert(
        fc.property(person, person, fc.boolean(), (one, other, over) => {
          fc.pre(one.userId !== 'the doctor' && other.userId !== 'the doctor');
          expect(erasedVisitOf(one, over)).toEqual(erasedVisitOf(other, over));
        }),
      );
    });

    it('leaves no id, name, email or comment in the serialised session and its events', () => {
      fc.assert(
        fc.property(person, fc.boolean(), (given, over) => {
          // Marked, so that a match cannot be accidental.
          const mark = (text: string | null) => text && `¤${text}¤`;
          const marked = {
            userId: `¤${given.userId}¤`,
            displayName: mark(given.displayName),
            email: mark(given.email),
            comment: mark(given.comment),
          };
          const { next, events } = erasedVisitOf(marked, over);
          const written = JSON.stringify({ next, events });
          expect(written).not.toContain('¤');
          expect(written).toContain('erased-1');
        }),
      );
    });
  });
});
