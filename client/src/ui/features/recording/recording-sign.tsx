import type { RecordingView } from '@televisit/shared/features/recording';
import { useCall } from '../../hooks/call.ts';
import { t } from './texts.ts';

type State = RecordingView['state'];

/** The panel of this feature, and the action that opens it. */
export const PANEL = 'recording';

/** A mark for the state, next to its text: a filled red dot, two bars, a ring, or a triangle. */
export function StateIcon({ state }: { state: State }) {
  return (
    <svg
      class={`recording-icon recording-icon-${state}`}
      viewBox="0 0 16 16"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[state]}
    </svg>
  );
}

const SHAPES = {
  off: <circle cx="8" cy="8" r="5" fill="none" stroke-width="2" />,
  on: <circle cx="8" cy="8" r="6" />,
  paused: <path d="M4 3h3v10H4zM9 3h3v10H9z" />,
  waiting: (
    <>
      <circle cx="8" cy="8" r="6" fill="none" stroke-width="2" />
      <path d="M8 4.5V8l2.5 2" fill="none" stroke-width="1.75" stroke-linecap="round" />
    </>
  ),
  failed: <path d="M8 1.5l7 12.5H1zM7.2 6l.3 4h1l.3-4zM7.2 11.2h1.6v1.6H7.2z" fill-rule="evenodd" />,
};

/** Returns what hosts see of the people whom a recording waits for. Nobody is told who they are. */
export function countTexts({ state, unanswered, refused }: RecordingView): readonly string[] {
  if (state !== 'waiting') return [];
  return [
    ...(unanswered > 0 ? [t('recording.unanswered', { count: unanswered })] : []),
    ...(refused > 0 ? [t('recording.refused', { count: refused })] : []),
  ];
}

/** The state of the recording, as long as there is one. In the call it opens the panel. */
export function RecordingSign({ isInWindow }: { isInWindow: boolean }) {
  const { state, host, panel, togglePanel, anchor } = useCall();
  const view = state.recording;
  if (view === null || view.state === 'off') return null;
  const attributes = { class: 'recording-sign', 'data-testid': 'recording-sign', 'data-state': view.state };
  const content = (
    <>
      <StateIcon state={view.state} />
      <span>{[t(`recording.${view.state}`), ...(host ? countTexts(view) : [])].join(' · ')}</span>
    </>
  );
  if (isInWindow) return <p {...attributes}>{content}</p>;
  return (
    <button
      {...attributes}
      ref={(button) => anchor(PANEL, button)}
      type="button"
      title={t('recording.title')}
      aria-expanded={panel === PANEL}
      onClick={() => togglePanel(PANEL)}
    >
      {content}
    </button>
  );
}
