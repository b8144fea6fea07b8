import { createECDH, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { areBrowserKeys, encryptForBrowser, MAX_CONTENT_BYTES } from './web-push-encryption.ts';

/** The example of RFC 8291, appendix A. */
const EXAMPLE = {
  content: 'When I grow up, I want to be a watermelon',
  keys: {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  },
  privateKey: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  encrypted:
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml' +
    'mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT' +
    'pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
};

describe('encryptForBrowser', () => {
  it('returns the message of the example of RFC 8291', () => {
    const encrypted = encryptForBrowser(Buffer.from(EXAMPLE.content), EXAMPLE.keys, {
      salt: Buffer.from(EXAMPLE.salt, 'base64url'),
      privateKey: Buffer.from(EXAMPLE.privateKey, 'base64url'),
    });
    expect(encrypted.toString('base64url')).toBe(EXAMPLE.encrypted);
  });

  it('returns another message each time', () => {
    const messages = Array.from({ length: 3 }, () =>
      encryptForBrowser(Buffer.from('x'), EXAMPLE.keys).toString('base64url'),
    );
    expect(new Set(messages).size).toBe(3);
  });

  it('fits the longest content into 4096 bytes, and refuses a longer one', () => {
    expect(encryptForBrowser(randomBytes(MAX_CONTENT_BYTES), EXAMPLE.keys)).toHaveLength(4096);
    expect(() => encryptForBrowser(randomBytes(MAX_CONTENT_BYTES + 1), EXAMPLE.keys)).toThrow('too long');
  });

  it('throws if the key of the browser is not on the curve', () => {
    const p256dh = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]).toString('base64url');
    expect(() => encryptForBrowser(Buffer.from('x'), { ...EXAMPLE.keys, p256dh })).toThrow();
  });
});

describe('areBrowserKeys', () => {
  it('accepts keys of a browser, and refuses others', () => {
    const p256dh = createECDH('prime256v1').generateKeys().toString('base64url');
    const auth = randomBytes(16).toString('base64url');
    expect(areBrowserKeys({ p256dh, auth })).toBe(true);
    expect(areBrowserKeys({ p256dh, auth: 'short' })).toBe(false);
    expect(areBrowserKeys({ p256dh: p256dh.slice(0, 40), auth })).toBe(false);
    expect(
      areBrowserKeys({ p256dh: createECDH('secp256k1').generateKeys().toString('base64url'), auth }),
    ).toBe(false);
  });
});
