import type { ParticipantView } from '@televisit/shared/signaling';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import { Announcements } from '../features/announcements/announcements.tsx';
import { EndDialog } from '../actions/end-dialog.tsx';
import { forgetPreviews } from '../features/chat/file-previews.ts';
import { ProblemNotice } from '../components/problem-notice.tsx';
import type { Shortcut } from '../actions/shortcuts.ts';
import { ChatPanel } from '../features/chat/chat-panel.tsx';
import { CallContext, useCall, type CallTools, type DialogName, type PanelName } from '../hooks/call.ts';
import { ControlBar } from '../actions/toolbar.tsx';
import { RemoveDialog, SettingsDialog, ShortcutsDialog } from '../actions/dialogs.tsx';
import { CallHeader } from './call-header.tsx';
import { InfoPanel } from '../panels/info-panel.tsx';
import { PeoplePanel } from '../panels/people-panel.tsx';
import { PictureInPicture, usePictureInPicture } from '../stage/picture-in-picture.tsx';
import { Stage } from '../stage/stage.tsx';
import { ToastQueue, type Toast } from '../components/toast-queue.ts';
import { Toasts, useNotices } from '../components/toasts.tsx';
import { TapToHear, RemoteAudioTracks } from '../stage/remote-audio.tsx';
import { useHeadingFocus, useFocusRescue } from '../hooks/focus.ts';
import { useWakeLock, useFullscreen, usePageVisible } from '../hooks/page.ts';
import { usePushToTalk, useShortcuts } from '../actions/shortcuts.ts';
import { useWaitingChime } from '../features/waiting-room/chime.ts';
import { usePreferences } from '../hooks/preferences.ts';

interface Props {
  client: VisitClient;
  state: VisitState;
}

/** The visit itself. */
export function Call({ client, state }: Props) {
  const heading = useHeadingFocus();
  const root = useRef<HTMLElement>(null);
  const [needsTap, setNeedsTap] = useState(false);
  const [dialog, setDialog] = useState<DialogName | ParticipantView | null>(null);
  const [shownToasts, setToasts] = useState<readonly Toast[]>([]);
  const toasts = useMemo(() => new ToastQueue(setToasts), []);
  const small = usePictureInPicture();
  const tools = useTools({ client, state }, toasts, setDialog, small);
  const visible = usePageVisible();
  const closeDialog = () => setDialog(null);
  useEffect(() => () => toasts.close(), [toasts]);
  const away = !visible && !small.open;
  useEffect(() => client.setAway(away), [client, away]);
  useEffect(() => () => forgetPreviews(client), [client]);
  useNotices(client, state, toasts);
  useWakeLock();
  useFocusRescue(root, heading);
  useWaitingChime(state.waitingPeople, tools.host && tools.preferences.sounds);
  useShortcuts(tools.preferences.shortcuts && dialog === null, (shortcut) => act(tools, shortcut));
  usePushToTalk(client, tools.publishes && tools.preferences.shortcuts && dialog === null);
  return (
    <CallContext.Provider value={tools}>
      <main ref={root} class="call" data-testid="call" data-panel={tools.panel ?? 'none'}>
        <CallHeader heading={heading} />
        <div class="call-body">
          <div class="call-stage">
            <Stage />
            {state.connection !== 'connected' && (
              <p class="banner stage-banner" data-testid="connection-banner" role="status">
                <span class="spinner" aria-hidden="true" />
                {t('call.reconnecting')}
              </p>
            )}
            <div class="stage-top">
              <Announcements client={client} state={state} />
              {state.local.screen.state === 'on' && <OwnShare />}
              {tools.publishes && <CallProblem client={client} state={state} />}
              <Toasts toasts={shownToasts} />
            </div>
            {needsTap && <TapToHear onDone={() => setNeedsTap(false)} />}
          </div>
          {tools.panel === 'people' && <PeoplePanel />}
          {tools.panel === 'chat' && <ChatPanel />}
          {tools.panel === 'info' && <InfoPanel />}
        </div>
        <ControlBar />
        <RemoteAudioTracks state={state} onRefused={() => setNeedsTap(true)} />
        {dialog === 'end' && <EndDialog client={client} onClose={closeDialog} />}
        {dialog === 'settings' && <SettingsDialog onClose={closeDialog} />}
        {dialog === 'shortcuts' && <ShortcutsDialog onClose={closeDialog} />}
        {dialog !== null && typeof dialog === 'object' && (
          <RemoveDialog person={dialog} onClose={closeDialog} />
        )}
        {small.own && <PictureInPicture into={small.own} tools={tools} />}
      </main>
    </CallContext.Provider>
  );
}

