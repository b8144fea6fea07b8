import type { VisitClient, VisitState } from '../../../sdk/index.ts';
import { ClockIcon } from '../../components/icons.tsx';
import { hostNames } from '../../format/session-summary.ts';
import { Message } from '../../screens/message.tsx';
import { unlockAudio } from '../../sound/audio.ts';
import { t } from './texts.ts';

interface Props {
  client: VisitClient;
  state: VisitState;
}

/** A host has declined this person for now; they can ask again. */
export function DeclinedScreen({ client, state: { session, self, phase } }: Props) {
  const asking = phase === 'joining';
  const names = hostNames(session, self?.userId ?? null);
  const again = () => {
    unlockAudio();
    client.join();
  };
  return (
    <Message
      title={t('declined.title')}
      text={names === null ? t('declined.textUnnamed') : t('declined.text', { names })}
      testId="declined-screen"
      sign={<ClockIcon />}
    >
      <p>{t('declined.help')}</p>
      <div class="message-buttons">
        <button
          type="button"
          class="button button-primary"
          data-testid="ask-again"
          aria-busy={asking}
          aria-disabled={asking}
          onClick={again}
        >
          {asking && <span class="spinner" aria-hidden="true" />}
          {t('declined.again')}
        </button>
        <button
          type="button"
          class="button button-quiet"
          data-testid="leave-button"
          onClick={() => void client.leave()}
        >
          {t('declined.leave')}
        </button>
      </div>
    </Message>
  );
}
