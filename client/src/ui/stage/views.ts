import type { View } from '../../sdk/index.ts';
import type { StageItem } from './stage-content.ts';
import type { Box } from './tiling.ts';

/** What is visible of the stage. */
export interface Visibility {
  readonly boxes: ReadonlyMap<string, Box>;
  /** Device pixels per CSS pixel. */
  readonly density: number;
  /** Whether the page is visible. */
  readonly visible: boolean;
  /** The item in the picture-in-picture window, and its width in CSS pixels. */
  readonly pip: { readonly key: string; readonly width: number } | null;
}

const CAMERA_ASPECT = 16 / 9;

/** Returns the width of each item's video in device pixels; 0 if it is hidden. */
export function viewsOf(items: readonly StageItem[], visibility: Visibility): View[] {
  const { boxes, density, visible, pip } = visibility;
  return items.map(({ key, person: { userId }, source }) => {
    const box = visible ? boxes.get(key) : undefined;
    const onStage = box ? shownWidth(box, source) : 0;
    const inPip = pip?.key === key ? pip.width : 0;
    return { userId, source, width: Math.round(Math.max(onStage, inPip) * density) };
  });
}

/** A camera fills its tile and is cropped, so it is wider than a narrow tile; a screen is shown whole. */
function shownWidth({ width, height }: Box, source: View['source']): number {
  return source === 'camera' ? Math.max(width, Math.min(height * CAMERA_ASPECT, width * 2)) : width;
}
