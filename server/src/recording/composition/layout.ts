import type { CompositionLayout } from '@televisit/shared/features/recording.vocabulary';

/** Where pictures are on the canvas of a composition. All numbers are even, because colour has half the resolution (yuv420p). */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

/** Where the screen is, and the people in their order. */
export interface Places {
  readonly screen: Box | null;
  readonly people: readonly Box[];
}

const SIZES: Readonly<Record<CompositionLayout, Size>> = {
  'side-by-side': { width: 1280, height: 480 },
  speaker: { width: 1280, height: 720 },
  grid: { width: 1280, height: 720 },
};
/** The share of the width that people have beside a shared screen or the person who speaks. */
const STRIP = 1 / 4;
/** Beside the main picture, a person has at most the height of this share of the canvas. */
const LEAST_IN_STRIP = { 'side-by-side': 2, speaker: 4, grid: 4 } as const;

/** Returns the size of the picture of a layout, whatever is in it. */
export function canvasOf(layout: CompositionLayout): Size {
  return SIZES[layout];
}

/**
 * Returns the places of a number of people, of whom the first one speaks, and of a shared screen, which takes the main area of
 * every layout.
 */
export function placesOf(layout: CompositionLayout, people: number, hasScreen: boolean): Places {
  const canvas = SIZES[layout];
  const whole = { x: 0, y: 0, ...canvas };
  if (hasScreen) {
    if (people === 0) return { screen: whole, people: [] };
    const [main, strip] = split(whole);
    return { screen: main, people: column(strip, people, LEAST_IN_STRIP[layout]) };
  }
  if (layout === 'grid') return { screen: null, people: grid(whole, people) };
  if (layout === 'side-by-side') return { screen: null, people: row(whole, people) };
  if (people <= 1) return { screen: null, people: people === 0 ? [] : [whole] };
  const [main, strip] = split(whole);
  return { screen: null, people: [main, ...column(strip, people - 1, LEAST_IN_STRIP.speaker)] };
}

/** Returns the largest size with the proportions of a picture that fits into a box. */
export function fitted(picture: Size, box: Size): Size {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  return { width: even(picture.width * scale), height: even(picture.height * scale) };
}

function split(box: Box): [Box, Box] {
  const width = even(box.width * STRIP);
  return [
    { ...box, width: box.width - width },
    { ...box, x: box.x + box.width - width, width },
  ];
}

function column(box: Box, count: number, least: number): Box[] {
  const height = even(box.height / Math.max(count, least));
  return Array.from({ length: count }, (_, index) => ({ ...box, y: box.y + index * height, height }));
}

function row(box: Box, count: number): Box[] {
  const width = even(box.width / count);
  return Array.from({ length: count }, (_, index) => ({ ...box, x: box.x + index * width, width }));
}

/** Fills rows from the top; the last one is centred. */
function grid(box: Box, count: number): Box[] {
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const [width, height] = [even(box.width / columns), even(box.height / rows)];
  return Array.from({ length: count }, (_, index) => {
    const line = Math.floor(index / columns);
    const inLine = Math.min(columns, count - line * columns);
    const x = box.x + 2 * Math.floor((box.width - inLine * width) / 4) + (index % columns) * width;
    return { x, y: box.y + line * height, width, height };
  });
}

function even(value: number): number {
  return Math.max(2, 2 * Math.floor(value / 2));
}
