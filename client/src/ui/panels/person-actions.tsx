import type { ParticipantView } from '@televisit/shared/signaling';
import { t } from '../../locales/call.ts';
import { PinIcon } from '../components/call-icons.tsx';
import type { MenuEntry } from '../components/menu.tsx';
import type { UiFeature } from '../features/feature.ts';
import type { CallTools } from '../hooks/call.ts';

/** Returns the entry that pins a stage item or unpins it. */
export function pinEntry({ pinned, pin }: CallTools, key: string): MenuEntry {
  const isPinned = pinned === key;
  return {
    id: 'pin',
    label: t(isPinned ? 'call.unpin' : 'call.pin'),
    icon: <PinIcon off={isPinned} />,
    onSelect: () => pin(isPinned ? null : key),
  };
}

/** Returns what the features offer in the menu of another participant. */
export function personEntries(
  features: readonly UiFeature[],
  call: CallTools,
  person: ParticipantView,
): MenuEntry[] {
  return features
    .flatMap(({ people }) => people?.actions?.(call, person) ?? [])
    .filter((entry) => entry !== false)
    .sort((a, b) => a.order - b.order);
}
