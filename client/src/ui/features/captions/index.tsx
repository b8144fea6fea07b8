import type { VisitState } from '../../../sdk/index.ts';
import type { CallAction } from '../../actions/call-action.ts';
import type { Toast } from '../../components/toast-queue.ts';
import { Lazy } from '../../hooks/lazy.ts';
import type { CallPanel } from '../../panels/call-panel.ts';
import type { ScreenProps, UiFeature } from '../feature.ts';
import { CaptionsAbove, CaptionsBelow } from './caption-band.tsx';
import { hasCaptions } from './caption-rules.ts';
import { ConsentBeforeCall, QuestionInCall } from './captions-consent.tsx';
import { CaptionsPanel } from './captions-panel.tsx';
import { CaptionsIcon, CaptionsSign, PANEL } from './captions-sign.tsx';
import { t } from './texts.ts';
import { toggleCaptions } from './toggle.ts';
import './captions.css';

const toggle: CallAction = {
  id: 'captions-toggle',
  placement: { order: 45, toolbar: { rank: 5 } },
  testId: 'captions-toggle',
  shortcut: { key: 't', label: () => t('captions.shortcut') },
  isAvailable: ({ state }) => hasCaptions(state.captions.view),
  isPressed: ({ state }) => state.captions.on,
  label: () => t('captions.title'),
  icon: ({ state }) => <CaptionsIcon off={!state.captions.on} />,
  look: ({ state }) => ({ tone: state.captions.on ? 'active' : 'plain' }),
  run: toggleCaptions,
};

const openPanel: CallAction = {
  id: PANEL,
  placement: { order: 178, menu: true },
  testId: 'captions-panel-toggle',
  isAvailable: ({ state }) => hasCaptions(state.captions.view),
  label: () => t('captions.panel'),
  icon: () => <CaptionsIcon />,
  run: ({ togglePanel }) => togglePanel(PANEL),
};

const panel: CallPanel = {
  id: PANEL,
  title: () => t('captions.panel'),
  opener: PANEL,
  component: Lazy.of(CaptionsPanel),
};

function Banner(props: ScreenProps) {
  return (
    <>
      <QuestionInCall {...props} />
      {props.state.phase === 'joined' && <CaptionsAbove />}
    </>
  );
}

/** Returns how to change an answer, after the first one. */
export function captionsNotices(
  { captions: { view: before } }: Pick<VisitState, 'captions'>,
  { captions: { view: after } }: Pick<VisitState, 'captions'>,
): Toast[] {
  const isFirstAnswer = before?.consent === null && after !== null && after.consent !== null;
  return isFirstAnswer ? [{ id: 'captions', text: t('captions.consent.saved'), tone: 'plain' }] : [];
}

export const captions: UiFeature = {
  actions: [toggle, openPanel],
  panels: [panel],
  Sign: CaptionsSign,
  Banner,
  Below: CaptionsBelow,
  BeforeCall: ConsentBeforeCall,
  notices: captionsNotices,
};
