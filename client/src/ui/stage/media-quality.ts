import type { MediaMode, VisitState } from '../../sdk/index.ts';

type Quality = Pick<VisitState, 'mediaMode' | 'saveData'>;
type Words = `quality.soundOnly${'On' | 'Off'}` | `quality.mode.${MediaMode}`;

/** What to say when the network or the person changed how much is sent; null where there is nothing to say. */
export function qualityMessage(before: Quality, now: Quality): Words | null {
  if (now.saveData) return before.saveData ? null : 'quality.soundOnlyOn';
  if (before.saveData && now.mediaMode === 'full') return 'quality.soundOnlyOff';
  return before.mediaMode === now.mediaMode ? null : `quality.mode.${now.mediaMode}`;
}

/** Whether the own camera is on, and nobody is sent its picture for now. */
export function cameraPaused({ mediaMode, local }: Pick<VisitState, 'mediaMode' | 'local'>): boolean {
  return mediaMode === 'audio_only' && local.camera.state === 'on';
}
