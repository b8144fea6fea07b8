import { Icon } from '../../components/icons.tsx';
import { useCall } from '../../hooks/call.ts';
import { t } from './texts.ts';

/** The panel of this feature, and the action that opens it. */
export const PANEL = 'captions';

export function CaptionsIcon({ off = false }: { off?: boolean }) {
  return (
    <Icon>
      <rect x="3" y="5" width="18" height="14" rx="2" />
      <path d="M10.5 10.6a2.1 2.1 0 1 0 0 2.8M17 10.6a2.1 2.1 0 1 0 0 2.8" />
      {off && <path d="M4 3l16 18" />}
    </Icon>
  );
}

/** Says that what this person says becomes text, as long as it does. In the call it opens the panel. */
export function CaptionsSign({ isInWindow }: { isInWindow: boolean }) {
  const { state, panel, togglePanel, anchor } = useCall();
  const { view } = state.captions;
  if (view?.state !== 'on' || view.consent !== true) return null;
  const content = (
    <>
      <CaptionsIcon />
      <span>{t('captions.mine')}</span>
    </>
  );
  if (isInWindow) return <p class="captions-sign">{content}</p>;
  return (
    <button
      ref={(button) => anchor(PANEL, button)}
      type="button"
      class="captions-sign"
      data-testid="captions-sign"
      title={t('captions.panel')}
      aria-expanded={panel === PANEL}
      onClick={() => togglePanel(PANEL)}
    >
      {content}
    </button>
  );
}
