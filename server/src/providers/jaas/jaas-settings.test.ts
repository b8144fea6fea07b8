import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rsaKey } from '../testing/visit.ts';
import { JAAS_VARIABLES, jaasProblems, jaasSettings } from './jaas-settings.ts';

const schema = z.object(JAAS_VARIABLES);
const APP_ID = 'vpaas-magic-cookie-96f0941768964ab380ed0fbada7a502f';
const GOOD = { JAAS_APP_ID: APP_ID, JAAS_KEY_ID: '4f4910', JAAS_PRIVATE_KEY: rsaKey().variable };

describe('jaasSettings', () => {
  it('are null and without problems if nothing is set', () => {
    expect(jaasSettings(schema.parse({}))).toBeNull();
    expect(jaasProblems(schema.parse({}), true)).toEqual([]);
  });

  it('take the id of the key with or without the AppID', () => {
    for (const JAAS_KEY_ID of ['4f4910', `${APP_ID}/4f4910`]) {
      const env = schema.parse({ ...GOOD, JAAS_KEY_ID });
      expect(jaasProblems(env, true)).toEqual([]);
      expect(jaasSettings(env)).toMatchObject({
        appId: APP_ID,
        keyId: `${APP_ID}/4f4910`,
        webhookSecrets: [],
        url: 'https://8x8.vc',
      });
    }
  });

  it('list the current secret before the previous one', () => {
    const env = schema.parse({ ...GOOD, JAAS_WEBHOOK_SECRET: 'new', JAAS_WEBHOOK_SECRET_PREVIOUS: 'old' });
    expect(jaasSettings(env)?.webhookSecrets).toEqual(['new', 'old']);
  });

  it.each([
    ['an AppID alone', { JAAS_KEY_ID: '', JAAS_PRIVATE_KEY: '' }, 'missing: JAAS_KEY_ID, JAAS_PRIVATE_KEY.'],
    ['a key of another AppID', { JAAS_KEY_ID: 'vpaas-magic-cookie-0/4f4910' }, 'is another AppID'],
    ['a public key', { JAAS_PRIVATE_KEY: rsaKey().publicPem }, 'must be an RSA private key'],
    ['a previous secret alone', { JAAS_WEBHOOK_SECRET_PREVIOUS: 'old' }, 'needs JAAS_WEBHOOK_SECRET.'],
    ['http in production', { JAAS_URL: 'http://8x8.vc' }, 'JAAS_URL must be an https address'],
  ])('have a problem with %s', (_title, changes, problem) => {
    const merged = Object.entries({ ...GOOD, ...changes }).filter(([, value]) => value !== '');
    expect(jaasProblems(schema.parse(Object.fromEntries(merged)), true).join('\n')).toContain(problem);
  });

  it('refuse an AppID of another form', () => {
    expect(schema.safeParse({ ...GOOD, JAAS_APP_ID: 'my-app' }).success).toBe(false);
  });
});
