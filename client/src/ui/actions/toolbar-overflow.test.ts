import { describe, expect, it } from 'vitest';
import { visibleActions } from './toolbar-overflow.ts';

const actions = [
  { id: 'share', rank: 3 },
  { id: 'hand', rank: 2 },
  { id: 'chat', rank: 1 },
];
const ids = (width: number) => visibleActions(actions, width, 50, 100).map(({ id }) => id);

describe('visibleActions', () => {
  it('of a wide bar is all of them', () => {
    expect(ids(250)).toEqual(['share', 'hand', 'chat']);
  });

  it('keeps the most important, in the order of the bar', () => {
    expect(ids(249)).toEqual(['hand', 'chat']);
    expect(ids(150)).toEqual(['chat']);
  });

  it('of a bar without room is none', () => {
    expect(ids(100)).toEqual([]);
    expect(ids(0)).toEqual([]);
  });
});
