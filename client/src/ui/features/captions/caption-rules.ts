import type { CaptionsView } from '@televisit/shared/features/captions';
import type { CaptionLine, VisitState } from '../../../sdk/index.ts';
import type { CaptionSettings } from './caption-settings.ts';

/** How long a caption stays after its last change, in milliseconds. */
export const SHOWN_MS = 10_000;
/** More than this never fits. */
const MAX_SHOWN = 4;

/** A caption with whether its speaker is another one than that of the caption before it. */
export interface ShownCaption {
  readonly line: CaptionLine;
  readonly isNewSpeaker: boolean;
}

/** Returns the captions to show now, the newest last: those of other people, not of the reader. */
export function shownCaptions(
  lines: readonly CaptionLine[],
  ownId: string | undefined,
  now: number,
): readonly ShownCaption[] {
  const recent = lines.filter(
    ({ userId, receivedAt, final }) => userId !== ownId && (!final || now - receivedAt < SHOWN_MS),
  );
  return recent.slice(-MAX_SHOWN).map((line, index, shown) => ({
    line,
    isNewSpeaker: shown[index - 1]?.userId !== line.userId,
  }));
}

/** Returns when the next caption disappears, in milliseconds from now; null if none does by itself. */
export function nextChange(shown: readonly ShownCaption[], now: number): number | null {
  const times = shown.flatMap(({ line }) => (line.final ? [line.receivedAt + SHOWN_MS - now] : []));
  return times.length === 0 ? null : Math.max(0, Math.min(...times));
}

/** Whether a visit may have captions, as far as this page knows. */
export function hasCaptions(view: CaptionsView | null): view is CaptionsView {
  return view !== null && view.mode !== 'off';
}

/** Whether to turn captions on without being asked: the person wants them always, or the visit requires them. */
export function startsOn(view: CaptionsView, { on }: Pick<CaptionSettings, 'on'>): boolean {
  return on ?? view.mode === 'required';
}

/** Whether to ask this person for their consent. */
export function asksForConsent(view: CaptionsView | null): boolean {
  return hasCaptions(view) && view.consent === null && (view.mode === 'required' || view.state !== 'off');
}

/** Whether the question for consent to a recording is on the screen: one question at a time. */
export function isAskedToBeRecorded({ recording }: Pick<VisitState, 'recording'>): boolean {
  return recording?.consent === null && (recording.mode === 'required' || recording.state !== 'off');
}

/** The keys of what there is to say about the state, the most important first. */
export type StatusKey =
  | 'captions.waiting'
  | 'captions.human'
  | 'captions.busy'
  | 'captions.unavailable'
  | 'captions.language'
  | 'captions.device'
  | 'captions.empty';

/** Returns the key of the text in place of captions. */
export function statusKey({ state, problem, automatic }: CaptionsView): StatusKey {
  if (state === 'failed') return `captions.${problem ?? 'unavailable'}`;
  if (state === 'waiting') return 'captions.waiting';
  return automatic ? 'captions.empty' : 'captions.human';
}
