import type { RecordingView } from '@televisit/shared/features/recording';
import type { VisitState } from '../../../sdk/index.ts';
import type { CallAction } from '../../actions/call-action.ts';
import type { Toast } from '../../components/toast-queue.ts';
import { useCall, type CallTools } from '../../hooks/call.ts';
import { Lazy } from '../../hooks/lazy.ts';
import type { CallPanel } from '../../panels/call-panel.ts';
import type { ScreenProps, UiFeature } from '../feature.ts';
import { ConsentBeforeCall, ConsentQuestion } from './consent.tsx';
import { RecordingPanel, StartDialog } from './recording-panel.tsx';
import { asksForConsent, controlsFor, isRecordable } from './recording-rules.ts';
import { PANEL, RecordingSign, StateIcon } from './recording-sign.tsx';
import { t } from './texts.ts';
import { errorText } from './use-request.ts';
import './recording.css';

/** Returns what a host would most likely do with the recording. */
const nextControl = ({ host, state: { recording } }: CallTools) =>
  host && isRecordable(recording) ? controlsFor(recording).find((action) => action !== 'stop') : undefined;

/** Starts, pauses or continues the recording; stopping it for good is in the panel. */
const control: CallAction = {
  id: 'recording-control',
  placement: { order: 176, menu: true },
  testId: 'recording-control',
  isAvailable: (call) => nextControl(call) !== undefined,
  label: (call) => t(`recording.${nextControl(call) ?? 'start'}`),
  icon: (call) => <StateIcon state={nextControl(call) === 'pause' ? 'paused' : 'on'} />,
  run: (call) => {
    const action = nextControl(call);
    if (action === undefined) return;
    if (action === 'start') call.openDialog((close) => <StartDialog onClose={close} />);
    else
      call.client.recording
        .control(action)
        .catch((error: unknown) =>
          call.toasts.show({ id: 'failed', text: errorText(error), tone: 'warning' }),
        );
  },
};

const openPanel: CallAction = {
  id: PANEL,
  placement: { order: 177, menu: true },
  testId: 'recording-toggle',
  isAvailable: ({ state }) => isRecordable(state.recording),
  label: () => t('recording.title'),
  icon: () => <StateIcon state="off" />,
  run: ({ togglePanel }) => togglePanel(PANEL),
};

const panel: CallPanel = {
  id: PANEL,
  title: () => t('recording.title'),
  opener: PANEL,
  component: Lazy.of(RecordingPanel),
};

/** In the call the question takes room of the stage, and covers neither faces nor controls. */
function QuestionInCall({ client, state }: ScreenProps) {
  if (state.phase !== 'joined' || !asksForConsent(state.recording)) return null;
  return <BannerQuestion client={client} view={state.recording} />;
}

function BannerQuestion({ client, view }: Pick<ScreenProps, 'client'> & { readonly view: RecordingView }) {
  // The panel has the question itself.
  if (useCall().panel === PANEL) return null;
  return (
    <div class="consent-in-call">
      <ConsentQuestion client={client} view={view} without="consent.inCall" isSaid />
    </div>
  );
}

/** Returns the notices for everyone; screen readers read them. */
export function recordingNotices(
  { recording: before }: Pick<VisitState, 'recording'>,
  { recording: after }: Pick<VisitState, 'recording'>,
): Toast[] {
  const toasts: Toast[] = [];
  const state = changedState(before, after);
  if (state !== null && state !== 'waiting') {
    const tone = state === 'failed' ? 'warning' : 'plain';
    toasts.push({ id: 'recording', text: t(`recording.became.${state}`), tone });
  }
  if (!before || !after) return toasts;
  const isFirstAnswer = before.consent === null && after.consent !== null;
  if (isFirstAnswer) toasts.push({ id: 'consent', text: t('consent.saved'), tone: 'plain' });
  const isErased = before.isRecorded && !after.isRecorded && after.consent === false;
  if (isErased) toasts.push({ id: 'consent', text: t('consent.erased'), tone: 'plain' });
  return toasts;
}

/** Returns what a screen reader says beside the notices. Somebody who is asked hears the question instead. */
export function recordingTexts(
  { recording: before }: Pick<VisitState, 'recording'>,
  { recording: after }: Pick<VisitState, 'recording'>,
): string[] {
  const isWaiting = changedState(before, after) === 'waiting' && !asksForConsent(after);
  return isWaiting ? [t('recording.became.waiting')] : [];
}

/** Returns the new state of the recording; null if it is the same. Nothing known counts as none. */
function changedState(before: VisitState['recording'], after: VisitState['recording']) {
  const state = after?.state ?? 'off';
  return state === (before?.state ?? 'off') ? null : state;
}

export const recording: UiFeature = {
  actions: [control, openPanel],
  panels: [panel],
  Sign: RecordingSign,
  Banner: QuestionInCall,
  BeforeCall: ConsentBeforeCall,
  notices: recordingNotices,
  announce: recordingTexts,
};
