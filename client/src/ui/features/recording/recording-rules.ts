import type { RecordingView } from '@televisit/shared/features/recording';
import type { RecordingAction, VisitErrorCode } from '../../../sdk/index.ts';

/** Returns whether a person has to be asked for their consent: nobody is asked about a recording that nobody wants. */
export function asksForConsent(view: RecordingView | null): view is RecordingView {
  return isRecordable(view) && view.consent === null && (view.mode === 'required' || view.state !== 'off');
}

/** Returns whether the visit may be recorded at all. */
export function isRecordable(view: RecordingView | null): view is RecordingView {
  return view !== null && view.mode !== 'off';
}

/** Returns what a host can do with the recording now, the most likely first. */
export function controlsFor({ mode, state }: RecordingView): readonly RecordingAction[] {
  if (mode === 'off') return [];
  const stop: readonly RecordingAction[] = mode === 'required' ? [] : ['stop'];
  switch (state) {
    case 'off':
      return ['start'];
    case 'waiting':
    case 'on':
      return ['pause', ...stop];
    case 'paused':
      return ['resume', ...stop];
    case 'failed':
      return stop;
  }
}

/** The text for a refused request; other errors have the general one. */
const ERRORS = {
  recording_unavailable: 'recording.error.unavailable',
  recording_required: 'recording.noStop',
  recordings_full: 'recording.error.full',
  recording_held: 'recording.error.held',
  recording_over: 'recording.error.over',
} as const satisfies Partial<Record<VisitErrorCode, string>>;

export type ErrorTextKey = (typeof ERRORS)[keyof typeof ERRORS] | 'call.failed';

/** Returns the key of the text about a refused request. */
export function errorTextKey(code: VisitErrorCode): ErrorTextKey {
  return code in ERRORS ? ERRORS[code as keyof typeof ERRORS] : 'call.failed';
}
