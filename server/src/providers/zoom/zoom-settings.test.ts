import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ZOOM_VARIABLES, zoomProblems, zoomSettings } from './zoom-settings.ts';

const COMPLETE = {
  ZOOM_ACCOUNT_ID: 'account',
  ZOOM_CLIENT_ID: 'client',
  ZOOM_CLIENT_SECRET: 'secret',
  ZOOM_WEBHOOK_SECRET: 'token',
  ZOOM_HOSTS: 'one@clinic.example, two@clinic.example',
};
const schema = z.object({ ...ZOOM_VARIABLES, PROVIDER_SHARE_NAMES: z.string().default('none') });
const read = (env: Record<string, string | undefined>) => schema.parse(env);
const problems = (changes: Record<string, string | undefined>, production = true) =>
  zoomProblems(read({ ...COMPLETE, ...changes }), production);

describe('zoomSettings', () => {
  it('is null without variables, which is no problem', () => {
    expect(zoomSettings(read({}))).toBeNull();
    expect(zoomProblems(read({}), true)).toEqual([]);
  });

  it('has defaults for all but the credentials', () => {
    expect(zoomProblems(read(COMPLETE), true)).toEqual([]);
    expect(zoomSettings(read(COMPLETE))).toEqual({
      accountId: 'account',
      clientId: 'client',
      clientSecret: 'secret',
      webhookSecrets: ['token'],
      hosts: ['one@clinic.example', 'two@clinic.example'],
      apiUrl: null,
      oauthUrl: 'https://zoom.us',
      assignLicences: false,
      createUsers: null,
      registrantDomain: 'televisit.invalid',
      sdk: null,
    });
  });

  it('reads what is optional', () => {
    const env = {
      ...COMPLETE,
      ZOOM_WEBHOOK_SECRET_PREVIOUS: 'old',
      ZOOM_LICENSES: 'assign',
      ZOOM_CREATE_USERS: '1',
      ZOOM_REGISTRANT_DOMAIN: 'visits.clinic.example',
      ZOOM_SDK_KEY: 'key',
      ZOOM_SDK_SECRET: 'sdk',
      ZOOM_API_URL: 'https://api-eu.zoom.us/v2/',
      PROVIDER_SHARE_NAMES: 'all',
    };
    expect(zoomProblems(read(env), true)).toEqual([]);
    expect(zoomSettings(read(env))).toMatchObject({
      webhookSecrets: ['token', 'old'],
      assignLicences: true,
      createUsers: 'create',
      registrantDomain: 'visits.clinic.example',
      sdk: { key: 'key', secret: 'sdk' },
      apiUrl: 'https://api-eu.zoom.us/v2',
    });
  });
});

describe('zoomProblems', () => {
  it.each(['ZOOM_ACCOUNT_ID', 'ZOOM_CLIENT_ID', 'ZOOM_CLIENT_SECRET', 'ZOOM_WEBHOOK_SECRET'])(
    'names %s if only it is missing',
    (name) => {
      const [problem, ...others] = problems({ [name]: undefined });
      expect(problem).toContain(`Zoom needs ${name} as well`);
      expect(others).toEqual([]);
      expect(zoomSettings(read({ ...COMPLETE, [name]: undefined }))).toBeNull();
    },
  );

  it.each([
    [{ ZOOM_HOSTS: undefined }, /ZOOM_HOSTS must name/],
    [{ ZOOM_HOSTS: 'a@b.example,A@b.example' }, /each user once/],
    [{ ZOOM_CREATE_USERS: '1' }, /ZOOM_CREATE_USERS needs PROVIDER_SHARE_NAMES=all/],
    [{ ZOOM_WEBHOOK_SECRET_PREVIOUS: 'token' }, /must differ/],
    [{ ZOOM_SDK_KEY: 'key' }, /ZOOM_SDK_KEY and ZOOM_SDK_SECRET go together/],
    [{ ZOOM_API_URL: 'http://api.zoom.us/v2' }, /ZOOM_API_URL must be an https address/],
    [{ ZOOM_OAUTH_URL: 'zoom.us' }, /ZOOM_OAUTH_URL must be an https address/],
  ])('refuses %o', (changes, sentence) => {
    expect(problems(changes)).toEqual([expect.stringMatching(sentence)]);
  });

  it('allows http outside of production', () => {
    expect(problems({ ZOOM_API_URL: 'http://127.0.0.1:1/v2' }, false)).toEqual([]);
  });

  it('needs no pool if hosts are found by their e-mail address', () => {
    expect(problems({ ZOOM_HOSTS: undefined, PROVIDER_SHARE_NAMES: 'all' })).toEqual([]);
  });
});

describe('ZOOM_VARIABLES', () => {
  it.each([
    ['ZOOM_LICENSES', 'yes', 'ZOOM_LICENSES must be keep or assign'],
    ['ZOOM_CREATE_USERS', 'yes', 'ZOOM_CREATE_USERS must be 0, 1 or one of create, ssoCreate, custCreate'],
    ['ZOOM_REGISTRANT_DOMAIN', 'no domain', 'ZOOM_REGISTRANT_DOMAIN must be a domain'],
  ])('refuse %s=%s', (name, value, message) => {
    const { error } = schema.safeParse({ ...COMPLETE, [name]: value });
    expect(error?.issues[0]?.message).toContain(message);
  });
});
