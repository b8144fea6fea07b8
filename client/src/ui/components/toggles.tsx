import { t } from '../../locales/index.ts';
import type { VisitClient, VisitState, LocalSource } from '../../sdk/index.ts';
import { CameraIcon, MicrophoneIcon } from './icons.tsx';

interface SwitchProps {
  on: boolean;
  label: string;
  /** A line under the label. */
  detail?: string | undefined;
  onChange: () => void;
}

/** A switch with its label. */
export function Switch({ on, label, detail, onChange }: SwitchProps) {
  return (
    <label class="switch">
      <input type="checkbox" role="switch" checked={on} onChange={onChange} />
      <span>
        {label}
        {detail !== undefined && <span class="row-detail">{detail}</span>}
      </span>
    </label>
  );
}

/** Switches between audio and video, and audio only. */
export function SaveDataSwitch({ client, state }: { client: VisitClient; state: VisitState }) {
  return (
    <Switch
      on={state.saveData}
      label={t('quality.soundOnly')}
      detail={t('quality.soundOnlyHint')}
      onChange={() => client.setSaveData(!state.saveData)}
    />
  );
}

interface DeviceToggleProps {
  client: VisitClient;
  source: 'camera' | 'microphone';
  local: LocalSource;
}

/** Switches the camera or the microphone. Pressed means on, as the label says. */
export function DeviceToggle({ client, source, local }: DeviceToggleProps) {
  const on = local.state === 'on';
  const word = on ? 'on' : local.state === 'none' && !local.busy ? 'none' : 'off';
  const label = t(`toggle.${source}.${word}`);
  return (
    <button
      type="button"
      class={`control ${on ? '' : 'control-off'}`}
      data-testid={source === 'camera' ? 'camera-toggle' : 'mic-toggle'}
      aria-pressed={on}
      aria-busy={local.busy}
      aria-label={label}
      title={label}
      onClick={() => void client.setOn(source, !on)}
    >
      {source === 'camera' ? <CameraIcon off={!on} /> : <MicrophoneIcon off={!on} />}
    </button>
  );
}
