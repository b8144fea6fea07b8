import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { CameraDemand, highestDemand, LOWER_AFTER_MS, type Demand } from './camera-demand.ts';

function demandOnClock() {
  const clock = new ManualClock();
  const notified: Demand[] = [];
  return { clock, notified, demand: new CameraDemand(clock, (layer) => notified.push(layer)) };
}

describe('CameraDemand', () => {
  it.each([null, 0, 2])('set() notifies the first demand, %s, at once', (layer) => {
    const { notified, demand } = demandOnClock();
    expect(demand.notified).toBeUndefined();
    demand.set(layer);
    expect(notified).toEqual([layer]);
    expect(demand.notified).toBe(layer);
  });

  it('set() notifies each rise at once', () => {
    const { notified, demand } = demandOnClock();
    for (const layer of [null, 0, 1, 2]) demand.set(layer);
    expect(notified).toEqual([null, 0, 1, 2]);
  });

  it('set() notifies a fall after it has held for two seconds', () => {
    const { clock, notified, demand } = demandOnClock();
    demand.set(2);
    demand.set(0);
    clock.advance(LOWER_AFTER_MS - 1);
    expect(notified).toEqual([2]);
    clock.advance(1);
    expect(notified).toEqual([2, 0]);
  });

  it('set() of an unchanged demand neither notifies nor restarts the delay', () => {
    const { clock, notified, demand } = demandOnClock();
    demand.set(2);
    demand.set(2);
    demand.set(null);
    clock.advance(LOWER_AFTER_MS - 1);
    demand.set(null);
    clock.advance(1);
    expect(notified).toEqual([2, null]);
  });

  it('set() back to the notified demand cancels the pending fall', () => {
    const { clock, notified, demand } = demandOnClock();
    demand.set(2);
    demand.set(null);
    clock.advance(LOWER_AFTER_MS - 1);
    demand.set(2);
    clock.advance(10 * LOWER_AFTER_MS);
    expect(notified).toEqual([2]);
    expect(clock.waiting).toBe(0);
  });

  it('set() of another fall restarts the delay', () => {
    const { clock, notified, demand } = demandOnClock();
    demand.set(2);
    demand.set(0);
    clock.advance(LOWER_AFTER_MS - 1);
    demand.set(1);
    clock.advance(LOWER_AFTER_MS - 1);
    expect(notified).toEqual([2]);
    clock.advance(1);
    expect(notified).toEqual([2, 1]);
  });

  it('set() of a rise cancels the pending fall', () => {
    const { clock, notified, demand } = demandOnClock();
    demand.set(1);
    demand.set(null);
    demand.set(2);
    clock.advance(LOWER_AFTER_MS);
    expect(notified).toEqual([1, 2]);
  });

  it('close() cancels the pending fall and is idempotent', () => {
    const { clock, notified, demand } = demandOnClock();
    demand.set(2);
    demand.set(null);
    demand.close();
    demand.close();
    expect(clock.waiting).toBe(0);
    clock.advance(LOWER_AFTER_MS);
    expect(notified).toEqual([2]);
  });
});

describe('highestDemand', () => {
  it.each([
    [[], null],
    [[null, null], null],
    [[null, 0], 0],
    [[1, 0, null, 2], 2],
  ] as const)('returns the highest: of %j it is %s', (demands, best) => {
    expect(highestDemand(demands)).toBe(best);
  });
});
