import type { NewPoll } from '../../../sdk/index.ts';

/** The poll as a host has written it so far; `correct` is the index of a field, null without a correct answer. */
export interface Draft {
  readonly question: string;
  readonly answers: readonly string[];
  readonly multiple: boolean;
  readonly anonymous: boolean;
  readonly correct: number | null;
}

export const EMPTY_DRAFT: Draft = {
  question: '',
  answers: ['', ''],
  multiple: false,
  anonymous: false,
  correct: null,
};

export type DraftProblem = 'polls.needQuestion' | 'polls.needAnswers' | 'polls.sameAnswers';

/** Returns the poll of a draft as the server accepts it, without empty answers, or what is missing. */
export function pollOf(draft: Draft): NewPoll | DraftProblem {
  const question = lineOf(draft.question);
  const texts = draft.answers.map(lineOf);
  const answers = texts.filter((text) => text !== '');
  if (question === '') return 'polls.needQuestion';
  if (answers.length < 2) return 'polls.needAnswers';
  if (new Set(answers).size < answers.length) return 'polls.sameAnswers';
  const { multiple, anonymous, correct } = draft;
  const index = correct === null ? -1 : answers.indexOf(texts[correct] ?? '');
  return { question, answers, multiple, anonymous, correct: index < 0 ? null : index };
}

/** Removes an answer, and the mark of the correct one if it is that. */
export function withoutAnswer(draft: Draft, index: number): Draft {
  const { correct } = draft;
  const moved = correct === null || correct === index ? null : correct > index ? correct - 1 : correct;
  return { ...draft, answers: draft.answers.filter((_, other) => other !== index), correct: moved };
}

/** Returns a line of text as the server accepts it, without invisible control characters; empty if nothing is left. */
function lineOf(text: string): string {
  const clean = text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
  return /^[\p{Cf}\s]*$/u.test(clean) ? '' : clean;
}
