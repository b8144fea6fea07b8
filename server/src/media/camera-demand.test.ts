import { describe, expect, it } from 'vitest';
import { ManualClock } from '../domain/testing/manual-clock.ts';
import { CameraDemand, highest, LOWER_AFTER_MS, type Demand } from './camera-demand.ts';

function demanding() {
  const clock = new ManualClock();
  const told: Demand[] = [];
  return { clock, told, demand: new CameraDemand(clock, (layer) => told.push(layer)) };
}

describe('CameraDemand', () => {
  it.each([null, 0, 2])('set() for the first time tells %s at once', (layer) => {
    const { told, demand } = demanding();
    expect(demand.told).toBeUndefined();
    demand.set(layer);
    expect(told).toEqual([layer]);
    expect(demand.told).toBe(layer);
  });

  it('set() of more is told at once, step by step', () => {
    const { told, demand } = demanding();
    for (const layer of [null, 0, 1, 2]) demand.set(layer);
    expect(told).toEqual([null, 0, 1, 2]);
  });

  it('set() of less is told when it has held for two seconds, and not before', () => {
    const { clock, told, demand } = demanding();
    demand.set(2);
    demand.set(0);
    clock.advance(LOWER_AFTER_MS - 1);
    expect(told).toEqual([2]);
    clock.advance(1);
    expect(told).toEqual([2, 0]);
  });

  it('set() of the same again neither tells nor begins the wait anew', () => {
    const { clock, told, demand } = demanding();
    demand.set(2);
    demand.set(2);
    demand.set(null);
    clock.advance(LOWER_AFTER_MS - 1);
    demand.set(null);
    clock.advance(1);
    expect(told).toEqual([2, null]);
  });

  it('set() back to what was told forgets the lower one', () => {
    const { clock, told, demand } = demanding();
    demand.set(2);
    demand.set(null);
    clock.advance(LOWER_AFTER_MS - 1);
    demand.set(2);
    clock.advance(10 * LOWER_AFTER_MS);
    expect(told).toEqual([2]);
    expect(clock.waiting).toBe(0);
  });

  it('set() of another lower one waits for that one', () => {
    const { clock, told, demand } = demanding();
    demand.set(2);
    demand.set(0);
    clock.advance(LOWER_AFTER_MS - 1);
    demand.set(1);
    clock.advance(LOWER_AFTER_MS - 1);
    expect(told).toEqual([2]);
    clock.advance(1);
    expect(told).toEqual([2, 1]);
  });

  it('set() of more while a lower one waits is told at once, and the lower one never', () => {
    const { clock, told, demand } = demanding();
    demand.set(1);
    demand.set(null);
    demand.set(2);
    clock.advance(LOWER_AFTER_MS);
    expect(told).toEqual([1, 2]);
  });

  it('close() tells nothing more and leaves no timer; it is idempotent', () => {
    const { clock, told, demand } = demanding();
    demand.set(2);
    demand.set(null);
    demand.close();
    demand.close();
    expect(clock.waiting).toBe(0);
    clock.advance(LOWER_AFTER_MS);
    expect(told).toEqual([2]);
  });
});

describe('highest', () => {
  it.each([
    [[], null],
    [[null, null], null],
    [[null, 0], 0],
    [[1, 0, null, 2], 2],
  ] as const)('of %j is %s', (demands, best) => {
    expect(highest(demands)).toBe(best);
  });
});
