import { t } from '../../locales/index.ts';
import {
  DataIcon,
  FlipIcon,
  FullscreenIcon,
  GridIcon,
  HideIcon,
  InfoIcon,
  KeyboardIcon,
  LockIcon,
  ShareIcon,
  StageIcon,
  WindowIcon,
} from '../components/call-icons.tsx';
import { SettingsIcon } from '../components/icons.tsx';
import type { MenuEntry } from '../components/menu.tsx';
import type { CallTools } from '../hooks/call.ts';

/** What is always in the menu of the bar. */
export function moreEntries(tools: CallTools): MenuEntry[] {
  const { client, state, host, openDialog, togglePanel, panel } = tools;
  return [
    {
      id: 'settings',
      label: t('call.settings'),
      icon: <SettingsIcon />,
      onSelect: () => openDialog('settings'),
    },
    ...viewEntries(tools),
    {
      id: 'info',
      label: t('info.title'),
      icon: <InfoIcon />,
      onSelect: () => {
        if (panel !== 'info') togglePanel('info');
      },
    },
    {
      id: 'data',
      label: t('quality.soundOnly'),
      icon: <DataIcon />,
      checked: state.saveData,
      onSelect: () => client.setSaveData(!state.saveData),
    },
    ...(host ? hostEntries(tools) : []),
    {
      id: 'shortcuts',
      label: t('shortcuts.title'),
      icon: <KeyboardIcon />,
      onSelect: () => openDialog('shortcuts'),
    },
  ];
}

function viewEntries(tools: CallTools): MenuEntry[] {
  const { client, state, preferences, prefer, toggleFullscreen, fullscreen, toggleWindow, windowOpen } =
    tools;
  const grid = preferences.layout === 'grid';
  const { camera } = state.local;
  const flips = camera.track?.getSettings().facingMode !== undefined && state.devices.camera.length > 1;
  const entries: (MenuEntry | false)[] = [
    state.participants.length > 1 && {
      id: 'layout',
      label: t(grid ? 'call.layoutSpeaker' : 'call.layoutGrid'),
      icon: grid ? <StageIcon /> : <GridIcon />,
      onSelect: () => prefer({ layout: grid ? 'speaker' : 'grid' }),
    },
    camera.track !== null && {
      id: 'self',
      label: t(preferences.selfHidden ? 'call.showSelf' : 'call.hideSelf'),
      icon: <HideIcon off={!preferences.selfHidden} />,
      onSelect: () => prefer({ selfHidden: !preferences.selfHidden }),
    },
    flips && {
      id: 'flip',
      label: t('call.flipCamera'),
      icon: <FlipIcon />,
      onSelect: () => void client.flipCamera(),
    },
    toggleFullscreen !== null && {
      id: 'fullscreen',
      label: t(fullscreen ? 'call.fullscreenOff' : 'call.fullscreen'),
      icon: <FullscreenIcon off={fullscreen} />,
      onSelect: toggleFullscreen,
    },
    toggleWindow !== null && {
      id: 'window',
      label: t(windowOpen ? 'call.windowOff' : 'call.window'),
      icon: <WindowIcon />,
      onSelect: toggleWindow,
    },
  ];
  return entries.filter((entry) => entry !== false);
}

function hostEntries({ client, state, attempt }: CallTools): MenuEntry[] {
  const { locked, screenShareAllowed } = state.room;
  return [
    {
      id: 'lock',
      label: t('moderation.lock'),
      icon: <LockIcon open={!locked} />,
      checked: locked,
      testId: 'lock-toggle',
      onSelect: () => attempt(client.moderation.lock(!locked)),
    },
    {
      id: 'share-allowed',
      label: t('moderation.shareAllowed'),
      icon: <ShareIcon />,
      checked: screenShareAllowed,
      testId: 'share-allowed-toggle',
      onSelect: () => attempt(client.moderation.allowScreenShare(!screenShareAllowed)),
    },
  ];
}
