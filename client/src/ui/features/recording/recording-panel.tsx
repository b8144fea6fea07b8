import type { RecordingView } from '@televisit/shared/features/recording';
import { useState } from 'preact/hooks';
import type { RecordingAction } from '../../../sdk/index.ts';
import { Modal } from '../../components/modal.tsx';
import { useCall } from '../../hooks/call.ts';
import { AnswerSection, ConsentQuestion, isAnswered, Problem } from './consent.tsx';
import { asksForConsent, controlsFor, isRecordable } from './recording-rules.ts';
import { countTexts, StateIcon } from './recording-sign.tsx';
import { t } from './texts.ts';
import { answerConsent, errorText, useRequest } from './use-request.ts';

/** The state of the recording with the controls of hosts, and this person's consent. */
export function RecordingPanel() {
  const { client, state, host } = useCall();
  const view = state.recording;
  if (!isRecordable(view)) return null;
  return (
    <div class="recording-panel panel-body">
      <div class="panel-section">
        <p class="recording-state" data-testid="recording-state" data-state={view.state}>
          <StateIcon state={view.state} />
          <strong>{t(`recording.${view.state}`)}</strong>
        </p>
        {host && <HostControls view={view} />}
      </div>
      <div class="panel-section">
        {asksForConsent(view) ? (
          <ConsentQuestion client={client} view={view} without="consent.inCall" isSaid={false} />
        ) : (
          <>
            <h3>{t('consent.heading')}</h3>
            {isAnswered(view) ? (
              <AnswerSection client={client} view={view} />
            ) : (
              <p>{t('consent.notAsked')}</p>
            )}
          </>
        )}
      </div>
    </div>
  );
}

function HostControls({ view }: { view: RecordingView }) {
  const { client, openDialog } = useCall();
  const { busy, problem, send } = useRequest();
  const run = (action: RecordingAction) => {
    if (action === 'start') openDialog((close) => <StartDialog onClose={close} />);
    else send(() => client.recording.control(action));
  };
  return (
    <>
      {countTexts(view).map((text) => (
        <p key={text}>{text}</p>
      ))}
      <div class="consent-changes">
        {controlsFor(view).map((action, index) => (
          // The same button for another action keeps the focus.
          <button
            key={index}
            type="button"
            class="button button-small button-quiet"
            data-testid={`recording-${action}`}
            aria-disabled={busy}
            onClick={() => run(action)}
          >
            {t(`recording.${action}`)}
          </button>
        ))}
      </div>
      {view.mode === 'required' && view.state !== 'off' && <p class="row-detail">{t('recording.noStop')}</p>}
      <Problem text={problem} />
    </>
  );
}

/** Tells a host that everybody is asked, and that starting is their own consent. */
export function StartDialog({ onClose }: { onClose: () => void }) {
  const { client, state } = useCall();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const hasAgreed = state.recording?.consent === true;
  const start = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      if (!hasAgreed) await answerConsent(client, { given: true });
      await client.recording.control('start');
      onClose();
    } catch (error) {
      setProblem(errorText(error));
      setBusy(false);
    }
  };
  return (
    <Modal title={t('recording.startTitle')} onClose={onClose}>
      <p>{t('recording.startText')}</p>
      {!hasAgreed && <p class="consent-own">{t('recording.startOwn')}</p>}
      {problem !== null && (
        <p class="modal-error" role="alert">
          {problem}
        </p>
      )}
      <div class="modal-buttons">
        <button type="button" class="button button-quiet" onClick={onClose}>
          {t('call.cancel')}
        </button>
        <button
          type="button"
          class="button button-primary"
          data-testid="recording-start-confirm"
          aria-busy={busy}
          aria-disabled={busy}
          onClick={() => void start()}
        >
          {t('recording.start')}
        </button>
      </div>
    </Modal>
  );
}
