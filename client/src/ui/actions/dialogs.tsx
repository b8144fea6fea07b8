import { useState } from 'preact/hooks';
import { t } from '../../locales/call.ts';
import type { VisitClient } from '../../sdk/index.ts';
import { DeviceChoice } from '../components/device-choice.tsx';
import { Modal } from '../components/modal.tsx';
import { SaveDataSwitch, Switch } from '../components/toggles.tsx';
import { useCall } from '../hooks/call.ts';
import { useRegistry } from '../hooks/registry.ts';

/** Devices, and the person's preferences on this device. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { client, state, preferences, prefer } = useCall();
  const { sounds, shortcuts } = preferences;
  return (
    <Modal title={t('call.settings')} onClose={onClose}>
      <DeviceChoice client={client} state={state} />
      <div class="switches">
        <Switch on={sounds} label={t('call.sounds')} onChange={() => prefer({ sounds: !sounds })} />
        <SaveDataSwitch client={client} state={state} />
        <Switch
          on={shortcuts}
          label={t('shortcuts.on')}
          detail={t('shortcuts.onHint')}
          onChange={() => prefer({ shortcuts: !shortcuts })}
        />
      </div>
      <Done onClose={onClose} />
    </Modal>
  );
}

/** The keys of all actions. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { preferences, prefer } = useCall();
  const { actions } = useRegistry();
  return (
    <Modal title={t('shortcuts.title')} onClose={onClose}>
      <dl class="shortcuts">
        {actions.map(
          ({ shortcut }) =>
            shortcut && (
              <Shortcut key={shortcut.key} label={shortcut.label()} keyName={shortcut.key.toUpperCase()} />
            ),
        )}
        <Shortcut label={t('shortcuts.talk')} keyName={t('shortcuts.space')} />
      </dl>
      <Switch
        on={preferences.shortcuts}
        label={t('shortcuts.on')}
        onChange={() => prefer({ shortcuts: !preferences.shortcuts })}
      />
      <Done onClose={onClose} />
    </Modal>
  );
}

function Shortcut({ label, keyName }: { label: string; keyName: string }) {
  return (
    <div class="shortcut">
      <dt>{label}</dt>
      <dd>
        <kbd>{keyName}</kbd>
      </dd>
    </div>
  );
}

function Done({ onClose }: { onClose: () => void }) {
  return (
    <div class="modal-buttons">
      <button type="button" class="button button-primary" onClick={onClose}>
        {t('call.close')}
      </button>
    </div>
  );
}

/** Asks for confirmation before the visit ends for everyone. */
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
