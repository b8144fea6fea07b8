import { t } from '../../locales/call.ts';
import {
  DataIcon,
  FlipIcon,
  FullscreenIcon,
  GridIcon,
  HideIcon,
  InfoIcon,
  KeyboardIcon,
  PeopleIcon,
  StageIcon,
  WindowIcon,
} from '../components/call-icons.tsx';
import { CameraIcon, EndIcon, LeaveIcon, MicrophoneIcon, SettingsIcon } from '../components/icons.tsx';
import type { CallTools } from '../hooks/call.ts';
import { say } from '../hooks/speech.ts';
import { cameraPaused } from '../stage/tile-parts.tsx';
import type { CallAction } from './call-action.ts';
import { EndDialog, SettingsDialog, ShortcutsDialog } from './dialogs.tsx';

/** Returns whether the camera of a phone can be flipped. */
export function canFlipCamera({ local: { camera }, devices }: CallTools['state']): boolean {
  return camera.track?.getSettings().facingMode !== undefined && devices.camera.length > 1;
}

function deviceAction(
  source: 'microphone' | 'camera',
  own: Pick<CallAction, 'placement' | 'testId' | 'shortcut' | 'pushToTalk' | 'label' | 'icon'>,
): CallAction {
  const isOn = ({ state }: CallTools) => state.local[source].state === 'on';
  return {
    ...own,
    id: source,
    isAvailable: ({ publishes }) => publishes,
    isPressed: isOn,
    look: (call) => {
      const { state, busy } = call.state.local[source];
      const paused = source === 'camera' && cameraPaused(call.state);
      const absent = state === 'none' && !busy;
      const note = paused ? t('call.cameraPaused') : absent ? t(`toggle.${source}.none`) : null;
      return { tone: isOn(call) ? 'plain' : 'off', busy, note, paused };
    },
    run: (call) => void call.client.setOn(source, !isOn(call)),
  };
}

/** Actions that every call has. Leaving and ending have no shortcut, because a slip must not end a visit. */
export const CORE_ACTIONS: readonly CallAction[] = [
  deviceAction('microphone', {
    placement: { order: 10, toolbar: 'always' },
    testId: 'mic-toggle',
    shortcut: { key: 'm', label: () => t('shortcuts.microphone') },
    pushToTalk: true,
    label: () => t('call.mic'),
    icon: ({ state }) => <MicrophoneIcon off={state.local.microphone.state !== 'on'} />,
  }),
  deviceAction('camera', {
    placement: { order: 20, toolbar: 'always' },
    testId: 'camera-toggle',
    shortcut: { key: 'v', label: () => t('shortcuts.camera') },
    label: () => t('call.cam'),
    icon: ({ state }) => <CameraIcon off={state.local.camera.state !== 'on'} />,
  }),
  {
    id: 'people',
    placement: { order: 70, toolbar: { rank: 2 } },
    testId: 'participants-toggle',
    shortcut: { key: 'p', label: () => t('shortcuts.people') },
    label: ({ state: { waitingPeople } }) =>
      waitingPeople.length > 0 ? t('people.openWaiting', { count: waitingPeople.length }) : t('people.title'),
    caption: () => t('people.title'),
    icon: () => <PeopleIcon />,
    look: ({ state }) => ({ badge: state.waitingPeople.length }),
    run: ({ togglePanel }) => togglePanel('people'),
  },
  {
    id: 'end',
    placement: { order: 90, toolbar: { rank: 3 }, atEnd: true },
    testId: 'end-button',
    isAvailable: ({ client }) => client.can('end_session'),
    label: () => t('call.end'),
    caption: () => t('call.endShort'),
    icon: () => <EndIcon />,
    isDangerous: true,
    run: ({ client, openDialog }) => openDialog((close) => <EndDialog client={client} onClose={close} />),
  },
  {
    id: 'leave',
    placement: { order: 100, toolbar: 'always', atEnd: true },
    testId: 'leave-button',
    label: () => t('call.leave'),
    icon: () => <LeaveIcon />,
    look: () => ({ tone: 'danger' }),
    run: ({ client }) => void client.leave(),
  },
  {
    id: 'settings',
    placement: { order: 110, menu: true },
    label: () => t('call.settings'),
    icon: () => <SettingsIcon />,
    run: ({ openDialog }) => openDialog((close) => <SettingsDialog onClose={close} />),
  },
  {
    id: 'layout',
    placement: { order: 120, menu: true, header: true },
    testId: 'layout-toggle',
    shortcut: { key: 'l', label: () => t('shortcuts.layout') },
    isAvailable: ({ state }) => state.participants.length > 1,
    label: ({ preferences }) => t(preferences.layout === 'grid' ? 'call.layoutSpeaker' : 'call.layoutGrid'),
    icon: ({ preferences }) => (preferences.layout === 'grid' ? <StageIcon /> : <GridIcon />),
    run: ({ preferences, prefer }) => {
      const layout = preferences.layout === 'grid' ? 'speaker' : 'grid';
      prefer({ layout });
      say(t(`say.layout.${layout}`));
    },
  },
  {
    id: 'self-view',
    placement: { order: 130, menu: true },
    isAvailable: ({ state }) => state.local.camera.track !== null,
    label: ({ preferences }) => t(preferences.selfHidden ? 'call.showSelf' : 'call.hideSelf'),
    icon: ({ preferences }) => <HideIcon off={!preferences.selfHidden} />,
    run: ({ preferences, prefer }) => prefer({ selfHidden: !preferences.selfHidden }),
  },
  {
    id: 'flip-camera',
    placement: { order: 140, menu: true },
    isAvailable: ({ state }) => canFlipCamera(state),
    label: () => t('call.flipCamera'),
    icon: () => <FlipIcon />,
    run: ({ client }) => void client.flipCamera(),
  },
  {
    id: 'fullscreen',
    placement: { order: 150, menu: true },
    shortcut: { key: 'f', label: () => t('shortcuts.fullscreen') },
    isAvailable: ({ toggleFullscreen }) => toggleFullscreen !== null,
    label: ({ fullscreen }) => t(fullscreen ? 'call.fullscreenOff' : 'call.fullscreen'),
    icon: ({ fullscreen }) => <FullscreenIcon off={fullscreen} />,
    run: ({ toggleFullscreen }) => toggleFullscreen?.(),
  },
  {
    id: 'picture-in-picture',
    placement: { order: 160, menu: true },
    isAvailable: ({ togglePictureInPicture }) => togglePictureInPicture !== null,
    label: ({ pictureInPicture }) => t(pictureInPicture ? 'call.windowOff' : 'call.window'),
    icon: () => <WindowIcon />,
    run: ({ togglePictureInPicture }) => togglePictureInPicture?.(),
  },
  {
    id: 'info',
    placement: { order: 170, menu: true, header: true },
    testId: 'info-toggle',
    label: () => t('info.title'),
    icon: () => <InfoIcon />,
    run: ({ togglePanel }) => togglePanel('info'),
  },
  {
    id: 'save-data',
    placement: { order: 180, menu: true },
    isPressed: ({ state }) => state.saveData,
    label: () => t('quality.soundOnly'),
    icon: () => <DataIcon />,
    run: ({ client, state }) => client.setSaveData(!state.saveData),
  },
  {
    id: 'shortcuts',
    placement: { order: 220, menu: true },
    shortcut: { key: '?', label: () => t('shortcuts.help') },
    label: () => t('shortcuts.title'),
    icon: () => <KeyboardIcon />,
    run: ({ openDialog }) => openDialog((close) => <ShortcutsDialog onClose={close} />),
  },
];
