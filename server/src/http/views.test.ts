import { describe, expect, it } from 'vitest';
import { newSession } from '../domain/testing/sessions.ts';
import { requireReturnUrl, returnUrlOf } from './views.ts';

const RULES = { url: 'https://portal.test/visits', hosts: ['clinic.test', 'localhost:5173'] };

describe('the return URL of a session', () => {
  it.each(['https://portal.test/anything?visit=7', 'https://clinic.test/', 'http://localhost:5173/'])(
    '%s is accepted and used',
    (url) => {
      expect(() => requireReturnUrl(url, RULES)).not.toThrow();
      expect(returnUrlOf(newSession({ returnUrl: url }), RULES)).toBe(url);
    },
  );

  it.each([
    'https://evil.test/',
    'https://portal.test.evil.test/',
    'https://sub.portal.test/',
    'https://portal.test:8443/',
    'http://localhost/',
  ])('%s is rejected with a reason, and ignored if it was stored', (url) => {
    expect(() => requireReturnUrl(url, RULES)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        issues: [{ path: 'returnUrl', message: expect.stringContaining('RETURN_ALLOW_HOSTS') as string }],
      }),
    );
    expect(returnUrlOf(newSession({ returnUrl: url }), RULES)).toBe(RULES.url);
  });

  it('is rejected if the server has no return URL', () => {
    expect(() => requireReturnUrl('https://portal.test/', { url: null, hosts: [] })).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    );
  });

  it.each([null, undefined])('%s falls back to the server’s return URL', (url) => {
    expect(() => requireReturnUrl(url, RULES)).not.toThrow();
    expect(returnUrlOf(newSession(), RULES)).toBe(RULES.url);
    expect(returnUrlOf(newSession(), { url: null, hosts: [] })).toBeNull();
  });
});
