import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { trackOf } from '../../sdk/index.ts';
import { CameraIcon, LeaveIcon, MicrophoneIcon } from '../components/icons.tsx';
import { Placeholder } from './participant-tile.tsx';
import { CallContext, useCall, type CallTools } from '../hooks/call.ts';
import { useStageItems, pipItem } from './stage-items.ts';
import { nameOf } from '../format/names.ts';
import { usePlayback } from '../hooks/playback.ts';

interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

declare global {
  interface Window {
    /** Document Picture-in-Picture (WICG); Chromium has it. */
    readonly documentPictureInPicture?: DocumentPictureInPicture;
  }
}

/** A window of its own that stays above others: with buttons where the browser can, else with the large picture alone. */
export function usePictureInPicture() {
  const [own, setOwn] = useState<Window | null>(null);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const open = useRef({ own, video, over: false });
  open.current = { ...open.current, own, video };
  useEffect(
    () => () => {
      open.current.over = true;
      open.current.own?.close();
      if (open.current.video) void document.exitPictureInPicture().catch(() => undefined);
    },
    [],
  );
  const openOwn = async (pictures: DocumentPictureInPicture) => {
    const opened = await pictures.requestWindow({ width: 420, height: 320 });
    // The call may have ended while the browser opened it.
    if (open.current.over) {
      opened.close();
      return;
    }
    opened.addEventListener('pagehide', () => setOwn(null));
    dress(opened.document);
    setOwn(opened);
  };
  const openVideo = async () => {
    const element =
      document.querySelector<HTMLVideoElement>('.tile-large video.video:not(.video-hidden)') ??
      document.querySelector<HTMLVideoElement>('[data-testid="remote-video"]:not(.video-hidden)');
    if (!element) return;
    await element.requestPictureInPicture();
    element.addEventListener('leavepictureinpicture', () => setVideo(null), { once: true });
    setVideo(element);
  };
  const toggle = () => {
    if (own) own.close();
    else if (video) void document.exitPictureInPicture();
    else if (window.documentPictureInPicture) openOwn(window.documentPictureInPicture).catch(() => undefined);
    else openVideo().catch(() => undefined);
  };
  // TypeScript's DOM says that it is always there; Firefox has its own and no way to ask for it.
  const able =
    window.documentPictureInPicture !== undefined || (document as Partial<Document>).pictureInPictureEnabled;
  return { own, open: own !== null || video !== null, toggle: able ? toggle : null };
}

/** The words' direction and the page's looks, in the new window too. */
function dress(into: Document): void {
  into.documentElement.lang = document.documentElement.lang;
  into.documentElement.dir = document.documentElement.dir;
  into.title = document.title;
  for (const sheet of document.querySelectorAll('link[rel="stylesheet"], style'))
    into.head.append(sheet.cloneNode(true));
}

/** Keeps the small window's contents as new as the call's. */
export function PictureInPicture({ into, tools }: { into: Window; tools: CallTools }) {
  useEffect(() => {
    render(
      <CallContext.Provider value={tools}>
        <PictureInPictureView />
      </CallContext.Provider>,
      into.document.body,
    );
  }, [into, tools]);
  useEffect(() => () => render(null, into.document.body), [into]);
  return null;
}

function PictureInPictureView() {
  const { client, state, publishes } = useCall();
  const { pictures, wanted } = useStageItems();
  const key = pipItem(wanted, pictures, state.room.activeSpeaker);
  const picture = pictures.find((shown) => shown.key === key);
  const person = state.participants.find(({ userId }) => userId === picture?.userId);
  const track = picture ? trackOf(state, picture.userId, picture.source) : null;
  const sends = track !== null && (picture?.source === 'screen' || person?.media.camera === 'on');
  const { mediaMode } = state;
  const spared =
    mediaMode === 'audio_only' || (mediaMode === 'no_remote_video' && picture?.source === 'camera');
  return (
    <main class="small-window">
      {sends && !spared ? (
        <Picture track={track} />
      ) : (
        <Placeholder
          name={person ? nameOf(person) : ''}
          words={person ? (sends ? t('quality.pictureSpared') : null) : t('call.alone')}
        />
      )}
      <div class="small-controls">
        {publishes && <Toggle source="microphone" />}
        {publishes && <Toggle source="camera" />}
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

function Toggle({ source }: { source: 'microphone' | 'camera' }) {
  const { client, state } = useCall();
  const on = state.local[source].state === 'on';
  const label = t(`toggle.${source}.${on ? 'on' : 'off'}`);
  return (
    <button
      type="button"
      class={`control ${on ? '' : 'control-off'}`}
      aria-pressed={on}
      aria-label={label}
      title={label}
      onClick={() => void client.setOn(source, !on)}
    >
      {source === 'camera' ? <CameraIcon off={!on} /> : <MicrophoneIcon off={!on} />}
    </button>
  );
}

function Picture({ track }: { track: MediaStreamTrack }) {
  const video = usePlayback<HTMLVideoElement>(track);
  return <video ref={video} class="video small-picture" autoplay muted playsInline />;
}
