import { describe, expect, it } from 'vitest';
import { lengthOf, MELODIES, type Melody } from './melody-player.ts';

describe.each(Object.keys(MELODIES) as Melody[])('the melody %s', (name) => {
  it('stays in a range that small loudspeakers and older people handle well', () => {
    for (const { pitch } of MELODIES[name]) {
      expect(pitch).toBeGreaterThan(400);
      expect(pitch).toBeLessThan(2000);
    }
  });

  it('starts at once and takes at most two seconds', () => {
    expect(MELODIES[name][0].at).toBe(0);
    expect(lengthOf(name)).toBeLessThanOrEqual(2);
  });
});

describe('lengthOf', () => {
  it('returns the end of the last note', () => {
    expect(lengthOf('message')).toBeCloseTo(0.64);
  });
});
