import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { returnVideoElement, takeVideoElement } from './video-element-pool.ts';
import { startPlayback, usePlayback } from '../hooks/playback.ts';
import { useWake } from '../hooks/page.ts';

/** This person's own picture, mirrored as people know themselves; what the rear camera sees is not. */
export function SelfVideo({ track }: { track: MediaStreamTrack }) {
  const video = usePlayback<HTMLVideoElement>(track);
  const mirrored = track.getSettings().facingMode !== 'environment';
  return (
    <video
      ref={video}
      class={`video ${mirrored ? 'mirrored' : ''}`}
      data-testid="local-video"
      aria-label={t('call.selfVideo')}
      autoplay
      muted
      playsInline
    />
  );
}

interface RemoteVideoProps {
  track: MediaStreamTrack;
  userId: string;
  label: string;
  testId: 'remote-video' | 'screen-video';
  hidden: boolean;
  /** Called once, when the first picture of this track is on the screen. */
  onFirstFrame?: () => void;
}

/** Somebody else's camera or screen. It is always muted, because sound has its own element. */
export function RemoteVideo({ track, userId, label, testId, hidden, onFirstFrame }: RemoteVideoProps) {
  const slot = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement | null>(null);
  const unmounts = useRef(false);
  const before = useRef<Before | null>(null);
  // Ahead of the others, so that they know.
  useLayoutEffect(() => () => void (unmounts.current = true), []);
  useLayoutEffect(() => {
    const player = takeVideoElement(track);
    const old = before.current;
    before.current = null;
    const letGo = old?.userId === userId ? untilPicture(player, old) : old?.letGo;
    if (old?.userId !== userId) letGo?.();
    video.current = player;
    player.dataset.testid = testId;
    player.dataset.userId = userId;
    const turned = () => (player.dataset.upright = String(player.videoHeight > player.videoWidth));
    player.addEventListener('resize', turned);
    turned();
    // Under the old picture, where that is there still.
    slot.current?.prepend(player);
    // Some browsers stop what is moved.
    startPlayback(player);
    const forget = onFirstFrame && whenShown(player, onFirstFrame);
    return () => {
      forget?.();
      player.removeEventListener('resize', turned);
      letGo?.();
      if (unmounts.current) {
        returnVideoElement(track, player);
        return;
      }
      delete player.dataset.testid;
      before.current = { userId, letGo: () => returnVideoElement(track, player) };
    };
  }, [track, testId, userId]);
  useLayoutEffect(() => {
    const player = video.current;
    if (!player) return;
    player.className = `video ${hidden ? 'video-hidden' : ''}`;
    player.ariaLabel = label;
  }, [track, testId, userId, hidden, label]);
  return <div ref={slot} class="video-slot" />;
}

/** The player of the track before. */
interface Before {
  readonly userId: string;
  readonly letGo: () => void;
}

/** How long the picture of the track before stays at most, in milliseconds. */
const OLD_PICTURE_MS = 2_000;

/** Keeps the old picture until a player has one. The returned function ends that; it may be called more than once. */
function untilPicture(player: HTMLVideoElement, { letGo }: Before): () => void {
  let done = false;
  const end = () => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    letGo();
  };
  const timer = setTimeout(end, OLD_PICTURE_MS);
  const stop = whenShown(player, end);
  return () => {
    stop();
    end();
  };
}

/** Calls back once, when a picture of a player is on the screen. The returned function stops that. */
function whenShown(player: HTMLVideoElement, onShown: () => void): () => void {
  const stop = new AbortController();
  const shown = () => {
    if (stop.signal.aborted) return;
    stop.abort();
    onShown();
  };
  // What a player has when the page is painted next is on the screen then.
  const atNextPaint = () => requestAnimationFrame(() => setTimeout(shown));
  if (player.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) atNextPaint();
  else player.addEventListener('loadeddata', atNextPaint, { once: true, signal: stop.signal });
  if ('requestVideoFrameCallback' in player) player.requestVideoFrameCallback(shown);
  return () => stop.abort();
}

interface RemoteAudioProps {
  track: MediaStreamTrack;
  speaker: string | null;
  onRefused: () => void;
}

/** Somebody else's voice, to the chosen speaker. */
export function RemoteAudio({ track, speaker, onRefused }: RemoteAudioProps) {
  const audio = usePlayback<HTMLAudioElement>(track, onRefused);
  useLayoutEffect(() => {
    const player = audio.current;
    if (!player || speaker === null || !('setSinkId' in player)) return;
    // A speaker that is gone is no reason to be silent: the default one stays.
    player.setSinkId(speaker).catch(() => undefined);
  }, [track, speaker]);
  // A phone call or another app may have paused it.
  useWake(() => {
    if (audio.current?.paused) startPlayback(audio.current, onRefused);
  });
  return <audio ref={audio} class="remote-audio" autoplay />;
}
