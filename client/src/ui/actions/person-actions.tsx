import type { ParticipantView } from '@televisit/shared/signaling';
import { t } from '../../locales/index.ts';
import { HandIcon, PinIcon, ShareIcon, UserMinusIcon } from '../components/call-icons.tsx';
import { CameraIcon, MicrophoneIcon } from '../components/icons.tsx';
import type { MenuEntry } from '../components/menu.tsx';
import type { CallTools } from '../hooks/call.ts';

/** The key of somebody's picture on the stage. */
export const keyOf = (source: 'camera' | 'screen', userId: string): string => `${source}:${userId}`;

/** What one may do with somebody else: look at them, and for hosts the rest. */
export function personActions(tools: CallTools, person: ParticipantView, key: string): MenuEntry[] {
  const pinned = tools.pinned === key;
  const pin: MenuEntry = {
    id: 'pin',
    label: t(pinned ? 'call.unpin' : 'call.pin'),
    icon: <PinIcon off={pinned} />,
    onSelect: () => tools.pin(pinned ? null : key),
  };
  return tools.host ? [pin, ...hostActions(tools, person)] : [pin];
}

function hostActions({ client, attempt, askToRemove }: CallTools, person: ParticipantView): MenuEntry[] {
  const { userId, media } = person;
  const { moderation } = client;
  const entries: (MenuEntry | false)[] = [
    media.microphone === 'on' && {
      id: 'mute',
      label: t('moderation.mute'),
      icon: <MicrophoneIcon off />,
      onSelect: () => attempt(moderation.mute(userId, 'microphone')),
    },
    media.microphone === 'off' && {
      id: 'unmute',
      label: t('moderation.askToUnmute'),
      icon: <MicrophoneIcon />,
      onSelect: () => attempt(moderation.askToUnmute(userId)),
    },
    media.camera === 'on' && {
      id: 'camera',
      label: t('moderation.cameraOff'),
      icon: <CameraIcon off />,
      onSelect: () => attempt(moderation.mute(userId, 'camera')),
    },
    media.screen === 'on' && {
      id: 'share',
      label: t('moderation.stopShare'),
      icon: <ShareIcon off />,
      onSelect: () => attempt(moderation.stopShare(userId)),
    },
    person.handRaisedAt !== null && {
      id: 'hand',
      label: t('moderation.lowerHand'),
      icon: <HandIcon />,
      onSelect: () => attempt(moderation.lowerHand(userId)),
    },
    {
      id: 'remove',
      label: t('moderation.remove'),
      icon: <UserMinusIcon />,
      danger: true,
      testId: 'remove-person',
      onSelect: () => askToRemove(person),
    },
  ];
  return entries.filter((entry) => entry !== false);
}
