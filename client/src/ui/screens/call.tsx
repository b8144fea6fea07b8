import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/call.ts';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import { CORE_ACTIONS } from '../actions/core-actions.tsx';
import { usePushToTalk, useShortcuts } from '../actions/shortcuts.ts';
import { OVERFLOW, Toolbar } from '../actions/toolbar.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { ToastQueue, type ShownToast } from '../components/toast-queue.ts';
import { Toasts } from '../components/toasts.tsx';
import type { UiFeature } from '../features/feature.ts';
import { CallContext, type CallDialog, type CallTools } from '../hooks/call.ts';
import { useFeatures, useStateChanges } from '../hooks/features.ts';
import { useFocusRescue, useHeadingFocus } from '../hooks/focus.ts';
import { useFullscreen, usePageVisible, useWakeLock } from '../hooks/page.ts';
import { usePreferences } from '../hooks/preferences.ts';
import { Registry, RegistryContext } from '../hooks/registry.ts';
import { CORE_PANELS, Panel } from '../panels/panel.tsx';
import { CAMERAS } from '../stage/participant-tile.tsx';
import { PictureInPicture, usePictureInPicture } from '../stage/picture-in-picture.tsx';
import { RemoteAudio, TapToHear } from '../stage/remote-audio.tsx';
import { Stage } from '../stage/stage.tsx';
import { CallHeader } from './call-header.tsx';
import { coreNotices } from './call-notices.ts';
import '../styles/call.css';

interface Props {
  client: VisitClient;
  state: VisitState;
}

/** Time for the call itself to start before its panels are loaded, in milliseconds. */
const PRELOAD_DELAY_MS = 1_000;

/** The parts of the call without any feature. */
const CORE: UiFeature = {
  actions: CORE_ACTIONS,
  panels: CORE_PANELS,
  stage: [CAMERAS],
  notices: coreNotices,
};

/** The call: header, stage, one panel and the toolbar. */
export function Call({ client, state }: Props) {
  const features = useFeatures();
  // Shared content comes before the cameras on the stage.
  const parts = useMemo(() => [...features, CORE], [features]);
  const registry = useMemo(() => new Registry(parts), [parts]);
  const heading = useHeadingFocus();
  const root = useRef<HTMLElement>(null);
  const [soundBlocked, setSoundBlocked] = useState(false);
  const { dialog, openDialog, closeDialog } = useDialog();
  const [shownToasts, setToasts] = useState<readonly ShownToast[]>([]);
  const toasts = useMemo(() => new ToastQueue(setToasts), []);
  const pip = usePictureInPicture();
  const call = useTools({ client, state }, { registry, toasts, openDialog, pip });
  const visible = usePageVisible();
  const away = !visible && !pip.open;
  const keysOn = call.preferences.shortcuts && dialog === null;
  useEffect(() => () => toasts.close(), [toasts]);
  useEffect(() => client.setAway(away), [client, away]);
  useStateChanges(state, parts, (changes) => {
    for (const { observer, before, after } of changes)
      for (const toast of observer.notices?.(before, after, client) ?? []) toasts.show(toast);
  });
  usePreloadedPanels(registry);
  useOutdatedNotice(toasts);
  useWakeLock();
  useFocusRescue(root, heading);
  useShortcuts(keysOn, registry.actions, call);
  usePushToTalk(client, call.publishes && keysOn);
  const panel = registry.panel(call.panel);
  return (
    <CallContext.Provider value={call}>
      <RegistryContext.Provider value={registry}>
        <main ref={root} class="call" data-testid="call" data-panel={call.panel ?? 'none'}>
          <CallHeader heading={heading} />
          {features.map(
            ({ Banner }, index) => Banner && <Banner key={index} client={client} state={state} />,
          )}
          <div class="call-body">
            <div class="call-stage">
              <Stage />
              {(state.mediaBlocked || state.connection !== 'connected') && (
                <p class="banner stage-banner" data-testid="connection-banner" role="status">
                  <span class="spinner" aria-hidden="true" />
                  {t(state.mediaBlocked ? 'call.mediaBlocked' : 'call.reconnecting')}
                </p>
              )}
              <div class="stage-top">
                {features.map(({ Overlay }, index) => Overlay && <Overlay key={index} />)}
                {call.publishes && <CallProblem client={client} state={state} />}
                <Toasts toasts={shownToasts} />
              </div>
              {soundBlocked && <TapToHear onDone={() => setSoundBlocked(false)} />}
            </div>
            {panel && <Panel key={panel.id} panel={panel} />}
          </div>
          {features.map(({ Below }, index) => Below && <Below key={index} />)}
          <Toolbar />
          <RemoteAudio state={state} onBlocked={() => setSoundBlocked(true)} />
          {dialog?.show(closeDialog)}
          {pip.own && <PictureInPicture into={pip.own} />}
        </main>
      </RegistryContext.Provider>
    </CallContext.Provider>
  );
}

