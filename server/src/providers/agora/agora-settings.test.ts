import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AGORA_VARIABLES, agoraProblems, agoraSettings } from './agora-settings.ts';

const schema = z.object(AGORA_VARIABLES);
const GOOD = { AGORA_APP_ID: '0'.repeat(32), AGORA_APP_CERTIFICATE: 'a'.repeat(32) };

describe('agoraSettings', () => {
  it('are null and without problems if nothing is set', () => {
    expect(agoraSettings(schema.parse({}))).toBeNull();
    expect(agoraProblems(schema.parse({}), true)).toEqual([]);
  });

  it('need the project only', () => {
    expect(agoraProblems(schema.parse(GOOD), true)).toEqual([]);
    expect(agoraSettings(schema.parse(GOOD))).toEqual({
      appId: GOOD.AGORA_APP_ID,
      certificate: GOOD.AGORA_APP_CERTIFICATE,
      customer: null,
      webhookSecrets: [],
      url: 'https://api.agora.io',
    });
  });

  it('take all variables', () => {
    const env = schema.parse({
      ...GOOD,
      AGORA_CUSTOMER_ID: 'id',
      AGORA_CUSTOMER_SECRET: 'secret',
      AGORA_WEBHOOK_SECRET: 'new',
      AGORA_WEBHOOK_SECRET_PREVIOUS: 'old',
      AGORA_API_URL: 'https://api.sd-rtn.com/',
    });
    expect(agoraProblems(env, true)).toEqual([]);
    expect(agoraSettings(env)).toMatchObject({
      customer: { id: 'id', secret: 'secret' },
      webhookSecrets: ['new', 'old'],
      url: 'https://api.sd-rtn.com',
    });
  });

  it.each([
    ['an app without certificate', { AGORA_APP_CERTIFICATE: '' }, 'missing: AGORA_APP_CERTIFICATE.'],
    ['a customer without secret', { AGORA_CUSTOMER_ID: 'id' }, 'missing: AGORA_CUSTOMER_SECRET.'],
    ['a previous secret alone', { AGORA_WEBHOOK_SECRET_PREVIOUS: 'old' }, 'needs AGORA_WEBHOOK_SECRET.'],
    ['http in production', { AGORA_API_URL: 'http://api.agora.io' }, 'must be an https address'],
    [
      'webhooks without an app',
      { AGORA_APP_ID: '', AGORA_APP_CERTIFICATE: '', AGORA_WEBHOOK_SECRET: 's' },
      'AGORA_WEBHOOK_SECRET needs AGORA_APP_ID',
    ],
  ])('have a problem with %s', (_title, changes, problem) => {
    const merged = Object.entries({ ...GOOD, ...changes }).filter(([, value]) => value !== '');
    expect(agoraProblems(schema.parse(Object.fromEntries(merged)), true).join('\n')).toContain(problem);
  });

  it('refuse identifiers of another form', () => {
    expect(schema.safeParse({ ...GOOD, AGORA_APP_CERTIFICATE: 'short' }).success).toBe(false);
  });
});
