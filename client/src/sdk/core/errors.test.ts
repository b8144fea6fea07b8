import { describe, expect, it } from 'vitest';
import { endsConnection, isAnswer, isFinal, VisitError } from './errors.ts';

describe('VisitError', () => {
  it('fromAck() keeps the code and the message of the server, and when to try again', () => {
    const error = VisitError.fromAck({ code: 'not_yours', message: 'no such producer' });
    expect(error).toMatchObject({ name: 'VisitError', code: 'not_yours', message: 'no such producer' });
    expect(error.retryAfter).toBeNull();
    expect(VisitError.fromAck({ code: 'no_capacity', message: '', retryAfter: 10 }).retryAfter).toBe(10);
  });

  it('from() hands a VisitError through and wraps anything else with its cause', () => {
    const own = new VisitError('unreachable');
    expect(VisitError.from(own)).toBe(own);
    const cause = new TypeError('boom');
    expect(VisitError.from(cause)).toMatchObject({ code: 'internal_error', cause });
    expect(VisitError.from(cause, 'media_missing').code).toBe('media_missing');
  });

  it.each([
    ['NotAllowedError', 'media_denied'],
    ['SecurityError', 'media_denied'],
    ['NotFoundError', 'media_missing'],
    ['OverconstrainedError', 'media_missing'],
    ['NotReadableError', 'media_in_use'],
    ['AbortError', 'media_in_use'],
  ])('fromMedia() of %s is %s', (name, code) => {
    expect(VisitError.fromMedia(new DOMException('no', name)).code).toBe(code);
  });

  it('fromMedia() of something that is no error counts as a missing device', () => {
    expect(VisitError.fromMedia('no').code).toBe('media_missing');
  });
});

describe('VisitError without any times', () => {
  it('has none, and knows of no clock that differs', () => {
    const { opensAt, closedAt, clockOffset, retryAfter } = new VisitError('unreachable');
    expect({ opensAt, closedAt, clockOffset, retryAfter }).toEqual({
      opensAt: null,
      closedAt: null,
      clockOffset: 0,
      retryAfter: null,
    });
  });
});

describe('isFinal', () => {
  it.each([
    'token_expired',
    'token_signature',
    'session_over',
    'session_not_found',
    'replaced',
    'removed',
    'visit_full',
    'unsupported_browser',
  ] as const)('is true for %s, which trying again can’t mend', (code) => expect(isFinal(code)).toBe(true));

  it.each([
    'unreachable',
    'shutting_down',
    'no_capacity',
    'media_unavailable',
    'internal_error',
    'not_open_yet',
  ] as const)('is false for %s, which passes', (code) => expect(isFinal(code)).toBe(false));
});

describe('endsConnection', () => {
  it.each(['session_over', 'removed', 'not_open_yet'] as const)('is true for %s', (code) =>
    expect(endsConnection(code)).toBe(true),
  );

  it.each(['unreachable', 'shutting_down'] as const)('is false for %s, which another try may mend', (code) =>
    expect(endsConnection(code)).toBe(false),
  );
});

describe('isAnswer', () => {
  it('is true for whatever the server refuses, and false where nobody answers', () => {
    expect(isAnswer(new VisitError('not_prepared'))).toBe(true);
    expect(isAnswer(new VisitError('unreachable'))).toBe(false);
  });
});
