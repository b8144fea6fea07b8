import type { MediaMode, VisitState } from '../../sdk/index.ts';

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
