import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distributeLayers, type LayeredStream } from './layer-budget.ts';

const BITRATES = [100, 200, 1200];
const stream = (current: number, wanted = 2): LayeredStream => ({ current, wanted, bitrates: BITRATES });

describe('distributeLayers()', () => {
  it('allows the layer that the page displays if the bandwidth suffices', () => {
    expect(distributeLayers([stream(2), stream(1, 1)], 5000)).toEqual([2, 1]);
  });

  it('allows the lowest layer whatever the bandwidth is', () => {
    expect(distributeLayers([stream(2), stream(0)], 0)).toEqual([0, 0]);
  });

  it('lets a layer rise only with a margin, and keeps one that is slightly too large', () => {
    expect(distributeLayers([stream(1)], 1250)).toEqual([1]);
    expect(distributeLayers([stream(1)], 1350)).toEqual([2]);
    expect(distributeLayers([stream(2)], 1150)).toEqual([2]);
    expect(distributeLayers([stream(2)], 1100)).toEqual([1]);
  });

  it('lets all streams rise by one layer before any rises by two', () => {
    expect(distributeLayers([stream(0), stream(0), stream(0)], 700)).toEqual([1, 1, 1]);
    expect(distributeLayers([stream(0), stream(0)], 1600)).toEqual([2, 1]);
  });

  it('never exceeds what is displayed, nor the bandwidth by more than the margin', () => {
    const streams = fc.array(
      fc.record({ current: fc.nat(2), wanted: fc.nat(2), bitrates: fc.constant(BITRATES) }),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(streams, fc.nat(20_000), (all, bandwidth) => {
        const layers = distributeLayers(all, bandwidth);
        const spent = layers.reduce((sum, layer) => sum + (BITRATES[layer] ?? 0), 0);
        for (const [index, layer] of layers.entries())
          expect(layer).toBeLessThanOrEqual(all[index]?.wanted ?? 0);
        if (layers.some((layer) => layer > 0)) expect(spent).toBeLessThanOrEqual(bandwidth * 1.06);
      }),
    );
  });
});
