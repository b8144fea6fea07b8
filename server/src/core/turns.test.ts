import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('Turns', () => {
  it('does one piece in a turn of the event loop that takes long, and several short ones', async () => {
    const turns = new Turns<string>(8);
    const done: string[] = [];
    const long = () => {
      for (const from = performance.now(); performance.now() - from < 4;);
      done.push('long');
    };
    for (let piece = 0; piece < 3; piece++) void turns.next('one').then(long);
    for (const expected of [1, 2, 3]) {
      await nextTurn();
      expect(done).toHaveLength(expected);
    }
    for (let piece = 0; piece < 20; piece++) void turns.next('one').then(() => done.push('short'));
    await nextTurn();
    expect(done.length - 3).toBeGreaterThan(0);
    expect(done.length - 3).toBeLessThanOrEqual(8);
    await turns.next('one');
    expect(done).toHaveLength(23);
  });

  it('lets those with work take turns, in the order of each', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 }), async (keys) => {
        const turns = new Turns<number>(8);
        const done: (readonly [key: number, index: number])[] = [];
        const work = keys.map((key, index) => turns.next(key).then(() => done.push([key, index])));
        await Promise.all(work);
        expect(done).toHaveLength(keys.length);
        const left = Map.groupBy(
          keys.map((key, index) => [key, index] as const),
          ([key]) => key,
        );
        let previous: number | undefined;
        for (const [key, index] of done) {
          expect(left.get(key)?.shift()?.[1]).toBe(index);
          const others = [...left].some(([other, rest]) => other !== key && rest.length > 0);
          if (previous === key) expect(others && left.get(key)!.length > 0).toBe(false);
          previous = key;
        }
      }),
    );
  });

  it('pauses after each piece while it is told to', async () => {
    let restMs = 20;
    const turns = new Turns<string>(8, () => restMs);
    const from = performance.now();
    await Promise.all(Array.from({ length: 4 }, () => turns.next('one')));
    // Timers may be early by a millisecond.
    expect(performance.now() - from).toBeGreaterThan(3 * 19);
    restMs = 0;
    const done: number[] = [];
    for (let piece = 0; piece < 3; piece++) void turns.next('one').then(() => done.push(piece));
    await expect.poll(() => done).toEqual([0, 1, 2]);
  });

  it('continues after it was idle', async () => {
    const turns = new Turns<string>(8);
    await turns.next('one');
    await nextTurn();
    await turns.next('one');
  });
});
