import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distributeLayers, bandwidthNeeds, type LayeredStream } from './layer-budget.ts';

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

describe('bandwidthNeeds()', () => {
  const needs = (streams: readonly LayeredStream[], available: number) =>
    bandwidthNeeds(streams, { available, reserved: 40 });
  const withMargin = (bandwidth: number) => expect.closeTo(bandwidth * 1.12 * 1.01 + 40) as number;

  it('wants what the smallest pictures take if the bandwidth does not suffice for them', () => {
    expect(needs([stream(0), stream(0)], 100)).toMatchObject({ wanted: 240 });
  });

  it('wants what one more stream takes for its next layer, with a margin', () => {
    expect(needs([stream(0), stream(1)], 1000)).toEqual({
      wanted: withMargin(400),
      most: withMargin(2400),
    });
    expect(needs([stream(1)], 1000)).toMatchObject({ wanted: withMargin(1200) });
  });

  it('wants nothing if all streams have what the page displays, or there are none', () => {
    expect(needs([stream(2), stream(0, 0)], 5000)).toMatchObject({ wanted: 0 });
    expect(needs([], 0)).toMatchObject({ wanted: 0 });
  });
});
