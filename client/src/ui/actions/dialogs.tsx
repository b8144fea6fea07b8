import type { ParticipantView } from '@televisit/shared/signaling';
import { useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { DeviceChoice } from '../components/device-choice.tsx';
import { Modal } from '../components/modal.tsx';
import { Switch, SaveDataSwitch } from '../components/switch.tsx';
import { SHORTCUTS } from './shortcuts.ts';
import { useCall } from '../hooks/call.ts';
import { nameOf } from '../format/names.ts';

/** Devices, and how the call behaves on this device. */
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
      <div class="modal-buttons">
        <button type="button" class="button button-primary" onClick={onClose}>
          {t('call.close')}
        </button>
      </div>
    </Modal>
  );
}

/** Which keys do what. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { preferences, prefer } = useCall();
  return (
    <Modal title={t('shortcuts.title')} onClose={onClose}>
      <dl class="shortcuts">
        {Object.entries(SHORTCUTS).map(([key, action]) => (
          <div key={key} class="shortcut">
            <dt>{t(`shortcuts.${action}`)}</dt>
            <dd>
              <kbd>{key.toUpperCase()}</kbd>
            </dd>
          </div>
        ))}
        <div class="shortcut">
          <dt>{t('shortcuts.talk')}</dt>
          <dd>
            <kbd>{t('shortcuts.space')}</kbd>
          </dd>
        </div>
      </dl>
      <Switch
        on={preferences.shortcuts}
        label={t('shortcuts.on')}
        onChange={() => prefer({ shortcuts: !preferences.shortcuts })}
      />
      <div class="modal-buttons">
        <button type="button" class="button button-primary" onClick={onClose}>
          {t('call.close')}
        </button>
      </div>
    </Modal>
  );
}

/** Asks once more before somebody is taken out for good. */
export function RemoveDialog({ person, onClose }: { person: ParticipantView; onClose: () => void }) {
  const { client } = useCall();
  const [failed, setFailed] = useState(false);
  const name = nameOf(person);
  const remove = () => {
    setFailed(false);
    client.moderation.remove(person.userId).then(onClose, () => setFailed(true));
  };
  return (
    <Modal title={t('moderation.removeTitle', { name })} onClose={onClose}>
      <p>{t('moderation.removeText')}</p>
      {failed && (
        <p class="modal-error" role="alert">
          {t('call.failed')}
        </p>
      )}
      <div class="modal-buttons">
        <button type="button" class="button button-quiet" onClick={onClose}>
          {t('call.cancel')}
        </button>
        <button type="button" class="button button-danger" data-testid="remove-confirm" onClick={remove}>
          {t('moderation.removeConfirm')}
        </button>
      </div>
    </Modal>
  );
}
