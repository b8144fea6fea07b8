import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrange, type Scene } from './arrange.ts';

const people = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
const scene = (change: Partial<Scene> = {}): Scene => ({
  width: 1440,
  height: 760,
  rem: 16,
  others: people(3),
  self: 'me',
  large: null,
  page: 0,
  ...change,
});

describe('arrange', () => {
  it('gives a single other person the whole stage, and lets the own tile float', () => {
    const { boxes, selfFloats, large } = arrange(scene({ others: people(1) }));
    expect(boxes.get('p0')).toEqual({ x: 0, y: 0, width: 1440, height: 760 });
    expect(selfFloats).toBe(true);
    expect(large).toBe('p0');
  });

  it('lets the own tile float if there are no others', () => {
    const { boxes, selfFloats } = arrange(scene({ others: [] }));
    expect(boxes.size).toBe(0);
    expect(selfFloats).toBe(true);
  });

  it('leaves no gap for a hidden own tile', () => {
    const { boxes, selfFloats } = arrange(scene({ self: null }));
    expect([...boxes.keys()]).toEqual(['p0', 'p1', 'p2']);
    expect(selfFloats).toBe(false);
  });

  it('makes the large item larger than all others together', () => {
    const { boxes } = arrange(scene({ large: 'p1' }));
    const area = (key: string) => boxes.get(key)!.width * boxes.get(key)!.height;
    expect(area('p1')).toBeGreaterThan(2 * (area('p0') + area('p2') + area('me')));
  });

  it('falls back to the grid if the large item is gone', () => {
    expect(arrange(scene({ large: 'gone' })).large).toBeNull();
  });

  it('needs one page for 25 people on a desktop, and several on a phone', () => {
    expect(arrange(scene({ others: people(24) })).pages).toBe(1);
    const phone = arrange(scene({ others: people(24), width: 390, height: 600 }));
    expect(phone.pages).toBeGreaterThan(1);
    expect(phone.pager).not.toBeNull();
    expect(phone.boxes.has('me')).toBe(true);
  });

  it('shows the last page if the given page is gone', () => {
    const { page, pages } = arrange(scene({ others: people(24), width: 390, height: 600, page: 99 }));
    expect(page).toBe(pages - 1);
  });

  it('shows three tiles in the strip beside a large item on a phone, the own tile last', () => {
    const phone = { others: people(9), width: 390, height: 720, large: 'p0' };
    expect([...arrange(scene(phone)).boxes.keys()]).toEqual(['p0', 'p1', 'p2', 'me']);
  });

  const scenes = fc
    .record({
      width: fc.integer({ min: 320, max: 3840 }),
      height: fc.integer({ min: 110, max: 2160 }),
      rem: fc.constantFrom(16, 20, 32),
      others: fc.integer({ min: 2, max: 24 }).map(people),
      self: fc.constantFrom('me', null),
      large: fc.constantFrom(null, 'p0', 'p1'),
      page: fc.constant(0),
    })
    .map((one) => ({ ...one, height: Math.max(one.height, 7 * one.rem) }));

  it('shows every item on exactly one page', () => {
    fc.assert(
      fc.property(scenes, (one) => {
        const { pages, large } = arrange(one);
        const seen = Array.from({ length: pages }, (_, page) => [...arrange({ ...one, page }).boxes.keys()])
          .flat()
          .filter((key) => key !== large);
        const expected = [...one.others, ...(one.self === null ? [] : [one.self])].filter(
          (key) => key !== large,
        );
        expect([...seen].sort()).toEqual([...expected].sort());
      }),
    );
  });

  it('keeps all tiles on the stage without overlaps', () => {
    fc.assert(
      fc.property(scenes, (one) => {
        const { boxes, pager, large } = arrange(one);
        const all = [...boxes.values()];
        for (const { x, y, width, height } of all) {
          expect(Math.min(x, y)).toBeGreaterThanOrEqual(-1e-6);
          expect(x + width).toBeLessThanOrEqual(one.width + 1e-6);
          expect(y + height).toBeLessThanOrEqual(one.height + 1e-6);
        }
        // A lying strip has its pager at both ends; elsewhere it is a box of its own.
        if (pager && (large === null || one.height <= one.width)) all.push(pager);
        all.forEach((a, index) => {
          for (const b of all.slice(index + 1)) {
            const apart =
              a.x + a.width <= b.x + 1e-6 ||
              b.x + b.width <= a.x + 1e-6 ||
              a.y + a.height <= b.y + 1e-6 ||
              b.y + b.height <= a.y + 1e-6;
            expect(apart).toBe(true);
          }
        });
      }),
    );
  });
});
