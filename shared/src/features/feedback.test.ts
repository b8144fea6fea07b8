import { describe, expect, it } from 'vitest';
import { feedbackRequest, visitFeedbackRequest } from './feedback.ts';

describe('visitFeedbackRequest', () => {
  it.each([
    { rating: 1 },
    { rating: 5, comment: null },
    { rating: 3, comment: 'Two\nlines, 👍🏽 and می\u200cخواهم.' },
    { rating: 3, comment: 'c'.repeat(2000) },
  ])('takes %j', (body) => expect(visitFeedbackRequest.parse(body)).toEqual(body));

  it.each([
    {},
    { rating: 0 },
    { rating: 6 },
    { rating: 4.5 },
    { rating: '5' },
    { rating: 5, comment: '' },
    { rating: 5, comment: 'c'.repeat(2001) },
    { rating: 5, comment: 'a\u0000' },
    { rating: 5, userId: 'somebody-else' },
  ])('refuses %j', (body) => expect(visitFeedbackRequest.safeParse(body).success).toBe(false));
});

describe('feedbackRequest', () => {
  it('names the person who gives the feedback', () => {
    expect(feedbackRequest.safeParse({ userId: 'u', rating: 5 }).success).toBe(true);
    expect(feedbackRequest.safeParse({ rating: 5 }).success).toBe(false);
  });
});
