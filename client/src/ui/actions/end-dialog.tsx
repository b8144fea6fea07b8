import { useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { VisitClient } from '../../sdk/index.ts';
import { Modal } from '../components/modal.tsx';

/** Asks once more before the visit ends for everyone. */
export function EndDialog({ client, onClose }: { client: VisitClient; onClose: () => void }) {
  const [failed, setFailed] = useState(false);
  const end = () => {
    setFailed(false);
    client.endVisit().catch(() => setFailed(true));
  };
  return (
    <Modal title={t('call.endTitle')} onClose={onClose}>
      <p>{t('call.endText')}</p>
      {failed && (
        <p class="modal-error" role="alert">
          {t('call.endFailed')}
        </p>
      )}
      <div class="modal-buttons">
        <button type="button" class="button button-quiet" data-testid="end-cancel" onClick={onClose}>
          {t('call.cancel')}
        </button>
        <button type="button" class="button button-danger" data-testid="end-confirm" onClick={end}>
          {t('call.endConfirm')}
        </button>
      </div>
    </Modal>
  );
}
