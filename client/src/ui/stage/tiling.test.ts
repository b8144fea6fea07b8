import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capacity, tileBoxes, tiling, type Aspect, type Box } from './tiling.ts';

const WIDE: Aspect = { min: 4 / 3, max: 16 / 9 };
const GAP = 8;
const stages = fc.record({
  count: fc.integer({ min: 1, max: 25 }),
  width: fc.integer({ min: 300, max: 3840 }),
  height: fc.integer({ min: 240, max: 2160 }),
  aspect: fc.constantFrom<Aspect>(WIDE, { min: 3 / 4, max: 16 / 9 }, { min: 16 / 9, max: 16 / 9 }),
});
const place = ({
  count,
  width,
  height,
  aspect,
}: {
  count: number;
  width: number;
  height: number;
  aspect: Aspect;
}) => tileBoxes(count, { x: 0, y: 0, width, height }, tiling(count, width, height, aspect, GAP), GAP);
const apart = (a: Box, b: Box) =>
  a.x + a.width <= b.x + 1e-6 ||
  b.x + b.width <= a.x + 1e-6 ||
  a.y + a.height <= b.y + 1e-6 ||
  b.y + b.height <= a.y + 1e-6;

describe('tiling', () => {
  it('gives one person on a wide stage a tile of full height', () => {
    expect(tiling(1, 1600, 800, WIDE, GAP)).toMatchObject({ columns: 1, rows: 1, tileHeight: 800 });
  });

  it('places two tiles side by side on a wide stage, and one above the other on an upright phone', () => {
    expect(tiling(2, 1440, 760, WIDE, GAP)).toMatchObject({ columns: 2, rows: 1 });
    expect(tiling(2, 390, 650, WIDE, GAP)).toMatchObject({ columns: 1, rows: 2 });
  });

  it('returns no tiles without people or room', () => {
    expect(tiling(0, 800, 600, WIDE, GAP).columns).toBe(0);
    expect(tileBoxes(3, { x: 0, y: 0, width: 0, height: 0 }, tiling(3, 0, 0, WIDE, GAP), GAP)).toEqual([]);
  });

  it('places every tile inside the stage', () => {
    fc.assert(
      fc.property(stages, (stage) => {
        const boxes = place(stage);
        expect(boxes).toHaveLength(stage.count);
        for (const { x, y, width, height } of boxes) {
          expect(Math.min(x, y)).toBeGreaterThanOrEqual(-1e-6);
          expect(x + width).toBeLessThanOrEqual(stage.width + 1e-6);
          expect(y + height).toBeLessThanOrEqual(stage.height + 1e-6);
        }
      }),
    );
  });

  it('never lets tiles overlap', () => {
    fc.assert(
      fc.property(stages, (stage) => {
        const boxes = place(stage);
        boxes.forEach((box, index) => {
          for (const other of boxes.slice(index + 1)) expect(apart(box, other)).toBe(true);
        });
      }),
    );
  });

  it('keeps every tile within the limits for its proportions', () => {
    fc.assert(
      fc.property(stages, (stage) => {
        const { tileWidth, tileHeight } = tiling(stage.count, stage.width, stage.height, stage.aspect, GAP);
        expect(tileWidth / tileHeight).toBeGreaterThanOrEqual(stage.aspect.min - 1e-6);
        expect(tileWidth / tileHeight).toBeLessThanOrEqual(stage.aspect.max + 1e-6);
      }),
    );
  });

  it('covers as much of the stage as any grid of such tiles', () => {
    fc.assert(
      fc.property(stages, fc.double({ min: 0, max: 1, noNaN: true }), (stage, share) => {
        const { tileWidth, tileHeight } = tiling(stage.count, stage.width, stage.height, stage.aspect, GAP);
        // Any grid with any allowed proportion, grown until it touches an edge.
        const aspect = stage.aspect.min + share * (stage.aspect.max - stage.aspect.min);
        for (let rows = 1; rows <= stage.count; rows++) {
          const columns = Math.ceil(stage.count / rows);
          const byWidth = (stage.width - GAP * (columns - 1)) / columns;
          const byHeight = ((stage.height - GAP * (rows - 1)) / rows) * aspect;
          const width = Math.min(byWidth, byHeight);
          if (width > 0)
            expect(tileWidth * tileHeight).toBeGreaterThanOrEqual((width * width) / aspect - 1e-3);
        }
      }),
    );
  });
});

describe('capacity', () => {
  const least = { width: 136, height: 90 };
  it('holds a full visit on a desktop', () => {
    expect(capacity(25, { x: 0, y: 0, width: 1440, height: 760 }, WIDE, GAP, least)).toBe(25);
  });

  it('holds only legible tiles on a phone', () => {
    const many = capacity(25, { x: 0, y: 0, width: 390, height: 600 }, WIDE, GAP, least);
    expect(many).toBeGreaterThanOrEqual(6);
    expect(many).toBeLessThan(25);
  });

  it('returns 1 if there is hardly any room', () => {
    expect(capacity(25, { x: 0, y: 0, width: 100, height: 50 }, WIDE, GAP, least)).toBe(1);
  });
});
