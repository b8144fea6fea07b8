import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkSignatures } from './link-signature.ts';

const CURRENT = 'a-secret-of-more-than-thirty-two-characters';
const PREVIOUS = 'another-secret-of-more-than-thirty-two-chars';
const links = new LinkSignatures([CURRENT]);
const signature = links.sign('calendar', 'patient-7', '1');

describe('sign', () => {
  it('is an HMAC under a key of its own, as everybody can compute it', () => {
    // K=$(printf 'televisit:link' | openssl dgst -sha256 -hmac "$CURRENT" -r | cut -c 1-64)
    // printf '["calendar","patient-7","1"]' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$K -binary | basenc --base64url
    expect(signature).toBe('MlJM5DIW57vRcZ9s4SnI1KcYnGtYFjUVjIFdL8826Jo');
  });

  it('fits into an address as it is', () => expect(signature).toMatch(/^[\w-]{43}$/));

  it('differs for each part, and for parts that only read the same together', () => {
    const signatures = [
      links.sign('calendar', 'patient-7', '1'),
      links.sign('calendar', 'patient-7', '0'),
      links.sign('calendar', 'patient-71', ''),
      links.sign('calendarpatient-7', '1'),
      links.sign('calendar","patient-7', '1'),
      links.sign('calendar', 'patient-7'),
      links.sign(),
    ];
    expect(new Set(signatures).size).toBe(signatures.length);
  });
});

describe('verify', () => {
  it('takes what was signed', () => {
    expect(links.verify(signature, 'calendar', 'patient-7', '1')).toBe(true);
  });

  it.each([
    ['of another user', signature, ['calendar', 'patient-8', '1']],
    ['of another kind', signature, ['report', 'patient-7', '1']],
    ['of a link that says less', signature, ['calendar', 'patient-7', '0']],
    ['that is missing', undefined, ['calendar', 'patient-7', '1']],
    ['that is empty', '', ['calendar', 'patient-7', '1']],
    ['that is no base64', '💥', ['calendar', 'patient-7', '1']],
    ['that is cut short', signature.slice(0, -1), ['calendar', 'patient-7', '1']],
    ['that goes on', `${signature}AAAA`, ['calendar', 'patient-7', '1']],
  ])('refuses a signature %s', (_, given, what) => expect(links.verify(given, ...what)).toBe(false));

  it('refuses a signature with any bit turned', () => {
    fc.assert(
      fc.property(fc.nat(255), (bit) => {
        const bytes = Buffer.from(signature, 'base64url');
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(links.verify(bytes.toString('base64url'), 'calendar', 'patient-7', '1')).toBe(false);
      }),
    );
  });

  it('takes whatever was signed, and nothing else for it', () => {
    const parts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(links.verify(links.sign(...one), ...other)).toBe(same);
      }),
    );
  });

  it('after a rotation takes links of the previous secret, and signs with the current one', () => {
    const rotated = new LinkSignatures([PREVIOUS, CURRENT]);
    expect(rotated.verify(signature, 'calendar', 'patient-7', '1')).toBe(true);
    expect(rotated.sign('calendar', 'patient-7', '1')).toBe(
      new LinkSignatures([PREVIOUS]).sign('calendar', 'patient-7', '1'),
    );
  });

  it('once the old secret is gone refuses its links', () => {
    expect(new LinkSignatures([PREVIOUS]).verify(signature, 'calendar', 'patient-7', '1')).toBe(false);
  });
});
