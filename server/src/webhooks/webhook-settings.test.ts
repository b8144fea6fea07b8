import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../config.ts';
import { newSecret } from './signature.ts';

const [SECRET, OLD, MEETING] = [newSecret(), newSecret(), newSecret()];
const URL_ = 'https://backend.test/televisit';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('webhook settings', () => {
  it('are empty when nothing is set, or all variables are empty as in .env.example', () => {
    const none = { endpoint: null, allowedHosts: [], meetingSecrets: [] };
    expect(parseConfig({}).webhooks).toEqual(none);
    const empty = {
      WEBHOOK_URL: '',
      WEBHOOK_SECRET: ' ',
      WEBHOOK_ALLOW_HOSTS: '',
      MEETING_WEBHOOK_SECRET: '',
    };
    expect(parseConfig(empty).webhooks).toEqual(none);
  });

  it('list the current secret before the previous one', () => {
    const { webhooks } = parseConfig({
      WEBHOOK_URL: URL_,
      WEBHOOK_SECRET: SECRET,
      WEBHOOK_SECRET_PREVIOUS: OLD,
      MEETING_WEBHOOK_SECRET: MEETING,
      WEBHOOK_ALLOW_HOSTS: 'receiver.internal, LOCALHOST:4000',
    });
    expect(webhooks).toEqual({
      endpoint: { url: URL_, secrets: [SECRET, OLD] },
      allowedHosts: [
        { hostname: 'receiver.internal', port: null },
        { hostname: 'localhost', port: 4000 },
      ],
      meetingSecrets: [MEETING],
    });
  });

  it('allow http and private addresses for the named hosts', () => {
    for (const WEBHOOK_URL of [
      'http://localhost:4000/hooks',
      'http://10.1.2.3/',
      'https://[fd00::7]:8443/',
    ]) {
      const WEBHOOK_ALLOW_HOSTS = 'localhost:4000,10.1.2.3,[fd00::7]:8443';
      expect(problemsOf({ WEBHOOK_URL, WEBHOOK_SECRET: SECRET, WEBHOOK_ALLOW_HOSTS })).toEqual([]);
      expect(problemsOf({ WEBHOOK_URL, WEBHOOK_SECRET: SECRET })).toEqual([
        expect.stringContaining('WEBHOOK_ALLOW_HOSTS') as string,
      ]);
    }
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a URL without a secret', { WEBHOOK_URL: URL_ }, /go together.*openssl/],
    ['a secret without a URL', { WEBHOOK_SECRET: SECRET }, /go together/],
    ['no URL', { WEBHOOK_URL: 'backend', WEBHOOK_SECRET: SECRET }, /^WEBHOOK_URL must be an address/],
    ['a password in the URL', { WEBHOOK_URL: 'https://a:b@c.test', WEBHOOK_SECRET: SECRET }, /password/],
    ['a secret of another kind', { WEBHOOK_URL: URL_, WEBHOOK_SECRET: 'x'.repeat(40) }, /begin with whsec_/],
    ['a short secret', { WEBHOOK_URL: URL_, WEBHOOK_SECRET: 'whsec_c2hvcnQ=' }, /24 to 64 bytes/],
    [
      'a secret that is no base64',
      { MEETING_WEBHOOK_SECRET: 'whsec_###' },
      /^MEETING_WEBHOOK_SECRET must be base64/,
    ],
    [
      'a wrong old secret',
      { MEETING_WEBHOOK_SECRET: MEETING, MEETING_WEBHOOK_SECRET_PREVIOUS: 'x' },
      /_PREVIOUS must/,
    ],
    ['an old secret alone', { MEETING_WEBHOOK_SECRET_PREVIOUS: OLD }, /needs MEETING_WEBHOOK_SECRET/],
    [
      'a URL for a host',
      { WEBHOOK_ALLOW_HOSTS: 'https://receiver.internal' },
      /^WEBHOOK_ALLOW_HOSTS must be host/,
    ],
    ['a wildcard for hosts', { WEBHOOK_ALLOW_HOSTS: '*.internal' }, /^WEBHOOK_ALLOW_HOSTS/],
    [
      'one secret for both ways',
      { WEBHOOK_URL: URL_, WEBHOOK_SECRET: SECRET, MEETING_WEBHOOK_SECRET: SECRET },
      /must differ/,
    ],
    [
      'one secret for both ways, as the old one',
      {
        WEBHOOK_URL: URL_,
        WEBHOOK_SECRET: SECRET,
        WEBHOOK_SECRET_PREVIOUS: OLD,
        MEETING_WEBHOOK_SECRET: MEETING,
        MEETING_WEBHOOK_SECRET_PREVIOUS: OLD,
      },
      /must differ/,
    ],
  ])('are rejected with %s, in a sentence that does not contain the secret', (_, env, words) => {
    const problems = problemsOf(env);
    expect(problems).toEqual([expect.stringMatching(words) as string]);
    expect(problems.join()).not.toMatch(/whsec_[A-Za-z0-9]/);
  });
});
