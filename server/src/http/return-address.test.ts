import { describe, expect, it } from 'vitest';
import { newSession } from '../domain/testing/sessions.ts';
import { requireReturnAddress, returnAddress } from './return-address.ts';

const RULES = { url: 'https://portal.test/visits', hosts: ['clinic.test', 'localhost:5173'] };

describe('a session’s own return address', () => {
  it.each(['https://portal.test/anything?visit=7', 'https://clinic.test/', 'http://localhost:5173/'])(
    '%s is taken and used',
    (url) => {
      expect(() => requireReturnAddress(url, RULES)).not.toThrow();
      expect(returnAddress(newSession({ returnUrl: url }), RULES)).toBe(url);
    },
  );

  it.each([
    'https://evil.test/',
    'https://portal.test.evil.test/',
    'https://sub.portal.test/',
    'https://portal.test:8443/',
    'http://localhost/',
  ])('%s is refused with a reason, and never used', (url) => {
    expect(() => requireReturnAddress(url, RULES)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        issues: [{ path: 'returnUrl', message: expect.stringContaining('RETURN_ALLOW_HOSTS') as string }],
      }),
    );
    // It was allowed when it was stored.
    expect(returnAddress(newSession({ returnUrl: url }), RULES)).toBe(RULES.url);
  });

  it('is refused where the server has none of its own', () => {
    expect(() => requireReturnAddress('https://portal.test/', { url: null, hosts: [] })).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    );
  });

  it.each([null, undefined])('of %s means the server’s', (url) => {
    expect(() => requireReturnAddress(url, RULES)).not.toThrow();
    expect(returnAddress(newSession(), RULES)).toBe(RULES.url);
    expect(returnAddress(newSession(), { url: null, hosts: [] })).toBeNull();
  });
});