function OwnShare() {
  const { toggleShare } = useCall();
  return (
    <div class="toast own-share" role="status">
      <p class="toast-text">{t('share.own')}</p>
      <button
        type="button"
        class="button button-small button-danger"
        data-testid="share-stop"
        onClick={toggleShare}
      >
        {t('share.stop')}
      </button>
    </div>
  );
}

/** In the call only a device that was lost or failed to open is worth a notice; one that was never there is not. */
function CallProblem({ client, state }: Props) {
  const { camera, microphone } = state.local;
  const lost = [camera, microphone].some(({ problem, state: media }) => problem !== null && media === 'off');
  return lost ? <ProblemNotice client={client} state={state} /> : null;
}

type Small = ReturnType<typeof usePictureInPicture>;
type OpenDialog = (dialog: DialogName | ParticipantView) => void;

function useTools(
  { client, state }: Props,
  toasts: ToastQueue,
  openDialog: OpenDialog,
  small: Small,
): CallTools {
  const [panel, setPanel] = useState<PanelName | null>(null);
  const [pinned, setPinned] = useState<string | null>(null);
  const { preferences, prefer } = usePreferences();
  const fullscreen = useFullscreen();
  const permissions = state.self?.permissions ?? [];
  const failed = () => toasts.show({ id: 'failed', text: t('call.failed'), tone: 'warning' });
  const attempt = (work: Promise<void>) => void work.catch(failed);
  const closePanel = () => {
    if (panel !== null) focusOpener(panel);
    setPanel(null);
  };
  return {
    client,
    state,
    host: permissions.includes('moderate'),
    publishes: permissions.includes('publish'),
    preferences,
    prefer,
    panel,
    togglePanel: (name) => {
      if (panel === name) closePanel();
      else setPanel(name);
    },
    closePanel,
    openDialog,
    pinned,
    pin: setPinned,
    askToRemove: openDialog,
    toasts,
    attempt,
    toggleShare: () => toggleShare({ client, state }, toasts),
    toggleHand: () => attempt(client.raiseHand(state.me?.handRaisedAt == null)),
    toggleFullscreen: fullscreen.toggle,
    fullscreen: fullscreen.on,
    toggleWindow: small.toggle,
    windowOpen: small.open,
  };
}

/** The button that opens a panel. */
const OPENERS: Readonly<Record<PanelName, string>> = {
  chat: 'chat-toggle',
  people: 'participants-toggle',
  info: 'info-toggle',
};

/** Gives the focus back before the panel that has it goes. */
function focusOpener(panel: PanelName): void {
  if (!document.querySelector('.panel')?.contains(document.activeElement)) return;
  const opener = [OPENERS[panel], 'more-menu']
    .map((testId) => document.querySelector<HTMLElement>(`.call [data-testid="${testId}"]`))
    .find((button) => button !== null);
  opener?.focus();
}

function toggleShare({ client, state }: Props, toasts: ToastQueue): void {
  if (state.local.screen.state === 'on') {
    client.stopShare();
    return;
  }
  client.startShare().catch((error: unknown) => {
    // Who closes the browser's question has changed their mind, and needs no notice.
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== 'media_denied') toasts.show({ id: 'share', text: t('share.failed'), tone: 'warning' });
  });
}

function act(tools: CallTools, shortcut: Shortcut): void {
  const { client, state, publishes, preferences } = tools;
  switch (shortcut) {
    case 'microphone':
    case 'camera':
      if (publishes) void client.setOn(shortcut, state.local[shortcut].state !== 'on');
      return;
    case 'share':
      pressControl('screen-toggle');
      return;
    case 'hand':
      if (publishes) tools.toggleHand();
      return;
    case 'chat':
      if (state.session?.options.chat === true) tools.togglePanel('chat');
      return;
    case 'people':
      tools.togglePanel('people');
      return;
    case 'layout':
      tools.prefer({ layout: preferences.layout === 'grid' ? 'speaker' : 'grid' });
      return;
    case 'fullscreen':
      tools.toggleFullscreen?.();
      return;
    case 'help':
      tools.openDialog('shortcuts');
  }
}

/** Only where the person could press it: sharing may be forbidden, or the browser unable. */
function pressControl(testId: string): void {
  document.querySelector<HTMLButtonElement>(`.controls [data-testid="${testId}"]`)?.click();
}
