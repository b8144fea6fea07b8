import { t } from '../../locales/call.ts';
import { useCall } from '../hooks/call.ts';
import { CloseIcon } from './call-icons.tsx';
import { AlertIcon } from './icons.tsx';
import type { ShownToast } from './toast-queue.ts';

/** Notices over the stage. Screen readers announce them. */
export function Toasts({ toasts }: { toasts: readonly ShownToast[] }) {
  return (
    <div class="toasts">
      <div class="toast-list" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <ToastLine key={toast.number} toast={toast} />
        ))}
      </div>
    </div>
  );
}

function ToastLine({ toast: { id, text, tone, actions = [] } }: { toast: ShownToast }) {
  const { toasts } = useCall();
  const hold = () => toasts.hold(id);
  const release = () => toasts.release(id);
  return (
    <div
      class={`toast toast-${tone}`}
      data-testid="toast"
      data-toast={id}
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocusIn={hold}
      onFocusOut={release}
    >
      {tone === 'warning' && <AlertIcon />}
      <p class="toast-text" dir="auto">
        {text}
      </p>
      <div class="toast-buttons">
        {actions.map(({ label, primary, testId, onSelect }) => (
          <button
            key={label}
            type="button"
            class={`button button-small ${primary ? 'button-primary' : 'button-quiet'}`}
            data-testid={testId}
            onClick={() => {
              toasts.dismiss(id);
              onSelect();
            }}
          >
            {label}
          </button>
        ))}
        {actions.length === 0 && (
          <button
            type="button"
            class="icon-button"
            aria-label={t('call.dismiss')}
            title={t('call.dismiss')}
            onClick={() => toasts.dismiss(id)}
          >
            <CloseIcon />
          </button>
        )}
      </div>
    </div>
  );
}