/** One dialog at a time. The focus returns to the button that has opened it. */
function useDialog() {
  const [dialog, setDialog] = useState<{ show: CallDialog; opener: Element | null } | null>(null);
  useLayoutEffect(() => {
    const opener = dialog?.opener;
    // The dialog has left the page by then.
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    };
  }, [dialog]);
  return {
    dialog,
    openDialog: (show: CallDialog) => setDialog({ show, opener: document.activeElement }),
    closeDialog: () => setDialog(null),
  };
}

/** Loads all panels in advance: a deployment during the call replaces the files on the server. */
function usePreloadedPanels({ panels }: Registry): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const { component } of panels) component.load().catch(() => undefined);
    }, PRELOAD_DELAY_MS);
    return () => clearTimeout(timer);
  }, [panels]);
}

/** Offers to reload the page if a part of it is missing on the server, which has another build by now; see boot.js. */
function useOutdatedNotice(toasts: ToastQueue): void {
  useEffect(() => {
    const show = () =>
      toasts.show({
        id: 'outdated',
        text: t('call.outdated'),
        tone: 'plain',
        stays: true,
        actions: [
          { label: t('call.reload'), primary: true, testId: 'reload', onSelect: () => location.reload() },
          { label: t('call.notNow'), onSelect: () => undefined },
        ],
      });
    addEventListener('televisit:outdated', show);
    return () => removeEventListener('televisit:outdated', show);
  }, [toasts]);
}

/** Reports devices that were lost or failed to open; a device that never existed is no problem in the call. */
function CallProblem({ client, state }: Props) {
  const { camera, microphone } = state.local;
  const lost = [camera, microphone].some(({ problem, state: media }) => problem !== null && media === 'off');
  return lost ? <ProblemNotice client={client} state={state} /> : null;
}

interface Surroundings {
  readonly registry: Registry;
  readonly toasts: ToastQueue;
  readonly openDialog: (dialog: CallDialog) => void;
  readonly pip: ReturnType<typeof usePictureInPicture>;
}

function useTools({ client, state }: Props, { registry, toasts, openDialog, pip }: Surroundings): CallTools {
  const [panel, setPanel] = useState<string | null>(null);
  const [pinned, setPinned] = useState<string | null>(null);
  const { preferences, prefer } = usePreferences();
  const fullscreen = useFullscreen();
  const anchors = useRef(new Map<string, HTMLButtonElement>());
  const closePanel = () => {
    // The focus must leave the panel before it is removed.
    if (document.activeElement?.closest('.panel')) {
      const opener = registry.panel(panel)?.opener ?? OVERFLOW;
      (anchors.current.get(opener) ?? anchors.current.get(OVERFLOW))?.focus();
    }
    setPanel(null);
  };
  return {
    client,
    state,
    host: client.can('moderate'),
    publishes: client.can('publish'),
    preferences,
    prefer,
    panel,
    togglePanel: (id) => {
      if (panel === id) closePanel();
      else setPanel(id);
    },
    closePanel,
    openDialog,
    pinned,
    pin: setPinned,
    toasts,
    attempt: (work) =>
      void work.catch(() => toasts.show({ id: 'failed', text: t('call.failed'), tone: 'warning' })),
    toggleFullscreen: fullscreen.toggle,
    fullscreen: fullscreen.on,
    togglePictureInPicture: pip.toggle,
    pictureInPicture: pip.open,
    anchor: (actionId, button) => {
      if (button) anchors.current.set(actionId, button);
      else anchors.current.delete(actionId);
    },
  };
}
