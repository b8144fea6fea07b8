import { t } from '../../locales/index.ts';
import type { DeviceKind, VisitClient, VisitState } from '../../sdk/index.ts';
import { directsSound } from '../sound/audio.ts';

const KINDS: readonly DeviceKind[] = ['camera', 'microphone', 'speaker'];

/** Lists for camera, microphone and, if the browser supports it, speaker. */
export function DeviceChoice({ client, state }: { client: VisitClient; state: VisitState }) {
  const publishes = client.can('publish');
  // Some browsers can select a speaker, but list none.
  const speakers = directsSound() && state.devices.speaker.length > 0;
  const kinds = KINDS.filter((kind) => (kind === 'speaker' ? speakers : publishes));
  return (
    <div class="devices">
      {kinds.map((kind) => (
        <DeviceSelect key={kind} kind={kind} client={client} state={state} />
      ))}
    </div>
  );
}

interface SelectProps {
  kind: DeviceKind;
  client: VisitClient;
  state: VisitState;
}

/** The devices of one kind, with the current one selected. */
export function DeviceSelect({ kind, client, state }: SelectProps) {
  const devices = state.devices[kind];
  const inUse = kind === 'speaker' ? null : state.local[kind].track?.getSettings().deviceId;
  const chosen = inUse ?? state.choice[kind] ?? '';
  const known = devices.some(({ id }) => id === chosen);
  return (
    <label class="field">
      <span class="field-name">{t(`devices.${kind}`)}</span>
      <select
        data-testid={`choose-${kind}`}
        disabled={devices.length === 0}
        value={known ? chosen : (devices[0]?.id ?? '')}
        onChange={(event) => void client.chooseDevice(kind, event.currentTarget.value)}
      >
        {devices.length === 0 && <option value="">{t('devices.none')}</option>}
        {devices.map(({ id, label }, index) => (
          <option key={id} value={id}>
            {label || t('devices.unnamed', { kind: t(`devices.${kind}`), number: index + 1 })}
          </option>
        ))}
      </select>
    </label>
  );
}
