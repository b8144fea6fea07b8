import { t } from '../../locales/index.ts';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import { Switch } from './switch.tsx';

/** Whether only sound is sent and received. */
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
