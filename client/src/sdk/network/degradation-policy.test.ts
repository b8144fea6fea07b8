import type { NetworkLevel } from '@televisit/shared/vocabulary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MEDIA_MODES, DegradationPolicy } from './degradation-policy.ts';

/** Returns the mode after each measurement, one every 2 s. */
function modes(ladder: DegradationPolicy, levels: readonly NetworkLevel[], from = 0): string[] {
  return levels.map((level, index) => ladder.observe(level, from + index * 2000));
}

const times = (count: number, level: NetworkLevel) => Array.from({ length: count }, () => level);

describe('DegradationPolicy', () => {
  it('stays at full on a good network', () => {
    expect(new Set(modes(new DegradationPolicy(), times(100, 'good')))).toEqual(new Set(['full']));
  });

  it('steps down after 8, 12 and 8 seconds, to audio_only at most', () => {
    const seen = modes(new DegradationPolicy(), times(20, 'poor'));
    expect(seen.slice(0, 4)).toEqual(['full', 'full', 'full', 'full']);
    expect([seen[9], seen[13]]).toEqual(['reduced', 'no_remote_video']);
    expect([seen[4], seen[10], seen[14], seen[19]]).toEqual([
      'reduced',
      'no_remote_video',
      'audio_only',
      'audio_only',
    ]);
  });

  it('does not step down for a short dip', () => {
    const dips = [...times(4, 'poor'), 'good' as const];
    expect(new Set(modes(new DegradationPolicy(), [...dips, ...dips, ...dips]))).toEqual(new Set(['full']));
  });

  it('returns to full when the network recovers', () => {
    const ladder = new DegradationPolicy();
    modes(ladder, times(15, 'poor'));
    const seen = modes(ladder, times(60, 'good'), 30_000);
    expect(seen[0]).toBe('audio_only');
    expect(seen.at(-1)).toBe('full');
    // Three seconds, at measurements two seconds apart.
    expect(seen.indexOf('full')).toBe(2);
    expect([...new Set(seen)]).toEqual(['audio_only', 'full']);
  });

  it('waits longer after a return to full that did not hold', () => {
    const ladder = new DegradationPolicy();
    const wave = [...times(5, 'poor'), ...times(3, 'good')];
    const swings = modes(ladder, Array.from({ length: 12 }, () => wave).flat());
    const raised = swings.flatMap((mode, index) =>
      MEDIA_MODES.indexOf(mode as never) < MEDIA_MODES.indexOf(swings[index - 1] as never) ? [index] : [],
    );
    // The network looks good for 4 s twelve times; after the first failed returns that no longer suffices.
    expect(raised.length).toBeGreaterThan(0);
    expect(raised.length).toBeLessThan(4);
  });

  it('moves one step down or to full, never before its delays, whatever the network does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<NetworkLevel>('good', 'fair', 'poor'), { maxLength: 300 }),
        (levels) => {
          const steps = modes(new DegradationPolicy(), levels).map((mode) =>
            MEDIA_MODES.indexOf(mode as never),
          );
          let movedAt = 0;
          for (const [index, step] of steps.entries()) {
            const before = steps[index - 1] ?? 0;
            if (step === before) continue;
            expect(step === 0 || step === before + 1).toBe(true);
            expect((index - movedAt) * 2000).toBeGreaterThanOrEqual(step > before ? 8000 : 3000);
            movedAt = index;
          }
        },
      ),
    );
  });
});
