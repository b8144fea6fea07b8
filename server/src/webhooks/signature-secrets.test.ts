import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oldSecretUntil, signingSecrets, withNewSecret } from './signature.ts';

const NOW = 1_000_000;
const HOUR = 3_600_000;
const one = { secrets: [{ secret: 'a', validUntil: null }] };

describe('signing secrets', () => {
  it('both sign during the overlap of a rotation, then only the new one', () => {
    const rotated = { secrets: withNewSecret(one, 'b', NOW, HOUR) };
    expect(signingSecrets(rotated, NOW)).toEqual(['b', 'a']);
    expect(signingSecrets(rotated, NOW + HOUR - 1)).toEqual(['b', 'a']);
    expect(signingSecrets(rotated, NOW + HOUR)).toEqual(['b']);
    expect(oldSecretUntil(rotated, NOW)).toBe(NOW + HOUR);
    expect(oldSecretUntil(rotated, NOW + HOUR)).toBeNull();
    expect(oldSecretUntil(one, NOW)).toBeNull();
  });

  it('have no overlap when it is 0', () => {
    expect(withNewSecret(one, 'b', NOW, 0)).toEqual([{ secret: 'b', validUntil: null }]);
  });

  it('are not extended by another rotation', () => {
    const rotated = { secrets: withNewSecret(one, 'b', NOW, HOUR) };
    const again = { secrets: withNewSecret(rotated, 'c', NOW + 1, 10 * HOUR) };
    expect(again.secrets).toEqual([
      { secret: 'c', validUntil: null },
      { secret: 'b', validUntil: NOW + 1 + 10 * HOUR },
      { secret: 'a', validUntil: NOW + HOUR },
    ]);
  });

  it('are at most four, of which the newest always signs, however often they are rotated', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: HOUR }), fc.nat({ max: 5 * HOUR })), { minLength: 1 }),
        (steps) => {
          let endpoint: Parameters<typeof signingSecrets>[0] = one;
          let now = NOW;
          for (const [index, [later, overlap]] of steps.entries()) {
            now += later;
            endpoint = { secrets: withNewSecret(endpoint, `s${index}`, now, overlap) };
            const signing = signingSecrets(endpoint, now);
            expect(signing[0]).toBe(`s${index}`);
            expect(endpoint.secrets.length).toBeLessThanOrEqual(4);
            expect(signing).toHaveLength(endpoint.secrets.length);
          }
        },
      ),
    );
  });
});
