import { describe, expect, it } from 'vitest';
import { internalSecretCheck } from './internal-secret.ts';

describe('internalSecretCheck', () => {
  const check = internalSecretCheck(['current', 'previous']);

  it.each(['current', 'previous'])('takes %s', (secret) => expect(check(secret)).toBe(true));

  it.each([undefined, '', 'Current', 'current ', 'curren', 'x'.repeat(10_000)])('refuses %j', (secret) => {
    expect(check(secret)).toBe(false);
  });
});
