import { describe, expect, it } from 'vitest';
import { ERRORS, TelevisitError } from './errors.ts';

describe('ERRORS', () => {
  it.each(Object.entries(ERRORS))('%s has a status, a title and a remedy', (_, { status, title, remedy }) => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
  });

  it('ERRORS has a different title for each code', () => {
    const titles = Object.values(ERRORS).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe('TelevisitError', () => {
  it('uses the code’s title as message when it has no detail', () => {
    const error = new TelevisitError('conflict');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'TelevisitError',
      code: 'conflict',
      message: ERRORS.conflict.title,
      issues: [],
      times: {},
      retryAfter: null,
    });
    expect('cause' in error).toBe(false);
  });

  it('keeps the detail, cause, issues, times and retryAfter of its options', () => {
    const cause = new Error('below');
    const options = {
      detail: 'limit: too big',
      cause,
      issues: [{ path: 'limit', message: 'too big' }],
      times: { opensAt: '2026-01-05T08:45:00.000Z' },
      retryAfter: 7,
    };
    const { detail, ...carried } = options;
    expect(new TelevisitError('validation_failed', options)).toMatchObject({ ...carried, message: detail });
  });
});
