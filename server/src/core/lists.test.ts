import { describe, expect, it } from 'vitest';
import { chunksOf, rotated } from './lists.ts';

describe('rotated', () => {
  it('begins at a random place and keeps all items in their cyclic order', () => {
    const from = (random: number) => rotated([1, 2, 3, 4], () => random);
    expect([0, 0.25, 0.99].map(from)).toEqual([
      [1, 2, 3, 4],
      [2, 3, 4, 1],
      [4, 1, 2, 3],
    ]);
  });

  it('returns an empty list for an empty one', () => expect(rotated([], () => 0.5)).toEqual([]));
});

describe('chunksOf', () => {
  it('returns parts of the given size, the last of which may be smaller', () => {
    expect(chunksOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(chunksOf([], 2)).toEqual([]);
  });
});
