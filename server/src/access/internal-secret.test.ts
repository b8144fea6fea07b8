import { describe, expect, it } from 'vitest';
import { internalSecretCheck, keyId } from './internal-secret.ts';

describe('internalSecretCheck', () => {
  const check = internalSecretCheck(['current', 'previous']);

  it.each(['current', 'previous'])('of %s answers the public name of that secret', (secret) => {
    expect(check(secret)).toBe(keyId(secret));
  });

  it.each([undefined, '', 'Current', 'current ', 'curren', 'currentprevious', keyId('current')])(
    'of %j answers null',
    (secret) => expect(check(secret)).toBeNull(),
  );

  it('of something very long answers null', () => expect(check('x'.repeat(100_000))).toBeNull());

  it('without a previous secret takes the current one alone', () => {
    const only = internalSecretCheck(['current']);
    expect(only('current')).toBe(keyId('current'));
    expect(only('previous')).toBeNull();
  });

  it('without any secret takes nothing', () => expect(internalSecretCheck([])('')).toBeNull());
});

describe('keyId', () => {
  it('is the same on every server, short, and another one for each secret', () => {
    // printf 'televisit:kid:current' | openssl dgst -sha256 -r | cut -c 1-12
    expect(keyId('current')).toBe('63d5f912c30d');
    expect(keyId('previous')).not.toBe(keyId('current'));
  });

  it('says nothing of the secret', () => {
    expect(keyId('current')).toMatch(/^[0-9a-f]{12}$/);
    expect(keyId('current')).not.toContain('current');
  });
});
