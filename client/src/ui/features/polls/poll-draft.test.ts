import { describe, expect, it } from 'vitest';
import { EMPTY_DRAFT, pollOf, withoutAnswer } from './poll-draft.ts';

const draft = (answers: string[], correct: number | null = null) => ({
  ...EMPTY_DRAFT,
  question: ' Which day? ',
  answers,
  correct,
});

describe('pollOf', () => {
  it('returns the poll without empty answers and surrounding space', () => {
    expect(pollOf(draft([' Monday', '', 'Friday\u202e'], 2))).toEqual({
      question: 'Which day?',
      answers: ['Monday', 'Friday'],
      multiple: false,
      anonymous: false,
      correct: 1,
    });
  });

  it('has no correct answer when that field is empty', () => {
    expect(pollOf(draft(['Monday', '', 'Friday'], 1))).toMatchObject({ correct: null });
  });

  it('returns what is missing', () => {
    expect(pollOf({ ...draft(['a', 'b']), question: ' \u200d ' })).toBe('polls.needQuestion');
    expect(pollOf(draft(['a', ' ']))).toBe('polls.needAnswers');
    expect(pollOf(draft(['a', 'a ', 'b']))).toBe('polls.sameAnswers');
  });
});

describe('withoutAnswer', () => {
  it('keeps the mark at the same answer', () => {
    expect(withoutAnswer(draft(['a', 'b', 'c'], 2), 0)).toMatchObject({ answers: ['b', 'c'], correct: 1 });
    expect(withoutAnswer(draft(['a', 'b', 'c'], 0), 2)).toMatchObject({ answers: ['a', 'b'], correct: 0 });
    expect(withoutAnswer(draft(['a', 'b', 'c'], 1), 1)).toMatchObject({ answers: ['a', 'c'], correct: null });
  });
});
