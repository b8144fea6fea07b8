import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { isMirrored } from '../components/preview.tsx';
import { startPlayback, usePlayback } from '../sound/audio.ts';
import { returnVideoElement, takeVideoElement } from './video-element-pool.ts';

/** This person's own video: mirrored, except from the rear camera. */
export function SelfVideo({ track }: { track: MediaStreamTrack }) {
  const video = usePlayback<HTMLVideoElement>(track);
  return (
    <video
      ref={video}
      class={`video ${isMirrored(track) ? 'mirrored' : ''}`}
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
  /** Called once, when the first frame of this track is on the screen. */
  onFirstFrame?: () => void;
}

/** Another participant's camera or screen. It is always muted, because sound has its own element. */
export function RemoteVideo({ track, userId, label, testId, hidden, onFirstFrame }: RemoteVideoProps) {
  const slot = useRef<HTMLDivElement>(null);
  const shown = useRef<HTMLVideoElement | null>(null);
  const unmounts = useRef(false);
  const previous = useRef<PreviousVideo | null>(null);
  // Its cleanup runs before those below, which read the flag.
  useLayoutEffect(() => () => void (unmounts.current = true), []);
  useLayoutEffect(() => {
    const video = takeVideoElement(track);
    const old = previous.current;
    previous.current = null;
    const release = old?.userId === userId ? keepUntilFrame(video, old) : old?.release;
    if (old?.userId !== userId) release?.();
    shown.current = video;
    video.dataset.testid = testId;
    video.dataset.userId = userId;
    const rotated = () => (video.dataset.upright = String(video.videoHeight > video.videoWidth));
    video.addEventListener('resize', rotated);
    rotated();
    // Below the previous video, if that is still there.
    slot.current?.prepend(video);
    // Some browsers pause an element that is moved.
    startPlayback(video);
    const stopWaiting = onFirstFrame && onFrame(video, onFirstFrame);
    return () => {
      stopWaiting?.();
      video.removeEventListener('resize', rotated);
      release?.();
      if (unmounts.current) {
        returnVideoElement(track, video);
        return;
      }
      delete video.dataset.testid;
      previous.current = { userId, release: () => returnVideoElement(track, video) };
    };
  }, [track, testId, userId]);
  useLayoutEffect(() => {
    const video = shown.current;
    if (!video) return;
    video.className = `video ${hidden ? 'video-hidden' : ''}`;
    video.ariaLabel = label;
  }, [track, testId, userId, hidden, label]);
  return <div ref={slot} class="video-slot" />;
}

/** The video of the previous track. */
interface PreviousVideo {
  readonly userId: string;
  readonly release: () => void;
}

/** How long the last frame of the previous track stays at most, in milliseconds. */
const MAX_PREVIOUS_MS = 2_000;

/**
 * Keeps the previous video until `video` has a frame. The returned function ends that early; it may be called more than
 * once.
 */
function keepUntilFrame(video: HTMLVideoElement, { release }: PreviousVideo): () => void {
  let done = false;
  const end = () => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    release();
  };
  const timer = setTimeout(end, MAX_PREVIOUS_MS);
  const stop = onFrame(video, end);
  return () => {
    stop();
    end();
  };
}

/** Calls `onShown` once, when a frame of `video` is on the screen, unless the returned function is called first. */
function onFrame(video: HTMLVideoElement, onShown: () => void): () => void {
  const stop = new AbortController();
  const shown = () => {
    if (stop.signal.aborted) return;
    stop.abort();
    onShown();
  };
  // A frame that is decoded at the next paint is on the screen then.
  const atNextPaint = () => requestAnimationFrame(() => setTimeout(shown));
  if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) atNextPaint();
  else video.addEventListener('loadeddata', atNextPaint, { once: true, signal: stop.signal });
  if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(shown);
  return () => stop.abort();
}
