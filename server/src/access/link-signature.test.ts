import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkSignatures } from './link-signature.ts';

const CURRENT = 'a-secret-of-more-than-thirty-two-characters';
const PREVIOUS = 'another-secret-of-more-than-thirty-two-chars';
const links = new LinkSignatures([CURRENT]);
const signature = links.sign('calendar', 'patient-7', '1');

describe('LinkSignatures.sign', () => {
  it('returns an HMAC with a derived key, reproducible with other tools', () => {
    // K=$(printf 'televisit:link' | openssl dgst -sha256 -hmac "$CURRENT" -r | cut -c 1-64)
    // printf '["calendar","patient-7","1"]' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$K -binary | basenc --base64url
    expect(signature).toBe('MlJM5DIW57vRcZ9s4SnI1KcYnGtYFjUVjIFdL8826Jo');
  });

  it('returns a signature that needs no escaping in a URL', () => expect(signature).toMatch(/^[\w-]{43}$/));

  it('returns different signatures for different parts, even if they concatenate to the same text', () => {
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

describe('LinkSignatures.verify', () => {
  it('accepts what was signed', () => {
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
  ])('rejects a signature %s', (_, given, what) => expect(links.verify(given, ...what)).toBe(false));

  it('rejects a signature with any bit flipped', () => {
    fc.assert(
      fc.property(fc.nat(255), (bit) => {
        const bytes = Buffer.from(signature, 'base64url');
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(links.verify(bytes.toString('base64url'), 'calendar', 'patient-7', '1')).toBe(false);
      }),
    );
  });

  it('accepts any signed parts, and no others with the same signature', () => {
    const parts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(links.verify(links.sign(...one), ...other)).toBe(same);
      }),
    );
  });

  it('accepts links signed with the previous secret after a rotation, and signs with the current one', () => {
    const rotated = new LinkSignatures([PREVIOUS, CURRENT]);
    expect(rotated.verify(signature, 'calendar', 'patient-7', '1')).toBe(true);
    expect(rotated.sign('calendar', 'patient-7', '1')).toBe(
      new LinkSignatures([PREVIOUS]).sign('calendar', 'patient-7', '1'),
    );
  });

  it('rejects links signed with a removed secret', () => {
    expect(new LinkSignatures([PREVIOUS]).verify(signature, 'calendar', 'patient-7', '1')).toBe(false);
  });
});
