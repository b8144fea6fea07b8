import { useRef, useState } from 'preact/hooks';
import { direction, t } from '../../locales/index.ts';
import { FlipIcon, HideIcon, MoveIcon } from '../components/call-icons.tsx';
import { MicrophoneIcon } from '../components/icons.tsx';
import { SelfVideo } from './media.tsx';
import { boxStyle, Placeholder, tileSize } from './participant-tile.tsx';
import { FloatingReactions, HandIndicator } from '../components/indicators.tsx';
import { positionAfterKey, nearestPosition, nextPosition } from './pip-position.ts';
import { handOrder } from '../features/hands/raised-hands.ts';
import type { Box } from './tiling.ts';
import { cameraPaused } from './media-quality.ts';
import { useCall, allParticipants } from '../hooks/call.ts';
import { nameOf } from '../format/names.ts';

/** How far a finger may slip and still tap, in CSS pixels. */
const SLIP = 6;

/** The own picture: a tile among others, or floating in a corner that one chooses. */
export function SelfTile({ box, floats }: { box: Box | null; floats: boolean }) {
  const { state, preferences } = useCall();
  const { camera, microphone } = state.local;
  const drag = useDrag(floats);
  // On a touch screen the buttons would cover the face: a tap shows and hides them.
  const [touched, setTouched] = useState(false);
  const { corner } = preferences;
  const { self } = state;
  const order = self ? handOrder(allParticipants(state), self.userId) : null;
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
        <Placeholder name={self ? nameOf(self) : ''} words={floats ? null : t('call.cameraOff')} />
      )}
      {cameraPaused(state) && <div class="tile-notice">{t('call.cameraPaused')}</div>}
      <div class="nameplate">
        {microphone.state !== 'on' && (
          <span class="sign muted-sign" role="img" aria-label={t('call.muted')} title={t('call.muted')}>
            <MicrophoneIcon off />
          </span>
        )}
        <span class="name">{t('person.you')}</span>
      </div>
      {order !== null && (
        <div class="tile-hand">
          <HandIndicator order={order} />
        </div>
      )}
      <FloatingReactions reactions={state.reactions.filter(({ userId }) => userId === self?.userId)} />
      <SelfButtons floats={floats} />
    </li>
  );
}

function SelfButtons({ floats }: { floats: boolean }) {
  const { client, state, preferences, prefer } = useCall();
  const facing = state.local.camera.track?.getSettings().facingMode;
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
      {facing !== undefined && state.devices.camera.length > 1 && (
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

/** Moves with the pointer, and snaps to the nearest corner when it is let go. */
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
        if (shift || Math.hypot(x, y) > SLIP) setShift({ x, y });
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
