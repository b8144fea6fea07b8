import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { developmentSecret, internalSecretCheck, keyId } from './secrets.ts';

describe('internalSecretCheck', () => {
  const check = internalSecretCheck(['current', 'previous']);

  it.each(['current', 'previous'])('returns the public name of the %s secret', (secret) => {
    expect(check(secret)).toBe(keyId(secret));
  });

  it.each([undefined, '', 'Current', 'current ', 'curren', 'currentprevious', keyId('current')])(
    'returns null for %j',
    (secret) => expect(check(secret)).toBeNull(),
  );

  it('returns null for a very long value', () => expect(check('x'.repeat(100_000))).toBeNull());

  it('accepts only the current secret when there is no previous one', () => {
    const only = internalSecretCheck(['current']);
    expect(only('current')).toBe(keyId('current'));
    expect(only('previous')).toBeNull();
  });

  it('accepts nothing without secrets', () => expect(internalSecretCheck([])('')).toBeNull());
});

describe('keyId', () => {
  it('returns a short name that is the same on every server and different for each secret', () => {
    // printf 'televisit:kid:current' | openssl dgst -sha256 -r | cut -c 1-12
    expect(keyId('current')).toBe('63d5f912c30d');
    expect(keyId('previous')).not.toBe(keyId('current'));
  });

  it('does not reveal the secret', () => {
    expect(keyId('current')).toMatch(/^[0-9a-f]{12}$/);
    expect(keyId('current')).not.toContain('current');
  });
});

it('developmentSecret creates a secret once, in a file that only its owner can read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const first = developmentSecret(folder, 'internal-secret');
  expect(first.made).toBe(true);
  expect(first.secret.length).toBeGreaterThanOrEqual(32);
  expect(readFileSync(first.file, 'utf8')).toBe(first.secret);
  expect(statSync(first.file).mode & 0o777).toBe(0o600);
  expect(developmentSecret(folder, 'internal-secret')).toEqual({ ...first, made: false });
  expect(developmentSecret(folder, 'video-jwt-secret').secret).not.toBe(first.secret);
});
