import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { newSecret, secretObjection, sign, signedHeaders, TOLERANCE_SECONDS, verify } from './signature.ts';

const NOW = Date.parse('2031-05-06T09:30:00.700Z');
const SECONDS = Math.floor(NOW / 1000);
const ID = 'evt_sess_0a1b2c3d_7';
const BODY = '{"type":"meeting.started","title":"Grüße ☕"}';
const [secret, other] = [newSecret(), newSecret()];
const anySecret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);

const signed = (changes: Partial<Parameters<typeof verify>[1]> = {}, secrets = [secret]) => ({
  id: ID,
  timestamp: String(SECONDS),
  signature: sign(secrets, ID, SECONDS, BODY),
  body: Buffer.from(BODY),
  ...changes,
});

describe('sign', () => {
  it('returns the signature of the example in the specification', () => {
    const example = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const body = '{"test": 2432232314}';
    expect(sign([example], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, body)).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('returns what the standardwebhooks package verifies, for any secret, id and body', () => {
    const now = Date.now();
    fc.assert(
      fc.property(
        anySecret,
        fc.stringMatching(/^[\w.-]{1,60}$/),
        fc.string({ unit: 'grapheme' }),
        (key, id, text) => {
          const body = JSON.stringify({ text });
          expect(new Webhook(key).verify(body, signedHeaders([key], id, now, body))).toEqual({ text });
        },
      ),
    );
  });

  it('signs with all secrets during a rotation, so that each of them verifies', () => {
    const body = '{}';
    const headers = signedHeaders([secret, other], ID, Date.now(), body);
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const key of [secret, other]) expect(() => new Webhook(key).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow();
  });
});

describe('verify', () => {
  it('accepts what the standardwebhooks package signs', () => {
    fc.assert(
      fc.property(anySecret, fc.string({ unit: 'grapheme' }), (key, text) => {
        const signature = new Webhook(key).sign(ID, new Date(NOW), text);
        expect(verify([key], signed({ signature, body: Buffer.from(text) }), NOW)).toBe('valid');
      }),
    );
  });

  it('accepts any of the secrets and any of the signatures', () => {
    expect(verify([other, secret], signed(), NOW)).toBe('valid');
    expect(verify([secret], signed({}, [other, secret]), NOW)).toBe('valid');
    const signature = `v1a,AAAA v2,x ${sign([secret], ID, SECONDS, BODY)}`;
    expect(verify([secret], signed({ signature }), NOW)).toBe('valid');
  });

  it.each([
    ['id', 'missing'],
    ['timestamp', 'missing'],
    ['signature', 'missing'],
  ] as const)('returns missing without %s', (name, verdict) => {
    expect(verify([secret], signed({ [name]: undefined }), NOW)).toBe(verdict);
    expect(verify([secret], signed({ [name]: '' }), NOW)).toBe(verdict);
  });

  it.each<[string, Partial<Parameters<typeof verify>[1]>]>([
    ['a changed body', { body: Buffer.from(`${BODY} `) }],
    ['a changed id', { id: 'evt_2' }],
    ['a changed timestamp', { timestamp: String(SECONDS + 1) }],
    ['a timestamp that is not an integer', { timestamp: `${SECONDS}.0` }],
    ['a timestamp with a sign', { timestamp: `+${SECONDS}` }],
    [
      'a signature of another version',
      { signature: sign([secret], ID, SECONDS, BODY).replace('v1,', 'v1a,') },
    ],
    ['a signature that is not base64', { signature: 'v1,%%%' }],
    ['an empty signature', { signature: 'v1,' }],
    ['half a signature', { signature: sign([secret], ID, SECONDS, BODY).slice(0, 20) }],
    [
      'the right signature after too many others',
      { signature: `${'v1,AAAA '.repeat(16)}${sign([secret], ID, SECONDS, BODY)}` },
    ],
  ])('returns invalid for %s', (_, changes) =>
    expect(verify([secret], signed(changes), NOW)).toBe('invalid'),
  );

  it('returns invalid for the signature of another secret, and always without secrets', () => {
    expect(verify([other], signed(), NOW)).toBe('invalid');
    expect(verify([], signed(), NOW)).toBe('invalid');
  });

  it.each([-1, 1])('accepts a clock that differs by up to five minutes (direction %i)', (direction) => {
    const at = (seconds: number) => NOW + direction * seconds * 1000;
    expect(verify([secret], signed(), at(TOLERANCE_SECONDS))).toBe('valid');
    expect(verify([secret], signed(), at(TOLERANCE_SECONDS + 1))).toBe('expired');
  });

  it('returns invalid, not expired, for an old wrong signature', () => {
    expect(verify([other], signed(), NOW + 86_400_000)).toBe('invalid');
  });
});

describe('secretObjection', () => {
  it('returns null for a new secret and for any of 24 to 64 bytes', () => {
    expect(secretObjection(newSecret())).toBeNull();
    expect(newSecret()).not.toBe(newSecret());
    fc.assert(fc.property(anySecret, (key) => secretObjection(key) === null));
  });

  it.each([
    ['', /begin with whsec_/],
    ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', /begin with whsec_/],
    ['whsec_', /24 to 64 bytes/],
    [`whsec_${Buffer.alloc(23).toString('base64')}`, /24 to 64 bytes/],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, /24 to 64 bytes/],
    [newSecret().replaceAll('=', ''), /base64/],
    ['whsec_not base64 at all, is it? No, it is not.', /base64/],
  ])('rejects %j', (key, words) => expect(secretObjection(key)).toMatch(words));
});
