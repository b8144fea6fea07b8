import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import { usePlayback } from '../hooks/playback.ts';
import { DeviceToggle } from './device-toggle.tsx';
import { isDark, isMirrored } from './frame-analysis.ts';
import { CameraIcon, FlipIcon } from './icons.tsx';

interface Props {
  client: VisitClient;
  state: VisitState;
  /** Called about once a second with the result of the frame analysis. */
  onPicture?: (picture: Picture) => void;
}

export type Picture = 'seen' | 'dark';

const LOOK_EVERY_MS = 1000;
const SAMPLE = { width: 16, height: 9 };

/** This person's own video, with switches for camera and microphone. */
export function Preview({ client, state, onPicture }: Props) {
  const { camera, microphone } = state.local;
  return (
    <section class={`preview ${camera.track ? '' : 'preview-empty'}`} aria-label={t('prejoin.preview')}>
      {camera.track ? (
        <Mirror track={camera.track} onPicture={onPicture} />
      ) : (
        <div class="placeholder">
          <CameraIcon off={!camera.busy} />
          <span>{placeholder(state)}</span>
        </div>
      )}
      <div class="preview-controls">
        <DeviceToggle client={client} source="microphone" local={microphone} />
        <DeviceToggle client={client} source="camera" local={camera} />
        {camera.track && hasSecondCamera(state) && (
          <button
            type="button"
            class="control"
            data-testid="flip-camera"
            aria-label={t('prejoin.flip')}
            title={t('prejoin.flip')}
            aria-busy={camera.busy}
            onClick={() => void client.flipCamera()}
          >
            <FlipIcon />
          </button>
        )}
      </div>
    </section>
  );
}

function Mirror({
  track,
  onPicture,
}: {
  track: MediaStreamTrack;
  onPicture: ((picture: Picture) => void) | undefined;
}) {
  const video = usePlayback<HTMLVideoElement>(track);
  const tell = useRef(onPicture);
  tell.current = onPicture;
  useEffect(() => {
    const canvas = Object.assign(document.createElement('canvas'), SAMPLE);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const timer = setInterval(() => {
      const player = video.current;
      if (!tell.current || !context || !player?.videoWidth) return;
      context.drawImage(player, 0, 0, SAMPLE.width, SAMPLE.height);
      const { data } = context.getImageData(0, 0, SAMPLE.width, SAMPLE.height);
      tell.current(isDark(data) ? 'dark' : 'seen');
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [track]);
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

function placeholder({ local: { camera } }: VisitState): string {
  if (camera.busy) return t('prejoin.opening');
  return t(camera.state === 'off' ? 'prejoin.cameraOff' : 'prejoin.cameraNone');
}

/** Phones and tablets have a front and a rear camera; the cameras of a computer are selected by name. */
function hasSecondCamera({ devices }: VisitState): boolean {
  return devices.camera.length > 1 && matchMedia('(pointer: coarse)').matches;
}
