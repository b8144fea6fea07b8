import { describe, expect, it } from 'vitest';
import { cornerAfterKey, HOME_CORNER, nearestCorner, nextCorner } from './corner.ts';

describe('nearestCorner', () => {
  it('is the quarter in which the point lies', () => {
    expect(nearestCorner(0.1, 0.2, false)).toEqual({ block: 'start', inline: 'start' });
    expect(nearestCorner(0.9, 0.8, false)).toEqual({ block: 'end', inline: 'end' });
  });

  it('in a page from right to left has its start at the right', () => {
    expect(nearestCorner(0.9, 0.1, true)).toEqual({ block: 'start', inline: 'start' });
  });
});

describe('cornerAfterKey', () => {
  it('moves where the arrow points', () => {
    expect(cornerAfterKey(HOME_CORNER, 'ArrowUp', false)).toEqual({ block: 'start', inline: 'end' });
    expect(cornerAfterKey(HOME_CORNER, 'ArrowLeft', false)).toEqual({ block: 'end', inline: 'start' });
    expect(cornerAfterKey(HOME_CORNER, 'ArrowLeft', true)).toEqual(HOME_CORNER);
    expect(cornerAfterKey(HOME_CORNER, 'ArrowRight', true)).toEqual({ block: 'end', inline: 'start' });
  });

  it('knows no other key', () => {
    expect(cornerAfterKey(HOME_CORNER, 'Enter', false)).toBeNull();
  });
});

describe('nextCorner', () => {
  it('comes home after four, through all of them', () => {
    const seen = new Set<string>();
    let corner = HOME_CORNER;
    for (let step = 0; step < 4; step++) {
      corner = nextCorner(corner);
      seen.add(`${corner.block} ${corner.inline}`);
    }
    expect(seen.size).toBe(4);
    expect(corner).toEqual(HOME_CORNER);
  });
});
