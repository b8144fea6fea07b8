import type { PollView } from '@televisit/shared/features/polls';
import { describe, expect, it } from 'vitest';
import { withPoll } from './polls.ts';

const poll = (change: Partial<PollView> = {}): PollView => ({
  pollId: 'p1',
  version: 1,
  question: 'Which day?',
  answers: ['Monday', 'Friday'],
  multiple: false,
  anonymous: true,
  quiz: false,
  correct: null,
  counts: [0, 0],
  voters: 0,
  votes: null,
  mine: [],
  openedAt: '2026-01-01T10:05:00.000Z',
  closedAt: null,
  ...change,
});

describe('withPoll', () => {
  it('adds polls in the order in which they were opened', () => {
    const second = poll({ pollId: 'p2', openedAt: '2026-01-01T10:06:00.000Z' });
    expect(withPoll([second], poll())).toEqual([poll(), second]);
  });

  it('replaces an older version only', () => {
    const newer = poll({ version: 3, counts: [1, 0], voters: 1 });
    expect(withPoll([poll()], newer)).toEqual([newer]);
    expect(withPoll([newer], poll({ version: 2 }))).toEqual([newer]);
  });

  it('keeps the own vote when an anonymous poll is closed', () => {
    const closed = poll({ version: 3, closedAt: '2026-01-01T10:07:00.000Z' });
    expect(withPoll([poll({ version: 2, mine: [1] })], closed)[0]?.mine).toEqual([1]);
    const named = { ...closed, anonymous: false };
    expect(withPoll([poll({ version: 2, mine: [1] })], named)[0]?.mine).toEqual([]);
  });
});
