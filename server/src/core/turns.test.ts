import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { personActed, requestTurn, Turns } from './turns.ts';

describe('Turns', () => {
  it('does one piece in each turn of the event loop', async () => {
    const turns = new Turns<string>();
    const done: number[] = [];
    for (const piece of [1, 2, 3]) void turns.next('one').then(() => done.push(piece));
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      await nextTurn();
      expect(done).toEqual(expected);
    }
  });

  it('lets those with work take turns, in the order of each', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 }), async (keys) => {
        const turns = new Turns<number>();
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
          if (previous === key) expect(others).toBe(false);
          previous = key;
        }
      }),
    );
  });

  it('pauses after each piece', async () => {
    const turns = new Turns<string>(20);
    const from = performance.now();
    await Promise.all(Array.from({ length: 4 }, () => turns.next('one')));
    // Timers may be early by a millisecond.
    expect(performance.now() - from).toBeGreaterThan(3 * 19);
  });

  it('continues after it was idle', async () => {
    const turns = new Turns<string>();
    await turns.next('one');
    await nextTurn();
    await turns.next('one');
  });
});

describe('requestTurn', () => {
  it('lets requests through at once unless people are active', async () => {
    const done: string[] = [];
    const ask = () => {
      for (let request = 0; request < 3; request++) void requestTurn('key').then(() => done.push('done'));
    };
    ask();
    await Promise.resolve();
    await Promise.resolve();
    expect(done).toHaveLength(3);
    personActed();
    ask();
    await nextTurn();
    expect(done.length).toBeLessThan(6);
    await expect.poll(() => done).toHaveLength(6);
  });
});
