/** A rectangle on the stage, in CSS pixels from inline start and block start. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The limits for the ratio of a tile's width to its height. */
export interface Aspect {
  readonly min: number;
  readonly max: number;
}

export interface Tiling {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

const NONE: Tiling = { columns: 0, rows: 0, tileWidth: 0, tileHeight: 0 };

/** Returns the grid in which `count` equal tiles are largest; all sizes in CSS pixels. */
export function tiling(count: number, width: number, height: number, aspect: Aspect, gap: number): Tiling {
  let best = NONE;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (width - gap * (columns - 1)) / columns;
    const cellHeight = (height - gap * (rows - 1)) / rows;
    if (cellWidth <= 0 || cellHeight <= 0) continue;
    const tileWidth = Math.min(cellWidth, cellHeight * aspect.max);
    const tileHeight = Math.min(cellHeight, tileWidth / aspect.min);
    if (tileWidth * tileHeight > best.tileWidth * best.tileHeight) {
      best = { columns, rows, tileWidth, tileHeight };
    }
  }
  return best;
}

/** Returns the places of `count` tiles: the grid is centred in the area, as is an incomplete last row. */
export function tileBoxes(
  count: number,
  area: Box,
  { columns, rows, tileWidth, tileHeight }: Tiling,
  gap: number,
): Box[] {
  const blockHeight = rows * tileHeight + (rows - 1) * gap;
  const top = area.y + (area.height - blockHeight) / 2;
  return Array.from({ length: columns === 0 ? 0 : count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const start = area.x + (area.width - (inRow * tileWidth + (inRow - 1) * gap)) / 2;
    return {
      x: start + (index % columns) * (tileWidth + gap),
      y: top + row * (tileHeight + gap),
      width: tileWidth,
      height: tileHeight,
    };
  });
}

/** Returns how many tiles of at least the size `least` fit into an area; at least one. */
export function capacity(
  most: number,
  area: Box,
  aspect: Aspect,
  gap: number,
  least: { width: number; height: number },
): number {
  for (let count = most; count > 1; count--) {
    const { tileWidth, tileHeight } = tiling(count, area.width, area.height, aspect, gap);
    if (tileWidth >= least.width && tileHeight >= least.height) return count;
  }
  return 1;
}
