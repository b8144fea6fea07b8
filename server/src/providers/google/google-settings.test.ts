import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { eventId } from './calendar-events.ts';
import { GOOGLE_VARIABLES, googleProblems, googleSettings } from './google-settings.ts';

const pem = (type: 'rsa' | 'ed25519') =>
  type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    : generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
const KEY = {
  type: 'service_account',
  client_email: 'televisit@clinic.iam.gserviceaccount.com',
  private_key_id: 'a1b2',
  private_key: pem('rsa'),
};
const ACCOUNT = { GOOGLE_SERVICE_ACCOUNT: JSON.stringify(KEY), GOOGLE_SUBJECT: 'visits@clinic.test' };
const OAUTH = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret', GOOGLE_REFRESH_TOKEN: 'token' };
const PUSH = { GOOGLE_PUBSUB_AUDIENCE: 'https://visits.test/hooks', GOOGLE_PUBSUB_EMAIL: 'push@clinic.test' };

const variables = (env: Record<string, string>) => z.object(GOOGLE_VARIABLES).parse(env);
const settingsOf = (env: Record<string, string>, production = true) =>
  googleSettings(variables(env), production);
const problemsOf = (env: Record<string, string>, production = true) =>
  googleProblems(variables(env), production);

describe('Google settings', () => {
  it('are null without problems when nothing is set', () => {
    expect(problemsOf({})).toEqual([]);
    expect(settingsOf({})).toBeNull();
  });

  it('read a service account from JSON or from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'google-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'key.json');
    writeFileSync(path, ACCOUNT.GOOGLE_SERVICE_ACCOUNT);
    for (const GOOGLE_SERVICE_ACCOUNT of [ACCOUNT.GOOGLE_SERVICE_ACCOUNT, path]) {
      const env = { ...ACCOUNT, GOOGLE_SERVICE_ACCOUNT };
      expect(problemsOf(env)).toEqual([]);
      expect(settingsOf(env)?.credentials).toEqual({
        kind: 'service-account',
        account: { email: KEY.client_email, keyId: 'a1b2', privateKey: KEY.private_key },
        subject: 'visits@clinic.test',
      });
    }
  });

  it('have Google’s addresses, open spaces and polling by default', () => {
    expect(problemsOf(OAUTH)).toEqual([]);
    expect(settingsOf(OAUTH)).toEqual({
      credentials: { kind: 'refresh-token', clientId: 'id', clientSecret: 'secret', refreshToken: 'token' },
      addresses: {
        token: 'https://oauth2.googleapis.com/token',
        meet: 'https://meet.googleapis.com/v2',
        calendar: 'https://www.googleapis.com/calendar/v3',
        events: 'https://workspaceevents.googleapis.com/v1',
        keys: 'https://www.googleapis.com/oauth2/v3/certs',
      },
      meet: { mode: 'spaces', access: 'open', calendarId: 'primary' },
      push: null,
      subscription: null,
      calendarId: null,
    });
  });

  it('allow addresses over http outside production only', () => {
    const env = { ...OAUTH, GOOGLE_MEET_URL: 'http://127.0.0.1:4000/v2/' };
    expect(problemsOf(env)).toEqual(['GOOGLE_MEET_URL must be an https address without query.']);
    expect(problemsOf(env, false)).toEqual([]);
    expect(settingsOf(env, false)?.addresses.meet).toBe('http://127.0.0.1:4000/v2');
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ GOOGLE_CLIENT_ID: 'id' }, /go together: GOOGLE_CLIENT_SECRET and GOOGLE_REFRESH_TOKEN missing/],
    [{ ...ACCOUNT, ...OAUTH }, /two ways to sign in/],
    [{ GOOGLE_SUBJECT: 'visits@clinic.test' }, /GOOGLE_SUBJECT needs GOOGLE_SERVICE_ACCOUNT/],
    [{ GOOGLE_SERVICE_ACCOUNT: ACCOUNT.GOOGLE_SERVICE_ACCOUNT }, /GOOGLE_SUBJECT is missing/],
    [{ ...ACCOUNT, GOOGLE_SERVICE_ACCOUNT: '/no/such/file.json' }, /can read \(ENOENT\)/],
    [
      { ...ACCOUNT, GOOGLE_SERVICE_ACCOUNT: '{"type":"authorized_user"}' },
      /the JSON key of a service account/,
    ],
    [{ ...ACCOUNT, GOOGLE_SERVICE_ACCOUNT: '{' }, /the JSON key of a service account/],
    [
      { ...ACCOUNT, GOOGLE_SERVICE_ACCOUNT: JSON.stringify({ ...KEY, private_key: pem('ed25519') }) },
      /must have an RSA key/,
    ],
    [{ GOOGLE_CALENDAR_ID: 'c_1@group.test' }, /GOOGLE_CALENDAR_ID need GOOGLE_SERVICE_ACCOUNT/],
    [
      { ...OAUTH, GOOGLE_MEET_MODE: 'calendar', GOOGLE_CALENDAR_ID: 'primary' },
      /would be in the calendar twice/,
    ],
    [{ ...OAUTH, GOOGLE_PUBSUB_EMAIL: 'push@clinic.test' }, /GOOGLE_PUBSUB_AUDIENCE and GOOGLE_PUBSUB_EMAIL/],
    [{ ...OAUTH, ...PUSH, GOOGLE_PUBSUB_TOPIC: 'projects/a/topics/b' }, /GOOGLE_USER_ID go together/],
    [
      { ...OAUTH, GOOGLE_PUBSUB_TOPIC: 'projects/a/topics/b', GOOGLE_USER_ID: '1' },
      /GOOGLE_PUBSUB_TOPIC needs GOOGLE_PUBSUB_AUDIENCE/,
    ],
  ])('have a problem with %o', (env, problem) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
    expect(problems[0]).not.toContain('PRIVATE KEY');
  });

  it.each([
    ['GOOGLE_MEET_MODE', 'both'],
    ['GOOGLE_MEET_ACCESS', 'OPEN'],
    ['GOOGLE_SUBJECT', 'visits'],
    ['GOOGLE_USER_ID', 'visits@clinic.test'],
    ['GOOGLE_PUBSUB_TOPIC', 'meet-events'],
  ])('refuse %s=%s', (name, value) => {
    expect(() => variables({ [name]: value })).toThrow(name);
  });
});

describe('eventId', () => {
  it('returns the same id of allowed characters for the same key, and another for another', () => {
    const id = eventId('meeting:sess_4f1d6a2b-9c3e:1');
    expect(id).toMatch(/^[a-v0-9]{5,1024}$/);
    expect(eventId('meeting:sess_4f1d6a2b-9c3e:1')).toBe(id);
    expect(eventId('meeting:sess_4f1d6a2b-9c3e:2')).not.toBe(id);
  });
});
