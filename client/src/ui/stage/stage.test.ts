import { describe, expect, it } from 'vitest';
import { participant } from '../testing/fakes.ts';
import { viewsOf, type Visibility } from './stage.tsx';

const person = participant('ana');
const camera = { key: 'camera:ana', person, source: 'camera' } as const;
const screen = { key: 'screen:ana', person, source: 'screen' } as const;
const visibility = (change: Partial<Visibility> = {}): Visibility => ({
  boxes: new Map([['camera:ana', { x: 0, y: 0, width: 320, height: 180 }]]),
  density: 1,
  visible: true,
  pip: null,
  ...change,
});

describe('viewsOf', () => {
  it('returns widths in device pixels, and 0 for items on another page of the stage', () => {
    expect(viewsOf([camera, screen], visibility({ density: 2 }))).toEqual([
      { userId: 'ana', source: 'camera', width: 640 },
      { userId: 'ana', source: 'screen', width: 0 },
    ]);
  });

  it('returns the width before cropping for a camera in an upright tile', () => {
    const boxes = new Map([
      ['camera:ana', { x: 0, y: 0, width: 200, height: 180 }],
      ['screen:ana', { x: 0, y: 0, width: 200, height: 180 }],
    ]);
    expect(viewsOf([camera, screen], visibility({ boxes })).map(({ width }) => width)).toEqual([320, 200]);
  });

  it('returns 0 if the page is hidden', () => {
    expect(viewsOf([camera], visibility({ visible: false }))[0]?.width).toBe(0);
  });

  it('returns the width in the picture-in-picture window if the page is hidden', () => {
    const pip = { key: 'camera:ana', width: 300 };
    expect(viewsOf([camera, screen], visibility({ visible: false, pip })).map(({ width }) => width)).toEqual([
      300, 0,
    ]);
  });
});
