import { describe, expect, it } from 'vitest';
import { viewsOf, type Looking } from './views.ts';

const ana = { key: 'camera:ana', userId: 'ana', source: 'camera' } as const;
const screen = { key: 'screen:ana', userId: 'ana', source: 'screen' } as const;
const looking = (change: Partial<Looking> = {}): Looking => ({
  boxes: new Map([['camera:ana', { x: 0, y: 0, width: 320, height: 180 }]]),
  density: 1,
  visible: true,
  window: null,
  ...change,
});

describe('viewsOf', () => {
  it('is the width in device pixels, and nothing of what is on another page', () => {
    expect(viewsOf([ana, screen], looking({ density: 2 }))).toEqual([
      { userId: 'ana', source: 'camera', width: 640 },
      { userId: 'ana', source: 'screen', width: 0 },
    ]);
  });

  it('of a camera that is cut to fill an upright tile is the width before the cut', () => {
    const boxes = new Map([
      ['camera:ana', { x: 0, y: 0, width: 200, height: 180 }],
      ['screen:ana', { x: 0, y: 0, width: 200, height: 180 }],
    ]);
    expect(viewsOf([ana, screen], looking({ boxes })).map(({ width }) => width)).toEqual([320, 200]);
  });

  it('of a page that nobody sees is nothing', () => {
    expect(viewsOf([ana], looking({ visible: false }))[0]?.width).toBe(0);
  });

  it('of a hidden page with a small window of its own is what that window shows', () => {
    const window = { key: 'camera:ana', width: 300 };
    expect(viewsOf([ana, screen], looking({ visible: false, window })).map(({ width }) => width)).toEqual([
      300, 0,
    ]);
  });
});
