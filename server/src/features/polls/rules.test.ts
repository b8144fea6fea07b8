import { TelevisitError } from '@televisit/shared/errors';
import { pollRecord } from '@televisit/shared/features/polls';
import { MAX_POLLS } from '@televisit/shared/features/polls.vocabulary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOCTOR, newSession, NINE, PATIENT, sessionIn } from '../../domain/testing/sessions.ts';
import type { StoredPoll } from './poll-store.ts';
import {
  castVote,
  closePoll,
  countsOf,
  exportedVotes,
  forgetVoter,
  openPoll,
  recordOf,
  viewOf,
  type Question,
} from './rules.ts';

const QUESTION: Question = {
  question: 'Which day suits you?',
  answers: ['Monday', 'Tuesday', 'Friday'],
  multiple: false,
  anonymous: false,
  correct: null,
};
const opened = (changes: Partial<Question> = {}) => openPoll([], { ...QUESTION, ...changes }, 'p1', NINE);
const voted = (
  poll: StoredPoll,
  ...votes: readonly (readonly [seat: number, answers: readonly number[]])[]
) =>
  votes.reduce<StoredPoll>((current, [seat, answers]) => castVote(current, seat, answers) ?? current, poll);
const closed = (poll: StoredPoll) => closePoll(poll, NINE + 5)!;

describe('openPoll', () => {
  it('numbers polls and refuses a second open one', () => {
    expect(opened()).toMatchObject({ seq: 1, version: 1, openedAt: NINE, closedAt: null, votes: [] });
    expect(() => openPoll([opened()], QUESTION, 'p2', NINE)).toThrow(new TelevisitError('poll_open'));
    expect(openPoll([closed(opened())], QUESTION, 'p2', NINE).seq).toBe(2);
  });

  it('refuses more polls than a session keeps', () => {
    const full = Array.from({ length: MAX_POLLS }, () => closed(opened()));
    expect(() => openPoll(full, QUESTION, 'p', NINE)).toThrow(new TelevisitError('polls_full'));
  });
});

describe('castVote', () => {
  it('replaces an earlier vote, and changes nothing when the vote is the same', () => {
    const poll = voted(opened(), [PATIENT, [0]], [DOCTOR, [2]]);
    expect(countsOf(poll)).toEqual([1, 0, 1]);
    expect(countsOf(voted(poll, [PATIENT, [1]]))).toEqual([0, 1, 1]);
    expect(castVote(poll, PATIENT, [0])).toBeNull();
  });

  it('refuses answers that the poll does not have, several of a single choice, and votes after the end', () => {
    const code = (poll: StoredPoll, answers: readonly number[]) => {
      try {
        return castVote(poll, PATIENT, answers)?.votes;
      } catch (error) {
        return (error as TelevisitError).code;
      }
    };
    expect(code(opened(), [3])).toBe('validation_failed');
    expect(code(opened(), [0, 1])).toBe('validation_failed');
    expect(code(opened({ multiple: true }), [1, 0])).toEqual([{ seat: PATIENT, answers: [0, 1] }]);
    expect(code(closed(opened()), [0])).toBe('poll_closed');
  });
});

describe('closePoll', () => {
  it('keeps the voters of a named poll, and forgets those of an anonymous one', () => {
    const votes = [
      [PATIENT, [1]],
      [DOCTOR, [0]],
    ] as const;
    expect(closed(voted(opened(), ...votes)).votes).toHaveLength(2);
    const { votes: left } = closed(voted(opened({ anonymous: true }), ...votes));
    expect(left).toEqual([
      { seat: null, answers: [0] },
      { seat: null, answers: [1] },
    ]);
  });

  it('returns null if the poll is closed', () => {
    expect(closePoll(closed(opened()), NINE + 6)).toBeNull();
  });
});

describe('viewOf', () => {
  const session = newSession();

  it('names the voters of a named poll to everyone, and nobody in an anonymous one', () => {
    const named = viewOf(session, voted(opened(), [DOCTOR, [0]]), PATIENT);
    expect(named.votes).toEqual([{ userId: 'doctor-1', displayName: null, role: 'doctor', answers: [0] }]);
    const hidden = voted(opened({ anonymous: true }), [DOCTOR, [0]]);
    for (const seat of [PATIENT, DOCTOR]) {
      expect(viewOf(session, hidden, seat)).toMatchObject({ votes: null, counts: [1, 0, 0] });
      expect(JSON.stringify(viewOf(session, hidden, seat))).not.toContain('doctor-1');
    }
    expect(viewOf(session, hidden, DOCTOR).mine).toEqual([0]);
    expect(viewOf(session, hidden, PATIENT).mine).toEqual([]);
  });

  it('reveals the correct answer to hosts at once, and to others when the poll is closed or the visit over', () => {
    const quiz = opened({ correct: 2 });
    expect(viewOf(session, quiz, DOCTOR).correct).toBe(2);
    expect(viewOf(session, quiz, PATIENT)).toMatchObject({ quiz: true, correct: null });
    expect(viewOf(session, closed(quiz), PATIENT).correct).toBe(2);
    expect(viewOf(sessionIn('ended'), quiz, PATIENT)).toMatchObject({ correct: 2 });
  });
});

describe('recordOf', () => {
  it('names voters of named polls by user id, and none of anonymous ones', () => {
    const session = newSession();
    const named = recordOf(session, voted(opened(), [PATIENT, [1]]));
    expect(pollRecord.parse(named).answers[1]).toEqual({ text: 'Tuesday', votes: 1, userIds: ['patient-1'] });
    const hidden = recordOf(session, voted(opened({ anonymous: true }), [PATIENT, [1]]));
    expect(hidden.answers[1]).toEqual({ text: 'Tuesday', votes: 1, userIds: null });
  });
});

describe('polls', () => {
  const vote = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.subarray([0, 1, 2], { minLength: 1 }));

  it('count the last vote of each person, whoever is erased in between', () => {
    fc.assert(
      fc.property(
        fc.array(vote),
        fc.boolean(),
        fc.array(fc.integer({ min: 0, max: 2 })),
        (votes, anonymous, gone) => {
          const last = new Map(votes);
          const poll = voted(opened({ multiple: true, anonymous }), ...votes);
          const expected = [0, 1, 2].map(
            (index) => [...last.values()].filter((answers) => answers.includes(index)).length,
          );
          const erased = gone.reduce((one, seat) => forgetVoter(one, seat) ?? one, poll);
          for (const one of [poll, erased, closed(poll), closed(erased)]) {
            expect(countsOf(one)).toEqual(expected);
            expect(one.votes).toHaveLength(last.size);
          }
          for (const seat of gone) expect(exportedVotes([erased], seat)).toEqual([]);
          if (anonymous) expect(closed(poll).votes.every(({ seat }) => seat === null)).toBe(true);
        },
      ),
    );
  });
});
