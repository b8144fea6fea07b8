import type { View } from '../../sdk/index.ts';
import type { Box } from './tiling.ts';

/** Something of somebody else that can be on the stage. */
export interface Picture {
  readonly key: string;
  readonly userId: string;
  readonly source: 'camera' | 'screen';
}

export interface Looking {
  readonly boxes: ReadonlyMap<string, Box>;
  /** Device pixels for one CSS pixel. */
  readonly density: number;
  /** Whether the page can be seen at all. */
  readonly visible: boolean;
  /** What a small window of its own shows while the page can't be seen, and how wide, in CSS pixels. */
  readonly window: { readonly key: string; readonly width: number } | null;
}

const CAMERA_ASPECT = 16 / 9;

/** How wide each picture is shown, in device pixels; 0 where nobody can see it. */
export function viewsOf(pictures: readonly Picture[], { boxes, density, visible, window }: Looking): View[] {
  return pictures.map(({ key, userId, source }) => {
    const box = visible ? boxes.get(key) : undefined;
    const onStage = box ? shownWidth(box, source) : 0;
    const inWindow = window?.key === key ? window.width : 0;
    return { userId, source, width: Math.round(Math.max(onStage, inWindow) * density) };
  });
}

/** A camera fills its tile and is cut, so it is wider than a narrow tile; a screen is shown whole. */
function shownWidth({ width, height }: Box, source: Picture['source']): number {
  return source === 'camera' ? Math.max(width, Math.min(height * CAMERA_ASPECT, width * 2)) : width;
}
