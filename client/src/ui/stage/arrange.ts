import { capacity, tileBoxes, tiling, type Aspect, type Box } from './tiling.ts';

export type LayoutMode = 'grid' | 'speaker';

/** The stage to arrange; all sizes in CSS pixels. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** The font size of the root: it grows on very large screens and for people who need large text. */
  readonly rem: number;
  /** The keys of all stage items, in order. */
  readonly others: readonly string[];
  /** The key of this person's own tile; null if it is hidden. */
  readonly self: string | null;
  /** The key of the item in the large place; null for a grid. */
  readonly large: string | null;
  readonly page: number;
}

export interface Arrangement {
  /** The visible items; the others are on another page. */
  readonly boxes: ReadonlyMap<string, Box>;
  /** The item in the large place. */
  readonly large: string | null;
  /** Whether the own tile floats over the large one, in a corner. */
  readonly selfFloats: boolean;
  readonly page: number;
  readonly pages: number;
  /** The place of the paging buttons. */
  readonly pager: Box | null;
}

/** The smallest legible tile, in rem. */
const LEAST = { width: 8.5, height: 5.5 };
const PAGER_REM = 3;
const GAP_REM = 0.5;

/** Returns the places of all tiles on the stage. */
export function arrange(scene: Scene): Arrangement {
  const { others, self, width, height, rem } = scene;
  const [only] = others;
  if (only === undefined || others.length === 1) {
    const boxes = new Map(only === undefined ? [] : [[only, { x: 0, y: 0, width, height }]]);
    return { boxes, large: only ?? null, selfFloats: self !== null, page: 0, pages: 1, pager: null };
  }
  const gap = GAP_REM * rem;
  const area = { x: gap, y: gap, width: Math.max(0, width - 2 * gap), height: Math.max(0, height - 2 * gap) };
  const large = scene.large !== null && others.includes(scene.large) ? scene.large : null;
  if (large === null) return { ...paged(scene, others, gridIn(area, scene, gap)), large, selfFloats: false };
  // The rule by which styles tell an upright stage: there the strip lies, with paging buttons at both ends.
  const beside = height <= width;
  const { largeBox, strip } = split(area, beside, rem, gap);
  const rest = others.filter((key) => key !== large);
  const placed = paged(scene, rest, stripIn(strip, beside, rem, gap));
  return { ...placed, boxes: new Map([[large, largeBox], ...placed.boxes]), large, selfFloats: false };
}

/** A part of the stage with places for tiles. */
interface Shelf {
  /** Returns how many of `most` tiles fit; fewer with paging buttons. */
  readonly holds: (most: number, withPager: boolean) => number;
  readonly place: (count: number, withPager: boolean) => Box[];
  readonly pager: Box;
}

function paged({ self, page }: Scene, others: readonly string[], shelf: Shelf) {
  const total = others.length + (self === null ? 0 : 1);
  const fitsAll = shelf.holds(total, false) >= total;
  const perPage = fitsAll ? total : shelf.holds(total, true);
  // The own tile is the last one of the first page, unless it would be the only one.
  const at = Math.max(1, perPage - 1);
  const keys = [...others.slice(0, at), ...(self === null ? [] : [self]), ...others.slice(at)];
  const pages = Math.max(1, Math.ceil(total / Math.max(1, perPage)));
  const current = Math.min(Math.max(0, page), pages - 1);
  const shown = keys.slice(current * perPage, (current + 1) * perPage);
  const places = shelf.place(shown.length, !fitsAll);
  const boxes = new Map(
    shown.flatMap((key, index) => (places[index] ? [[key, places[index]] as const] : [])),
  );
  return { boxes, page: current, pages, pager: fitsAll ? null : shelf.pager };
}

function gridIn(area: Box, { width, height, rem }: Scene, gap: number): Shelf {
  // Upright tiles only on an upright stage: elsewhere they would crop too much of a wide video.
  const aspect: Aspect = { min: height > width ? 3 / 4 : 4 / 3, max: 16 / 9 };
  const least = { width: LEAST.width * rem, height: LEAST.height * rem };
  const pagerHeight = PAGER_REM * rem;
  const room = (withPager: boolean) => (withPager ? { ...area, height: area.height - pagerHeight } : area);
  return {
    holds: (most, withPager) => capacity(most, room(withPager), aspect, gap, least),
    place: (count, withPager) => {
      const { width: wide, height: high } = room(withPager);
      return tileBoxes(count, room(withPager), tiling(count, wide, high, aspect, gap), gap);
    },
    pager: { x: area.x, y: area.y + area.height - pagerHeight, width: area.width, height: pagerHeight },
  };
}

/** Returns the large place, and the strip of the others beside it, or below it on an upright stage. */
function split(area: Box, beside: boolean, rem: number, gap: number): { largeBox: Box; strip: Box } {
  if (beside) {
    const width = Math.min(Math.max(area.width * 0.2, 8.5 * rem), 16 * rem, area.width / 2);
    const largeBox = { ...area, width: area.width - width - gap };
    return { largeBox, strip: { ...area, x: area.x + largeBox.width + gap, width } };
  }
  const height = Math.min(Math.max(area.height * 0.17, 6.5 * rem), 12 * rem, area.height / 2);
  const largeBox = { ...area, height: area.height - height - gap };
  return { largeBox, strip: { ...area, y: area.y + largeBox.height + gap, height } };
}

function stripIn(strip: Box, upright: boolean, rem: number, gap: number): Shelf {
  const pagerSize = PAGER_REM * rem;
  // The paging buttons are below a vertical strip, and at both ends of a horizontal one.
  const length = (withPager: boolean) =>
    Math.max(
      0,
      (upright ? strip.height : strip.width) - (withPager ? (upright ? pagerSize : 2 * pagerSize) : 0),
    );
  const thickness = upright ? strip.width : strip.height;
  // A horizontal strip shows at least three tiles, upright ones if it is short.
  const tileLength = (withPager: boolean) =>
    upright
      ? Math.min((thickness * 9) / 16, strip.height)
      : Math.max(5 * rem, Math.min(thickness * 1.25, (length(withPager) - 2 * gap) / 3));
  return {
    holds: (most, withPager) =>
      Math.max(
        1,
        Math.min(most, Math.floor((length(withPager) + gap + 1e-6) / (tileLength(withPager) + gap))),
      ),
    place: (count, withPager) => {
      const one = tileLength(withPager);
      const used = count * one + (count - 1) * gap;
      const before = upright ? 0 : (withPager ? pagerSize : 0) + Math.max(0, (length(withPager) - used) / 2);
      const size = Math.min(one, length(withPager));
      return Array.from({ length: count }, (_, index) => {
        const offset = before + index * (one + gap);
        return upright
          ? { x: strip.x, y: strip.y + offset, width: thickness, height: size }
          : { x: strip.x + offset, y: strip.y, width: size, height: thickness };
      });
    },
    pager: upright
      ? { x: strip.x, y: strip.y + strip.height - pagerSize, width: strip.width, height: pagerSize }
      : strip,
  };
}
