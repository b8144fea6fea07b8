import { useRef, useState } from 'preact/hooks';
import { t } from '../../locales/call.ts';
import { direction } from '../../locales/index.ts';
import { canFlipCamera } from '../actions/core-actions.tsx';
import { FlipIcon, HideIcon, MoveIcon } from '../components/call-icons.tsx';
import { MicrophoneIcon } from '../components/icons.tsx';
import { Indicator } from '../components/indicators.tsx';
import { nameOf } from '../format/names.ts';
import { useCall } from '../hooks/call.ts';
import { useFeatures } from '../hooks/features.ts';
import { nearestPosition, nextPosition, positionAfterKey } from './pip-position.ts';
import { boxStyle, Placeholder, tileSize, cameraPaused } from './tile-parts.tsx';
import type { Box } from './tiling.ts';
import { SelfVideo } from './video.tsx';

/** How far a finger may slip and still tap, in CSS pixels. */
const TAP_SLOP = 6;

/** This person's own tile: among the others, or floating in a corner that the person chooses. */
export function SelfTile({ box, floats }: { box: Box | null; floats: boolean }) {
  const { state, preferences } = useCall();
  const features = useFeatures();
  const { camera, microphone } = state.local;
  const drag = useDrag(floats);
  // On a touch screen the buttons would cover the face: a tap shows and hides them.
  const [touched, setTouched] = useState(false);
  const { corner } = preferences;
  const { self, me } = state;
  const speaks = self !== null && state.room.activeSpeaker === self.userId && state.participants.length > 1;
  return (
    <li
      class={`tile tile-self ${floats ? 'self-floating' : ''} ${speaks && microphone.state === 'on' ? 'tile-speaking' : ''}`}
      style={floats ? drag.style : boxStyle(box)}
      hidden={!floats && box === null}
      data-testid="self-view"
      data-block={corner.block}
      data-inline={corner.inline}
      data-size={floats ? 'small' : tileSize(box)}
      data-touched={touched}
      onClick={() => setTouched(!touched)}
      {...(floats ? drag.handlers : {})}
    >
      {camera.track ? (
        <SelfVideo track={camera.track} />
      ) : (
        <Placeholder name={self ? nameOf(self) : ''} text={floats ? null : t('call.cameraOff')} />
      )}
      {cameraPaused(state) && <div class="tile-notice">{t('call.cameraPaused')}</div>}
      <div class="nameplate">
        {microphone.state !== 'on' && (
          <Indicator class="muted-sign" label={t('call.muted')} icon={<MicrophoneIcon off />} />
        )}
        <span class="name">{t('person.you')}</span>
      </div>
      {me && features.map(({ Tile }, index) => Tile && <Tile key={index} person={me} />)}
      <SelfButtons floats={floats} />
    </li>
  );
}

function SelfButtons({ floats }: { floats: boolean }) {
  const { client, state, preferences, prefer } = useCall();
  return (
    <div class="self-buttons">
      {floats && (
        <button
          type="button"
          class="self-button"
          aria-label={t('call.moveSelf')}
          title={t('call.moveSelf')}
          onClick={() => prefer({ corner: nextPosition(preferences.corner) })}
          onKeyDown={(event) => {
            const corner = positionAfterKey(preferences.corner, event.key, direction() === 'rtl');
            if (!corner) return;
            event.preventDefault();
            prefer({ corner });
          }}
        >
          <MoveIcon />
        </button>
      )}
      {canFlipCamera(state) && (
        <button
          type="button"
          class="self-button"
          aria-label={t('call.flipCamera')}
          title={t('call.flipCamera')}
          onClick={() => void client.flipCamera()}
        >
          <FlipIcon />
        </button>
      )}
      <button
        type="button"
        class="self-button"
        aria-label={t('call.hideSelf')}
        title={t('call.hideSelf')}
        onClick={() => prefer({ selfHidden: true })}
      >
        <HideIcon off />
      </button>
    </div>
  );
}

/** Moves the tile with the pointer, and snaps it to the nearest corner on release. */
function useDrag(floats: boolean) {
  const { prefer } = useCall();
  const start = useRef<{ x: number; y: number } | null>(null);
  const [shift, setShift] = useState<{ x: number; y: number } | null>(null);
  const end = () => {
    start.current = null;
    setShift(null);
  };
  return {
    style: shift && floats ? { transform: `translate(${shift.x}px, ${shift.y}px)`, transition: 'none' } : {},
    handlers: {
      onPointerDown: (event: PointerEvent) => {
        if (event.button !== 0 || (event.target as Element).closest('button')) return;
        start.current = { x: event.clientX, y: event.clientY };
        (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      },
      onPointerMove: (event: PointerEvent) => {
        if (!start.current) return;
        const x = event.clientX - start.current.x;
        const y = event.clientY - start.current.y;
        if (shift || Math.hypot(x, y) > TAP_SLOP) setShift({ x, y });
      },
      onPointerUp: (event: PointerEvent) => {
        const stage = (event.currentTarget as HTMLElement).closest('.stage')?.getBoundingClientRect();
        if (shift && stage) {
          const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
          const x = (box.left + box.width / 2 - stage.left) / stage.width;
          const y = (box.top + box.height / 2 - stage.top) / stage.height;
          prefer({ corner: nearestPosition(x, y, direction() === 'rtl') });
        }
        end();
      },
      onPointerCancel: end,
    },
  };
}
