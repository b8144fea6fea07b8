/** A corner of the stage, relative to the writing direction. */
export interface PipPosition {
  readonly block: 'start' | 'end';
  readonly inline: 'start' | 'end';
}

export const DEFAULT_PIP_POSITION: PipPosition = { block: 'end', inline: 'end' };

/** Returns the corner nearest to a point at `x` of the width from the left and `y` of the height, both 0 to 1. */
export function nearestPosition(x: number, y: number, rightToLeft: boolean): PipPosition {
  const atStart = x < 0.5 !== rightToLeft;
  return { block: y < 0.5 ? 'start' : 'end', inline: atStart ? 'start' : 'end' };
}

/** Returns the corner after an arrow key; null for other keys. */
export function positionAfterKey(corner: PipPosition, key: string, rightToLeft: boolean): PipPosition | null {
  switch (key) {
    case 'ArrowUp':
      return { ...corner, block: 'start' };
    case 'ArrowDown':
      return { ...corner, block: 'end' };
    case 'ArrowLeft':
      return { ...corner, inline: rightToLeft ? 'end' : 'start' };
    case 'ArrowRight':
      return { ...corner, inline: rightToLeft ? 'start' : 'end' };
    default:
      return null;
  }
}

/** Returns the next corner, clockwise on a left-to-right page, so that tapping reaches all four. */
export function nextPosition({ block, inline }: PipPosition): PipPosition {
  if (block === 'end') return inline === 'end' ? { block, inline: 'start' } : { block: 'start', inline };
  return inline === 'start' ? { block, inline: 'end' } : { block: 'end', inline };
}
