import { render } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/call.ts';
import { trackOf } from '../../sdk/index.ts';
import { DeviceToggle } from '../components/toggles.tsx';
import { LeaveIcon } from '../components/icons.tsx';
import { nameOf } from '../format/names.ts';
import { CallContext, useCall } from '../hooks/call.ts';
import { FeaturesContext, useFeatures } from '../hooks/features.ts';
import { usePlayback } from '../sound/audio.ts';
import { RegistryContext } from '../hooks/registry.ts';
import { pipItem, useStageItems } from './stage-items.ts';
import { Placeholder } from './tile-parts.tsx';

interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

declare global {
  interface Window {
    /** Document Picture-in-Picture (WICG), in Chromium only. */
    readonly documentPictureInPicture?: DocumentPictureInPicture;
  }
}

/**
 * A window that stays above others: with controls if the browser supports Document Picture-in-Picture, else with the
 * large video only.
 */
export function usePictureInPicture() {
  const [own, setOwn] = useState<Window | null>(null);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const open = useRef({ own, video, unmounted: false });
  open.current = { ...open.current, own, video };
  useEffect(
    () => () => {
      open.current.unmounted = true;
      open.current.own?.close();
      if (open.current.video) void document.exitPictureInPicture().catch(() => undefined);
    },
    [],
  );
  const openDocument = async (pictureInPicture: DocumentPictureInPicture) => {
    const opened = await pictureInPicture.requestWindow({ width: 420, height: 320 });
    // The call may have ended while the browser opened the window.
    if (open.current.unmounted) {
      opened.close();
      return;
    }
    opened.addEventListener('pagehide', () => setOwn(null));
    copyLook(opened.document);
    setOwn(opened);
  };
  const openVideo = async () => {
    const shown = (tile: string) =>
      document.querySelector<HTMLVideoElement>(`${tile} video.video:not(.video-hidden)`);
    const element = shown('.tile-large') ?? shown('.tile:not(.tile-self, .tile-screen)');
    if (!element) return;
    await element.requestPictureInPicture();
    element.addEventListener('leavepictureinpicture', () => setVideo(null), { once: true });
    setVideo(element);
  };
  const toggle = () => {
    if (own) own.close();
    else if (video) void document.exitPictureInPicture();
    else if (window.documentPictureInPicture)
      openDocument(window.documentPictureInPicture).catch(() => undefined);
    else openVideo().catch(() => undefined);
  };
  // Missing in Firefox, although TypeScript's DOM declares it.
  const isSupported =
    window.documentPictureInPicture !== undefined || (document as Partial<Document>).pictureInPictureEnabled;
  return { own, open: own !== null || video !== null, toggle: isSupported ? toggle : null };
}

/** Gives a new window the language, direction and styles of the page. */
function copyLook(into: Document): void {
  into.documentElement.lang = document.documentElement.lang;
  into.documentElement.dir = document.documentElement.dir;
  into.title = document.title;
  for (const sheet of document.querySelectorAll('link[rel="stylesheet"], style'))
    into.head.append(sheet.cloneNode(true));
}

/** Renders the contents of the picture-in-picture window, with every render of the call. */
export function PictureInPicture({ into }: { into: Window }) {
  const call = useCall();
  const registry = useContext(RegistryContext);
  const features = useFeatures();
  useEffect(() => {
    render(
      <CallContext.Provider value={call}>
        <RegistryContext.Provider value={registry}>
          <FeaturesContext.Provider value={features}>
            <PictureInPictureView />
          </FeaturesContext.Provider>
        </RegistryContext.Provider>
      </CallContext.Provider>,
      into.document.body,
    );
  }, [into, call, registry, features]);
  useEffect(() => () => render(null, into.document.body), [into]);
  return null;
}

function PictureInPictureView() {
  const { client, state, publishes } = useCall();
  const features = useFeatures();
  const { items, large } = useStageItems();
  const key = pipItem(large, items, state.room.activeSpeaker);
  const item = items.find((shown) => shown.key === key);
  const person = item?.person;
  const track = item ? trackOf(state, item.person.userId, item.source) : null;
  const sends = track !== null && (item?.source === 'screen' || person?.media.camera === 'on');
  const { mediaMode, local } = state;
  const isPaused =
    mediaMode === 'audio_only' || (mediaMode === 'no_remote_video' && item?.source === 'camera');
  return (
    <main class="small-window">
      {sends && !isPaused ? (
        <Video track={track} />
      ) : (
        <Placeholder
          name={person ? nameOf(person) : ''}
          text={person ? (sends ? t('quality.pictureSpared') : null) : t('call.alone')}
        />
      )}
      <div class="small-signs">
        {features.map(({ Sign }, index) => Sign && <Sign key={index} isInWindow />)}
      </div>
      <div class="small-controls">
        {publishes && <DeviceToggle client={client} source="microphone" local={local.microphone} />}
        {publishes && <DeviceToggle client={client} source="camera" local={local.camera} />}
        <button
          type="button"
          class="control control-leave"
          aria-label={t('call.leave')}
          title={t('call.leave')}
          onClick={() => void client.leave()}
        >
          <LeaveIcon />
        </button>
      </div>
    </main>
  );
}

function Video({ track }: { track: MediaStreamTrack }) {
  const video = usePlayback<HTMLVideoElement>(track);
  return <video ref={video} class="video small-picture" autoplay muted playsInline />;
}
