import { t } from '../../locales/index.ts';
import type { LocalSource, VisitClient } from '../../sdk/index.ts';
import { CameraIcon, MicrophoneIcon } from './icons.tsx';

interface Props {
  client: VisitClient;
  source: 'camera' | 'microphone';
  local: LocalSource;
}

/** Switches the camera or the microphone. Pressed means on, as the label says. */
export function DeviceToggle({ client, source, local }: Props) {
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
