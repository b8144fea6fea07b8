import { describe, expect, it } from 'vitest';
import { positionAfterKey, DEFAULT_PIP_POSITION, nearestPosition, nextPosition } from './pip-position.ts';

describe('nearestPosition', () => {
  it('returns the quarter that contains the point', () => {
    expect(nearestPosition(0.1, 0.2, false)).toEqual({ block: 'start', inline: 'start' });
    expect(nearestPosition(0.9, 0.8, false)).toEqual({ block: 'end', inline: 'end' });
  });

  it('has its start at the right in right-to-left languages', () => {
    expect(nearestPosition(0.9, 0.1, true)).toEqual({ block: 'start', inline: 'start' });
  });
});

describe('positionAfterKey', () => {
  it('moves in the direction of the arrow', () => {
    expect(positionAfterKey(DEFAULT_PIP_POSITION, 'ArrowUp', false)).toEqual({
      block: 'start',
      inline: 'end',
    });
    expect(positionAfterKey(DEFAULT_PIP_POSITION, 'ArrowLeft', false)).toEqual({
      block: 'end',
      inline: 'start',
    });
    expect(positionAfterKey(DEFAULT_PIP_POSITION, 'ArrowLeft', true)).toEqual(DEFAULT_PIP_POSITION);
    expect(positionAfterKey(DEFAULT_PIP_POSITION, 'ArrowRight', true)).toEqual({
      block: 'end',
      inline: 'start',
    });
  });

  it('returns null for other keys', () => {
    expect(positionAfterKey(DEFAULT_PIP_POSITION, 'Enter', false)).toBeNull();
  });
});

describe('nextPosition', () => {
  it('returns to the first corner after all four', () => {
    const seen = new Set<string>();
    let corner = DEFAULT_PIP_POSITION;
    for (let step = 0; step < 4; step++) {
      corner = nextPosition(corner);
      seen.add(`${corner.block} ${corner.inline}`);
    }
    expect(seen.size).toBe(4);
    expect(corner).toEqual(DEFAULT_PIP_POSITION);
  });
});
