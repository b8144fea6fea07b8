import { useLayoutEffect } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { play, usePlayback, useWake } from '../hooks.ts';

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
  const video = usePlayback<HTMLVideoElement>(track);
  useLayoutEffect(() => {
    const player = video.current;
    if (!player || !onFirstFrame) return;
    if ('requestVideoFrameCallback' in player) {
      const handle = player.requestVideoFrameCallback(onFirstFrame);
      return () => player.cancelVideoFrameCallback(handle);
    }
    const older = player as HTMLVideoElement;
    older.addEventListener('playing', onFirstFrame, { once: true });
    return () => older.removeEventListener('playing', onFirstFrame);
  }, [track]);
  return (
    <video
      ref={video}
      class={`video ${hidden ? 'video-hidden' : ''}`}
      data-testid={testId}
      data-user-id={userId}
      aria-label={label}
      autoplay
      muted
      playsInline
      onResize={({ currentTarget: { videoWidth, videoHeight, dataset } }) => {
        dataset.upright = String(videoHeight > videoWidth);
      }}
    />
  );
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
    if (audio.current?.paused) play(audio.current, onRefused);
  });
  return <audio ref={audio} class="remote-audio" autoplay />;
}
