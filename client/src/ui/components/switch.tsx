import { t } from '../../locales/index.ts';
import type { VisitClient, VisitState } from '../../sdk/index.ts';

interface Props {
  on: boolean;
  label: string;
  /** A line under the label. */
  detail?: string | undefined;
  onChange: () => void;
}

/** A switch with its label. */
export function Switch({ on, label, detail, onChange }: Props) {
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
