import { createECDH } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../config.ts';
import { newSecret } from '../webhooks/signature.ts';

const pair = createECDH('prime256v1');
pair.generateKeys();
const VAPID = {
  VAPID_PUBLIC_KEY: pair.getPublicKey().toString('base64url'),
  VAPID_PRIVATE_KEY: Buffer.from(pair.getPrivateKey().toString('hex').padStart(64, '0'), 'hex').toString(
    'base64url',
  ),
  VAPID_SUBJECT: 'mailto:it@example.org',
};
const SID = 'AC0123456789abcdef0123456789abcdef';
const TWILIO = {
  SMS_PROVIDER: 'twilio',
  TWILIO_ACCOUNT_SID: SID,
  TWILIO_AUTH_TOKEN: 'token',
  TWILIO_FROM: '+15005550006',
};
const GATEWAY = {
  SMS_PROVIDER: 'http',
  SMS_GATEWAY_URL: 'https://sms.example.org/send',
  SMS_GATEWAY_SECRET: newSecret(),
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('settings of text and push messages', () => {
  it('nothing is sent by default, and the night is quiet', () => {
    expect(parseConfig({}).notify).toEqual({
      sms: null,
      push: null,
      quietHours: { from: 21 * 60, to: 8 * 60 },
    });
    expect(parseConfig({ QUIET_HOURS: '' }).notify.quietHours).toBeNull();
  });

  it('Twilio has a number, a name or a messaging service as sender', () => {
    const { sms } = parseConfig({ ...TWILIO, TWILIO_AUTH_TOKEN_PREVIOUS: 'old' }).notify;
    expect(sms).toEqual({
      provider: 'twilio',
      accountSid: SID,
      authTokens: ['token', 'old'],
      sender: { From: '+15005550006' },
      apiUrl: 'https://api.twilio.com',
    });
    expect(problemsOf({ ...TWILIO, TWILIO_FROM: 'Clinic North' })).toHaveLength(1);
    expect(problemsOf({ ...TWILIO, TWILIO_FROM: 'Clinic' })).toEqual([]);
    const service = `MG${SID.slice(2)}`;
    expect(
      parseConfig({ ...TWILIO, TWILIO_FROM: '', TWILIO_MESSAGING_SERVICE_SID: service }).notify.sms,
    ).toMatchObject({ sender: { MessagingServiceSid: service } });
  });

  it('a gateway has an address and secrets, and push messages have a pair of keys', () => {
    const config = parseConfig({ ...GATEWAY, ...VAPID, PUSH_ALLOW_HOSTS: 'push.example.org' }).notify;
    expect(config.sms).toEqual({
      provider: 'http',
      url: GATEWAY.SMS_GATEWAY_URL,
      secrets: [GATEWAY.SMS_GATEWAY_SECRET],
    });
    expect(config.push).toEqual({
      publicKey: VAPID.VAPID_PUBLIC_KEY,
      privateKey: VAPID.VAPID_PRIVATE_KEY,
      subject: VAPID.VAPID_SUBJECT,
      allowedHosts: [{ hostname: 'push.example.org', port: null }],
    });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['an unknown provider', { SMS_PROVIDER: 'pigeon' }, /SMS_PROVIDER must be/],
    ['Twilio without a token', { ...TWILIO, TWILIO_AUTH_TOKEN: '' }, /needs TWILIO_AUTH_TOKEN/],
    ['Twilio without a sender', { ...TWILIO, TWILIO_FROM: '' }, /either TWILIO_FROM or/],
    [
      'Twilio with two senders',
      { ...TWILIO, TWILIO_MESSAGING_SERVICE_SID: `MG${SID.slice(2)}` },
      /either TWILIO_FROM or/,
    ],
    ['settings of Twilio without it', { TWILIO_AUTH_TOKEN: 'x' }, /TWILIO_AUTH_TOKEN needs SMS_PROVIDER/],
    ['settings of both', { ...TWILIO, SMS_GATEWAY_SECRET: newSecret() }, /needs SMS_PROVIDER=http/],
    ['a gateway without a secret', { ...GATEWAY, SMS_GATEWAY_SECRET: '' }, /needs SMS_GATEWAY_SECRET/],
    [
      'a gateway with a short secret',
      { ...GATEWAY, SMS_GATEWAY_SECRET: 'whsec_AAAA' },
      /SMS_GATEWAY_SECRET must/,
    ],
    [
      'a gateway inside the network',
      { ...GATEWAY, SMS_GATEWAY_URL: 'https://10.0.0.7/' },
      /SMS_GATEWAY_URL must/,
    ],
    ['a single VAPID key', { VAPID_PUBLIC_KEY: VAPID.VAPID_PUBLIC_KEY }, /go together/],
    ['a private key that is none', { ...VAPID, VAPID_PRIVATE_KEY: 'x' }, /VAPID_PRIVATE_KEY must/],
    ['keys that are no pair', { ...VAPID, VAPID_PUBLIC_KEY: 'x'.repeat(87) }, /VAPID_PUBLIC_KEY must/],
    ['a subject that is no contact', { ...VAPID, VAPID_SUBJECT: 'it@example.org' }, /VAPID_SUBJECT must/],
    ['quiet hours without an end', { QUIET_HOURS: '21:00' }, /QUIET_HOURS must/],
  ])('%s is refused', (_, env, problem) => {
    const problems = problemsOf(env);
    expect(
      problems.some((one) => problem.test(one)),
      problems.join(' '),
    ).toBe(true);
  });
});
