import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/call.ts';
import type { View, VisitClient } from '../../sdk/index.ts';
import { ChevronIcon, HideIcon } from '../components/call-icons.tsx';
import { useCall } from '../hooks/call.ts';
import { usePageVisible, useSize } from '../hooks/page.ts';
import { arrange, type Arrangement } from './arrange.ts';
import { SelfTile } from './self-tile.tsx';
import type { StageItem } from './stage-content.ts';
import { pipItem, useStageItems } from './stage-items.ts';
import { boxStyle } from './tile-parts.tsx';
import type { Box } from './tiling.ts';

/** The width assumed for the video in a picture-in-picture window, in CSS pixels. */
const PIP_WIDTH = 420;

/** All tiles. Each keeps its element through every change of layout, so that no video turns black. */
export function Stage() {
  const { client, state, host, publishes, preferences, prefer, pictureInPicture } = useCall();
  const stage = useRef<HTMLUListElement>(null);
  const size = useSize(stage);
  const [page, setPage] = useState(0);
  const { participants } = state;
  const { items, large } = useStageItems();
  const showsSelf = publishes && !preferences.selfHidden;
  const scene = arrange({
    ...size,
    others: items.map(({ key }) => key),
    self: showsSelf ? 'self' : null,
    large,
    page,
  });
  const inPip = pictureInPicture ? pipItem(large, items, state.room.activeSpeaker) : null;
  useViews(client, items, scene, inPip);
  const boxOf = (key: string) => scene.boxes.get(key) ?? null;
  return (
    <section class="stage" aria-label={t('call.people')} data-upright={size.height > size.width}>
      {participants.length === 0 && <Alone waiting={host ? state.waitingPeople.length : 0} />}
      <ul ref={stage} class="tiles" data-count={participants.length}>
        {items.map((item) => {
          const { key, content } = item;
          return <content.Tile key={key} item={item} box={boxOf(key)} large={scene.large === key} />;
        })}
        {showsSelf && <SelfTile key="self" box={boxOf('self')} floats={scene.selfFloats} />}
      </ul>
      {scene.pager && <Pager scene={scene} onPage={setPage} />}
      {preferences.selfHidden && state.local.camera.track && (
        <button type="button" class="show-self" onClick={() => prefer({ selfHidden: false })}>
          <HideIcon />
          {t('call.showSelf')}
        </button>
      )}
    </section>
  );
}

/** Reports to the server which videos are shown, and how large, after every change. */
function useViews(
  client: VisitClient,
  items: readonly StageItem[],
  { boxes }: Arrangement,
  inPip: string | null,
) {
  const visible = usePageVisible();
  const pip = inPip === null ? null : { key: inPip, width: PIP_WIDTH };
  const views = viewsOf(items, { boxes, density: devicePixelRatio, visible, pip });
  const fingerprint = JSON.stringify(views);
  const stable = useMemo<readonly View[]>(() => views, [fingerprint]);
  useEffect(() => client.setViews(stable), [client, stable]);
}

/** The visible parts of the stage. */
export interface Visibility {
  readonly boxes: ReadonlyMap<string, Box>;
  /** Device pixels per CSS pixel. */
  readonly density: number;
  /** Whether the page is visible. */
  readonly visible: boolean;
  /** The item in the picture-in-picture window, and its width in CSS pixels. */
  readonly pip: { readonly key: string; readonly width: number } | null;
}

const CAMERA_ASPECT = 16 / 9;

/** Returns the width of each item's video in device pixels; 0 if it is hidden. */
export function viewsOf(items: readonly StageItem[], visibility: Visibility): View[] {
  const { boxes, density, visible, pip } = visibility;
  return items.map(({ key, person: { userId }, source }) => {
    const box = visible ? boxes.get(key) : undefined;
    const onStage = box ? shownWidth(box, source) : 0;
    const inPip = pip?.key === key ? pip.width : 0;
    return { userId, source, width: Math.round(Math.max(onStage, inPip) * density) };
  });
}

/** A camera fills its tile and is cropped, so it is wider than a narrow tile; a screen is shown whole. */
function shownWidth({ width, height }: Box, source: View['source']): number {
  return source === 'camera' ? Math.max(width, Math.min(height * CAMERA_ASPECT, width * 2)) : width;
}

/** `waiting`: how many people this host can let in. */
function Alone({ waiting }: { waiting: number }) {
  return (
    <div class="alone">
      <span class="pulse" aria-hidden="true" />
      <p class="alone-title">{waiting > 0 ? t('call.aloneWaiting', { count: waiting }) : t('call.alone')}</p>
      <p>{t(waiting > 0 ? 'call.aloneAdmit' : 'call.aloneHint')}</p>
    </div>
  );
}

function Pager({ scene, onPage }: { scene: Arrangement; onPage: (page: number) => void }) {
  const { page, pages, pager } = scene;
  return (
    <div class="pager" style={boxStyle(pager)} role="group" aria-label={t('call.pages')}>
      <button
        type="button"
        class="pager-button"
        aria-label={t('call.pagePrevious')}
        title={t('call.pagePrevious')}
        aria-disabled={page === 0}
        onClick={() => onPage(Math.max(0, page - 1))}
      >
        <ChevronIcon back />
      </button>
      <span class="pager-words" aria-live="polite">
        {t('call.page', { page: page + 1, pages })}
      </span>
      <button
        type="button"
        class="pager-button"
        aria-label={t('call.pageNext')}
        title={t('call.pageNext')}
        aria-disabled={page === pages - 1}
        onClick={() => onPage(Math.min(pages - 1, page + 1))}
      >
        <ChevronIcon />
      </button>
    </div>
  );
}
