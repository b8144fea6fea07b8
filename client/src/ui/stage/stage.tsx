import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { View, VisitClient } from '../../sdk/index.ts';
import { ChevronIcon, HideIcon } from '../components/call-icons.tsx';
import { boxStyle, ParticipantTile } from './participant-tile.tsx';
import { arrange, type Arrangement } from './arrange.ts';
import { viewsOf, type Picture } from './views.ts';
import { useCall } from '../hooks/call.ts';
import { keyOf } from '../actions/person-actions.tsx';
import { useStageItems, pipItem } from './stage-items.ts';
import { ScreenTile } from '../features/screen-share/screen-tile.tsx';
import { SelfTile } from './self-tile.tsx';
import { usePageVisible, useSize } from '../hooks/page.ts';

/** How wide the small window's picture is taken to be, in CSS pixels. */
const WINDOW_WIDTH = 420;

/** Everybody's picture. Each stays the same element wherever it goes, so that no change of layout makes it black. */
export function Stage() {
  const { client, state, preferences, prefer, windowOpen } = useCall();
  const stage = useRef<HTMLUListElement>(null);
  const size = useSize(stage);
  const [page, setPage] = useState(0);
  const { participants } = state;
  const { pictures, screens, wanted } = useStageItems();
  const showsSelf = state.self?.permissions.includes('publish') === true && !preferences.selfHidden;
  const scene = arrange({
    ...size,
    others: pictures.map(({ key }) => key),
    self: showsSelf ? 'self' : null,
    large: wanted,
    page,
  });
  const inWindow = windowOpen ? pipItem(wanted, pictures, state.room.activeSpeaker) : null;
  useViews(client, pictures, scene, inWindow);
  const boxOf = (key: string) => scene.boxes.get(key) ?? null;
  return (
    <section class="stage" aria-label={t('call.people')} data-upright={size.height > size.width}>
      {participants.length === 0 && <Alone />}
      <ul ref={stage} class="tiles" data-count={participants.length}>
        {screens.map((person) => {
          const key = keyOf('screen', person.userId);
          return <ScreenTile key={key} person={person} box={boxOf(key)} large={scene.large === key} />;
        })}
        {participants.map((person) => {
          const key = keyOf('camera', person.userId);
          return <ParticipantTile key={key} person={person} box={boxOf(key)} large={scene.large === key} />;
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

/** Tells the server what is shown, and how large, at every change. */
function useViews(
  client: VisitClient,
  pictures: readonly Picture[],
  { boxes }: Arrangement,
  inWindow: string | null,
) {
  const visible = usePageVisible();
  const window = inWindow === null ? null : { key: inWindow, width: WINDOW_WIDTH };
  const views = viewsOf(pictures, { boxes, density: devicePixelRatio, visible, window });
  const words = JSON.stringify(views);
  const stable = useMemo<readonly View[]>(() => views, [words]);
  useEffect(() => client.setViews(stable), [client, stable]);
}

function Alone() {
  return (
    <div class="alone" role="status">
      <span class="pulse" aria-hidden="true" />
      <p class="alone-title">{t('call.alone')}</p>
      <p>{t('call.aloneHint')}</p>
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
