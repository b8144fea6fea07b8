import { describe, expect, it } from 'vitest';
import { isSignedByTwilio } from './twilio-signature.ts';

/** The example of Twilio's own libraries. */
const TOKEN = '12345';
const URL_OF_EXAMPLE = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const SIGNATURE = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
const form = () =>
  new URLSearchParams({
    CallSid: 'CA1234567890ABCDE',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
    Caller: '+14158675309',
  });

describe('isSignedByTwilio', () => {
  it('accepts the example of Twilio, by the current or the previous token', () => {
    expect(isSignedByTwilio([TOKEN], SIGNATURE, URL_OF_EXAMPLE, form())).toBe(true);
    expect(isSignedByTwilio(['new', TOKEN], SIGNATURE, URL_OF_EXAMPLE, form())).toBe(true);
  });

  it('accepts a signature with or without the port', () => {
    const withPort = URL_OF_EXAMPLE.replace('.com/', '.com:443/');
    expect(isSignedByTwilio([TOKEN], SIGNATURE, withPort, form())).toBe(true);
    const other = URL_OF_EXAMPLE.replace('.com/', '.com:8443/');
    expect(isSignedByTwilio([TOKEN], SIGNATURE, other, form())).toBe(true);
  });

  it.each([
    ['another token', ['54321'], SIGNATURE, URL_OF_EXAMPLE, form()],
    ['no signature', [TOKEN], undefined, URL_OF_EXAMPLE, form()],
    ['an empty signature', [TOKEN], '', URL_OF_EXAMPLE, form()],
    ['another address', [TOKEN], SIGNATURE, `${URL_OF_EXAMPLE}3`, form()],
    ['another host', [TOKEN], SIGNATURE, URL_OF_EXAMPLE.replace('my', 'your'), form()],
    ['a changed field', [TOKEN], SIGNATURE, URL_OF_EXAMPLE, new URLSearchParams([...form(), ['To', '+1']])],
    ['a further field', [TOKEN], SIGNATURE, URL_OF_EXAMPLE, new URLSearchParams([...form(), ['X', '']])],
    ['no token', [], SIGNATURE, URL_OF_EXAMPLE, form()],
  ])('refuses %s', (_, tokens, signature, url, fields) => {
    expect(isSignedByTwilio(tokens, signature, url, fields)).toBe(false);
  });
});
