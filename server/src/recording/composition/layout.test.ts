import { COMPOSITION_LAYOUTS } from '@televisit/shared/features/recording.vocabulary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canvasOf, fitted, placesOf, type Box } from './layout.ts';

describe('placesOf', () => {
  it('puts everyone on the canvas without overlap, at even numbers, in every layout', () => {
    const layouts = fc.constantFrom(...COMPOSITION_LAYOUTS);
    fc.assert(
      fc.property(layouts, fc.integer({ min: 0, max: 30 }), fc.boolean(), (layout, people, hasScreen) => {
        const canvas = canvasOf(layout);
        const places = placesOf(layout, people, hasScreen);
        const boxes = [...(places.screen ? [places.screen] : []), ...places.people];
        expect(places.people).toHaveLength(people);
        expect(places.screen !== null).toBe(hasScreen);
        for (const [index, box] of boxes.entries()) {
          expect([box.x, box.y, box.width, box.height].every((value) => value >= 0 && value % 2 === 0)).toBe(
            true,
          );
          expect(box.width * box.height).toBeGreaterThan(0);
          expect(box.x + box.width).toBeLessThanOrEqual(canvas.width);
          expect(box.y + box.height).toBeLessThanOrEqual(canvas.height);
          for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false);
        }
      }),
    );
  });

  it.each(COMPOSITION_LAYOUTS)('gives a shared screen most of the picture in the layout %s', (layout) => {
    const { width, height } = canvasOf(layout);
    const { screen } = placesOf(layout, 3, true);
    expect(screen && screen.width * screen.height).toBeGreaterThanOrEqual(0.7 * width * height);
  });

  it('gives the person who speaks most of the picture in the layout speaker', () => {
    const { people } = placesOf('speaker', 3, false);
    expect(people.map(({ width }) => width)).toEqual([960, 320, 320]);
    expect(placesOf('speaker', 1, false).people).toEqual([{ x: 0, y: 0, width: 1280, height: 720 }]);
  });
});

describe('fitted', () => {
  it.each([
    [
      { width: 640, height: 480 },
      { width: 640, height: 480 },
    ],
    [
      { width: 1280, height: 720 },
      { width: 640, height: 360 },
    ],
    [
      { width: 360, height: 640 },
      { width: 270, height: 480 },
    ],
  ])('keeps the proportions of %o', (picture, expected) => {
    expect(fitted(picture, { width: 640, height: 480 })).toEqual(expected);
  });
});

function overlap(left: Box, right: Box): boolean {
  const isBeside = left.x + left.width <= right.x || right.x + right.width <= left.x;
  return !isBeside && left.y < right.y + right.height && right.y < left.y + left.height;
}
