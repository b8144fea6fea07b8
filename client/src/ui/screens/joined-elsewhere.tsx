import { t } from '../../locales/index.ts';
import type { VisitClient } from '../../sdk/index.ts';
import { unlockAudio } from '../sound/audio.ts';
import { Message } from './message.tsx';

/** The person has joined on another device, and can continue here. */
export function JoinedElsewhereScreen({ client }: { client: VisitClient }) {
  const here = () => {
    unlockAudio();
    client.join();
  };
  return (
    <Message
      title={t('elsewhere.title')}
      text={t('elsewhere.text')}
      testId="error-screen"
      code="joined_elsewhere"
    >
      <div class="message-buttons">
        <button type="button" class="button button-primary" data-testid="take-over" onClick={here}>
          {t('elsewhere.here')}
        </button>
        <button
          type="button"
          class="button button-quiet"
          data-testid="leave-button"
          onClick={() => void client.leave()}
        >
          {t('elsewhere.not')}
        </button>
      </div>
    </Message>
  );
}
