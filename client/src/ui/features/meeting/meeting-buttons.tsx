import { useState } from 'preact/hooks';
import type { VisitClient } from '../../../sdk/index.ts';
import { EndIcon, LeaveIcon } from '../../components/icons.tsx';
import { Modal } from '../../components/modal.tsx';
import { t } from './texts.ts';

/** Leaves the page of the visit. The provider's own window is the person's to close. */
export function LeaveButton({ client }: { client: VisitClient }) {
  return (
    <button
      type="button"
      class="button button-quiet"
      data-testid="leave-button"
      onClick={() => void client.leave()}
    >
      <LeaveIcon />
      {t('meeting.leave')}
    </button>
  );
}

/** For hosts: ends the visit for everyone, after a confirmation. */
export function EndButton({ client }: { client: VisitClient }) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button button-danger"
        data-testid="end-button"
        onClick={() => setAsked(true)}
      >
        <EndIcon />
        {t('meeting.end')}
      </button>
      {asked && <EndDialog client={client} onClose={() => setAsked(false)} />}
    </>
  );
}

function EndDialog({ client, onClose }: { client: VisitClient; onClose: () => void }) {
  const [step, setStep] = useState<'asked' | 'ending' | 'failed'>('asked');
  const end = () => {
    if (step === 'ending') return;
    setStep('ending');
    client.endVisit().catch(() => setStep('failed'));
  };
  return (
    <Modal title={t('meeting.endTitle')} onClose={onClose}>
      <p>{t('meeting.endText')}</p>
      {step === 'failed' && (
        <p class="modal-error" role="alert">
          {t('meeting.endFailed')}
        </p>
      )}
      <div class="modal-buttons">
        <button type="button" class="button button-quiet" data-testid="end-cancel" onClick={onClose}>
          {t('call.cancel')}
        </button>
        <button
          type="button"
          class="button button-danger"
          data-testid="end-confirm"
          aria-busy={step === 'ending'}
          aria-disabled={step === 'ending'}
          onClick={end}
        >
          {step === 'ending' && <span class="spinner" aria-hidden="true" />}
          {t('meeting.endConfirm')}
        </button>
      </div>
    </Modal>
  );
}
