import { initialsOf } from '../format/names.ts';
import type { Box } from './tiling.ts';
import type { MediaMode, VisitState } from '../../sdk/index.ts';

/** Returns a box as a style. The inline start follows the writing direction. */
export function boxStyle(box: Box | null): Record<string, string> {
  if (!box) return {};
  return {
    insetInlineStart: `${box.x}px`,
    insetBlockStart: `${box.y}px`,
    inlineSize: `${box.width}px`,
    blockSize: `${box.height}px`,
  };
}

/** Returns how much text a tile has room for: `tiny` has room for the name only. */
export function tileSize(box: Box | null): 'tiny' | 'small' | 'normal' {
  if (!box || box.width >= 260) return 'normal';
  return box.width < 150 || box.height < 100 ? 'tiny' : 'small';
}

/** Initials and a short text in place of a video. */
export function Placeholder({ name, text }: { name: string; text: string | null }) {
  return (
    <div class="placeholder">
      <span class="initials" aria-hidden="true">
        {initialsOf(name)}
      </span>
      {text !== null && <span class="placeholder-words">{text}</span>}
    </div>
  );
}

type Quality = Pick<VisitState, 'mediaMode' | 'saveData'>;
type Words = `quality.soundOnly${'On' | 'Off'}` | `quality.mode.${MediaMode}`;

/** Returns the message about a change of the media mode by the network or the person; null if there is none. */
export function qualityMessage(before: Quality, now: Quality): Words | null {
  if (now.saveData) return before.saveData ? null : 'quality.soundOnlyOn';
  if (before.saveData && now.mediaMode === 'full') return 'quality.soundOnlyOff';
  return before.mediaMode === now.mediaMode ? null : `quality.mode.${now.mediaMode}`;
}

/** Whether this person's camera is on, but not sent for now. */
export function cameraPaused({ mediaMode, local }: Pick<VisitState, 'mediaMode' | 'local'>): boolean {
  return mediaMode === 'audio_only' && local.camera.state === 'on';
}
