import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rsaKey } from '../testing/visit.ts';
import { JITSI_VARIABLES, jitsiProblems, jitsiSettings } from './jitsi-settings.ts';

const parse = (environment: Record<string, string>) => z.object(JITSI_VARIABLES).parse(environment);
const SECRET = 'x'.repeat(32);
const KEY = rsaKey().variable;
const MINIMAL = {
  JITSI_URL: 'https://meet.example.org/',
  JITSI_APP_ID: 'televisit',
  JITSI_APP_SECRET: SECRET,
};

describe('jitsiSettings', () => {
  it('are null and without problems if nothing is set', () => {
    expect(jitsiSettings(parse({}))).toBeNull();
    expect(jitsiProblems(parse({}), true)).toEqual([]);
  });

  it('take subject and domain of rooms from the address', () => {
    expect(jitsiProblems(parse(MINIMAL), true)).toEqual([]);
    expect(jitsiSettings(parse(MINIMAL))).toEqual({
      url: 'https://meet.example.org',
      appId: 'televisit',
      signer: { algorithm: 'HS256', secret: SECRET },
      subject: 'meet.example.org',
      audience: 'jitsi',
      tokenIn: 'fragment',
      eventsTokens: [],
      reservations: false,
      endMeetingUrl: null,
      mucDomain: 'conference.meet.example.org',
    });
  });

  it('take all variables', () => {
    const env = parse({
      JITSI_URL: MINIMAL.JITSI_URL,
      JITSI_APP_ID: MINIMAL.JITSI_APP_ID,
      JITSI_PRIVATE_KEY: KEY,
      JITSI_KEY_ID: 'k1',
      JITSI_SUB: 'meet.jitsi',
      JITSI_AUDIENCE: 'video',
      JITSI_TOKEN_IN: 'query',
      JITSI_EVENTS_TOKEN: SECRET,
      JITSI_EVENTS_TOKEN_PREVIOUS: 'y'.repeat(32),
      JITSI_RESERVATIONS: 'true',
      JITSI_END_MEETING_URL: 'https://meet.example.org/end-meeting',
      JITSI_MUC_DOMAIN: 'muc.meet.jitsi',
    });
    expect(jitsiProblems(env, true)).toEqual([]);
    expect(jitsiSettings(env)).toMatchObject({
      signer: { algorithm: 'RS256', keyId: 'k1' },
      subject: 'meet.jitsi',
      audience: 'video',
      tokenIn: 'query',
      eventsTokens: [SECRET, 'y'.repeat(32)],
      reservations: true,
      endMeetingUrl: 'https://meet.example.org/end-meeting',
      mucDomain: 'muc.meet.jitsi',
    });
  });

  it.each([
    ['an address without an app', { JITSI_APP_ID: '' }, 'JITSI_URL needs JITSI_APP_ID'],
    ['no way to sign', { JITSI_APP_SECRET: '' }, 'needs either JITSI_APP_SECRET, or JITSI_PRIVATE_KEY'],
    ['two ways to sign', { JITSI_PRIVATE_KEY: KEY, JITSI_KEY_ID: 'k' }, 'needs either JITSI_APP_SECRET, or'],
    ['a key without an id', { JITSI_APP_SECRET: '', JITSI_PRIVATE_KEY: KEY }, 'needs JITSI_KEY_ID'],
    ['an id without a key', { JITSI_KEY_ID: 'k' }, 'JITSI_KEY_ID needs JITSI_PRIVATE_KEY'],
    ['a short secret', { JITSI_APP_SECRET: 'x'.repeat(31) }, 'at least 32 characters'],
    ['a short token of events', { JITSI_EVENTS_TOKEN: 'short' }, 'JITSI_EVENTS_TOKEN must have at least 32'],
    ['a previous token alone', { JITSI_EVENTS_TOKEN_PREVIOUS: SECRET }, 'needs JITSI_EVENTS_TOKEN.'],
    ['http in production', { JITSI_URL: 'http://meet.example.org' }, 'must be an https address'],
    ['an address with a tenant', { JITSI_URL: 'https://meet.example.org/clinic' }, 'without a path'],
    ['the public server', { JITSI_URL: 'https://meet.jit.si' }, 'must be your own Jitsi server'],
    ['reservations without a token', { JITSI_RESERVATIONS: 'true' }, 'JITSI_RESERVATIONS needs'],
    [
      'ending meetings without a key',
      { JITSI_END_MEETING_URL: 'https://meet.example.org/end-meeting' },
      'JITSI_END_MEETING_URL needs JITSI_PRIVATE_KEY',
    ],
    ['no address', { JITSI_URL: '' }, 'JITSI_APP_ID needs JITSI_URL'],
  ])('have a problem with %s', (_title, changes, problem) => {
    const merged = Object.entries({ ...MINIMAL, ...changes }).filter(([, value]) => value !== '');
    expect(jitsiProblems(parse(Object.fromEntries(merged)), true).join('\n')).toContain(problem);
  });

  it.each([
    ['no key', 'secret', 'must be an RSA private key'],
    ['a small key', rsaKey(1024).variable, 'must have at least 2048 bits'],
  ])('have a problem with %s', (_title, JITSI_PRIVATE_KEY, problem) => {
    const env = parse({ ...MINIMAL, JITSI_PRIVATE_KEY, JITSI_KEY_ID: 'k' });
    expect(jitsiProblems(env, true).join('\n')).toContain(problem);
  });

  it('allow http outside production', () => {
    expect(jitsiProblems(parse({ ...MINIMAL, JITSI_URL: 'http://127.0.0.1:8000' }), false)).toEqual([]);
  });
});
