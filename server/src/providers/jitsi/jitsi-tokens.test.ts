import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DOCTOR, OBSERVER, PATIENT, rsaKey, visitPlan } from '../testing/visit.ts';
import { JITSI_VARIABLES, jitsiSettings, type JitsiSettings } from './jitsi-settings.ts';
import { jitsiToken, jwksOf, pemOf } from './jitsi-tokens.ts';
import {
  NOW,
  PLAIN_CLAIMS,
  PLAIN_HEADER,
  RECORDED,
  RECORDED_TOKENS,
  ROOM,
} from './testing/prosody-verdicts.ts';
import { prosodyVerdict } from './testing/prosody.ts';

const settingsOf = (environment: Record<string, string>): JitsiSettings => {
  const settings = jitsiSettings(
    z.object(JITSI_VARIABLES).parse({ JITSI_URL: 'https://meet.test', ...environment }),
  );
  if (!settings) throw new Error('Jitsi is not set up.');
  return settings;
};
const SHARED = settingsOf({ JITSI_APP_ID: 'televisit', JITSI_APP_SECRET: RECORDED.app_secret ?? '' });
const plan = visitPlan(NOW * 1000);
const verdictOf = (token: string, now = NOW, room = ROOM) => prosodyVerdict(token, room, RECORDED, now);

function recordedToken({ header, claims, secret }: (typeof RECORDED_TOKENS)[number]): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ ...PLAIN_HEADER, ...header })}.${part({ ...PLAIN_CLAIMS, ...claims })}`;
  const key = secret ?? RECORDED.app_secret ?? '';
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

describe('the verifier of the tests', () => {
  it.each(RECORDED_TOKENS.map((token) => [token.title, token] as const))(
    'judges a token with %s as Prosody did',
    (_title, token) => {
      expect(verdictOf(recordedToken(token))).toBe(token.verdict);
    },
  );

  it('refuses a person without a token as Prosody did', () => {
    expect(prosodyVerdict(null, ROOM, RECORDED, NOW)).toBe('refused');
  });
});

describe('jitsiToken', () => {
  const token = (person = PATIENT, settings = SHARED) => jitsiToken(settings, ROOM, plan, person, NOW * 1000);

  it('lets the host in as moderator, and others as members', () => {
    expect(verdictOf(token(DOCTOR))).toBe('moderator');
    expect(verdictOf(token(PATIENT))).toBe('member');
    expect(verdictOf(token(OBSERVER))).toBe('member');
  });

  it('is valid from a minute before the window to its end', () => {
    const [opens, closes] = [plan.opensAt / 1000, plan.closesAt / 1000];
    expect(verdictOf(token(), opens - 61)).toBe('refused');
    expect(verdictOf(token(), opens - 60)).toBe('member');
    expect(verdictOf(token(), closes - 1)).toBe('member');
    expect(verdictOf(token(), closes)).toBe('refused');
  });

  it('is good for its room only', () => {
    expect(verdictOf(token(), NOW, 'room_sess_other')).toBe('mismatched');
  });

  it('is refused by a server with another secret, domain or audience', () => {
    const verdict = (changes: Partial<typeof RECORDED>) =>
      prosodyVerdict(token(), ROOM, { ...RECORDED, ...changes }, NOW);
    expect(verdict({ app_secret: 'another-secret-of-32-characters-22' })).toBe('refused');
    expect(verdict({ domain: 'other.test' })).toBe('mismatched');
    expect(verdict({ asap_accepted_audiences: ['other'] })).toBe('refused');
  });

  it('leaves out names that are not shared', () => {
    const context = (person: typeof PATIENT) =>
      (
        JSON.parse(Buffer.from(token(person).split('.')[1] ?? '', 'base64url').toString()) as {
          context: object;
        }
      ).context;
    expect(context(PATIENT)).toMatchObject({ user: { id: 'p-1', moderator: false, affiliation: 'member' } });
    expect(JSON.stringify(context(PATIENT))).not.toMatch(/name|email|null/);
    expect(context(DOCTOR)).toMatchObject({
      user: { id: 'dr-1', name: 'Dr. Adams', email: 'adams@clinic.test', affiliation: 'owner' },
    });
    expect(context(OBSERVER)).toMatchObject({ features: { 'screen-sharing': false, recording: false } });
  });

  it('is valid for every plan and person', () => {
    fc.assert(
      fc.property(
        fc.record({
          userId: fc.string({ unit: 'binary', minLength: 1, maxLength: 128 }),
          displayName: fc.option(fc.string({ unit: 'grapheme' })),
          isHost: fc.boolean(),
          canPublish: fc.boolean(),
        }),
        fc.integer({ min: 1, max: 86_400_000 }),
        (changes, length) => {
          const any = { ...plan, opensAt: NOW * 1000, closesAt: NOW * 1000 + length };
          const one = jitsiToken(SHARED, ROOM, any, { ...PATIENT, ...changes }, NOW * 1000);
          expect(verdictOf(one)).toBe(changes.isHost ? 'moderator' : 'member');
        },
      ),
    );
  });
});

describe('a key of our own', () => {
  const { variable, publicPem } = rsaKey();
  const settings = settingsOf({
    JITSI_APP_ID: 'televisit',
    JITSI_PRIVATE_KEY: variable,
    JITSI_KEY_ID: 'televisit/1',
  });
  const token = jitsiToken(settings, ROOM, plan, DOCTOR, NOW * 1000);
  const nameOf = (keyId: string) => `${createHash('sha256').update(keyId).digest('hex')}.pem`;
  const judged = (asap_key_server: (keyId: string) => string | null) =>
    prosodyVerdict(token, ROOM, { ...RECORDED, asap_key_server }, NOW);

  it('signs tokens that the key under its asap_key_server name verifies', () => {
    expect(judged((keyId) => pemOf(settings, nameOf(keyId)))).toBe('moderator');
    expect(pemOf(settings, nameOf('televisit/1'))).toBe(publicPem);
    expect(judged(() => rsaKey().publicPem)).toBe('refused');
  });

  it('is published as a key set with the same key', () => {
    const [jwk, ...others] = jwksOf(settings).keys;
    expect(others).toEqual([]);
    expect(jwk).toMatchObject({ kty: 'RSA', kid: 'televisit/1', alg: 'RS256', use: 'sig' });
    // No part of the private key.
    expect(Object.keys(jwk ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  it('is known under no other name', () => {
    expect(pemOf(settings, nameOf('televisit/2'))).toBeNull();
    expect(pemOf(settings, 'televisit/1.pem')).toBeNull();
  });

  it('does not exist if the secret is shared', () => {
    expect(jwksOf(SHARED)).toEqual({ keys: [] });
    expect(pemOf(SHARED, nameOf('televisit/1'))).toBeNull();
  });
});
