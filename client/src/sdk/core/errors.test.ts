import { describe, expect, it } from 'vitest';
import { endsConnection, isAnswer, isFinal, VisitError } from './errors.ts';

describe('VisitError', () => {
  it('fromAck() keeps the server’s code, message and retryAfter', () => {
    const error = VisitError.fromAck({ code: 'not_yours', message: 'no such producer' });
    expect(error).toMatchObject({ name: 'VisitError', code: 'not_yours', message: 'no such producer' });
    expect(error.retryAfter).toBeNull();
    expect(VisitError.fromAck({ code: 'no_capacity', message: '', retryAfter: 10 }).retryAfter).toBe(10);
  });

  it('from() returns a VisitError unchanged and wraps anything else with its cause', () => {
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
  ])('fromMedia() maps %s to %s', (name, code) => {
    expect(VisitError.fromMedia(new DOMException('no', name)).code).toBe(code);
  });

  it('fromMedia() maps other values to media_missing', () => {
    expect(VisitError.fromMedia('no').code).toBe('media_missing');
  });
});

describe('new VisitError() without options', () => {
  it('has no times and a clock offset of 0', () => {
    const { opensAt, closedAt, clockOffset, retryAfter } = new VisitError('unreachable');
    expect({ opensAt, closedAt, clockOffset, retryAfter }).toEqual({
      opensAt: null,
      closedAt: null,
      clockOffset: 0,
      retryAfter: null,
    });
  });
});

describe('isFinal()', () => {
  it.each([
    'token_expired',
    'token_signature',
    'session_over',
    'session_not_found',
    'replaced',
    'removed',
    'visit_full',
    'unsupported_browser',
  ] as const)('returns true for %s, which a retry cannot solve', (code) => expect(isFinal(code)).toBe(true));

  it.each([
    'unreachable',
    'shutting_down',
    'no_capacity',
    'media_unavailable',
    'internal_error',
    'not_open_yet',
  ] as const)('returns false for %s, which is temporary', (code) => expect(isFinal(code)).toBe(false));
});

describe('endsConnection()', () => {
  it.each(['session_over', 'removed', 'not_open_yet'] as const)('returns true for %s', (code) =>
    expect(endsConnection(code)).toBe(true),
  );

  it.each(['unreachable', 'shutting_down'] as const)(
    'returns false for %s, which a retry may solve',
    (code) => expect(endsConnection(code)).toBe(false),
  );
});

describe('isAnswer()', () => {
  it('returns true for a refusal, and false when the server is unreachable', () => {
    expect(isAnswer(new VisitError('not_prepared'))).toBe(true);
    expect(isAnswer(new VisitError('unreachable'))).toBe(false);
  });
});
