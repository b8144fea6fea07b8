import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import { usePlayback } from '../sound/audio.ts';
import { DeviceToggle } from './toggles.tsx';
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

/** The luma (0 to 255) from which a pixel counts as lit. */
const LIGHT = 24;
/** The share of lit pixels below which a frame counts as dark. */
const LIT_PART = 0.02;

/** Whether a frame (RGBA) is dark all over, as with a closed camera cover. */
export function isDark(pixels: Uint8ClampedArray): boolean {
  let lit = 0;
  for (let index = 0; index + 2 < pixels.length; index += 4) {
    // Rec. 601 luma, precise enough for dark and bright.
    const light =
      0.299 * (pixels[index] ?? 0) + 0.587 * (pixels[index + 1] ?? 0) + 0.114 * (pixels[index + 2] ?? 0);
    if (light >= LIGHT) lit += 1;
  }
  return lit < (pixels.length / 4) * LIT_PART;
}

/** Whether this person's own video is mirrored: from every camera except the rear camera of a phone. */
export function isMirrored(track: MediaStreamTrack): boolean {
  return track.getSettings().facingMode !== 'environment';
}
