import type { ProviderMeeting, VisitState } from '../../../sdk/index.ts';
import { useSeconds } from '../../hooks/page.ts';
import { addressOf } from './meeting-status.ts';
import { providerName, runsInPage } from './provider-call.ts';
import { t } from './texts.ts';

interface Props {
  state: VisitState;
  meeting: ProviderMeeting;
  /** Whether the browser refused the window, or closed it. */
  blocked: boolean;
  onOpen: () => void;
  /** Called when the person uses the link instead of the window. */
  onLink: () => void;
}

/** The way into the meeting: a button, or a link if the browser refuses a new window. */
export function MeetingEntrance({ state, meeting, blocked, onOpen, onLink }: Props) {
  const url = addressOf(meeting, useSeconds() + state.clockOffset);
  if (blocked && url !== null) {
    return (
      <div class="join-bar">
        <a
          ref={focusOnce}
          class="button button-primary button-large"
          data-testid="meeting-link"
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          onClick={onLink}
        >
          {t('meeting.open')}
        </a>
      </div>
    );
  }
  const { stay, opening } = meeting;
  const asking = opening.kind === 'asking';
  const again = opening.kind === 'open' || stay !== 'before';
  return (
    <>
      <div class="join-bar">
        <button
          type="button"
          class={`button button-large ${stay === 'in' ? 'button-quiet' : 'button-primary'}`}
          data-testid="open-meeting"
          aria-busy={asking}
          onClick={onOpen}
        >
          {asking && <span class="spinner" aria-hidden="true" />}
          {t(again ? 'meeting.openAgain' : 'meeting.open')}
        </button>
      </div>
      {stay !== 'in' && url === null && (
        <p class="hint">
          {t(runsInPage(meeting.provider) ? 'meeting.hintHere' : 'meeting.hint', {
            provider: providerName(meeting.provider),
          })}
        </p>
      )}
      {stay !== 'in' && url !== null && (
        <p class="hint">
          <a data-testid="meeting-link" href={url} target="_blank" rel="noopener noreferrer">
            {t('meeting.link')}
          </a>
        </p>
      )}
    </>
  );
}

/** Focuses the link that replaces the focused button. */
function focusOnce(link: HTMLAnchorElement | null): void {
  link?.focus({ preventScroll: true });
}
