import type { ParticipantView } from '@televisit/shared/signaling';
import { t } from '../../../locales/index.ts';
import { trackOf } from '../../../sdk/index.ts';
import { MoreIcon, ShareIcon } from '../../components/call-icons.tsx';
import { RemoteVideo } from '../../stage/media.tsx';
import { MenuButton } from '../../components/menu.tsx';
import { boxStyle, Placeholder, tileSize } from '../../stage/participant-tile.tsx';
import type { Box } from '../../stage/tiling.ts';
import { useCall } from '../../hooks/call.ts';
import { keyOf, personActions } from '../../actions/person-actions.tsx';
import { nameOf } from '../../format/names.ts';

/** A shared screen, shown whole. */
export function ScreenTile({
  person,
  box,
  large,
}: {
  person: ParticipantView;
  box: Box | null;
  large: boolean;
}) {
  const tools = useCall();
  const name = nameOf(person);
  const soundOnly = tools.state.mediaMode === 'audio_only';
  const track = trackOf(tools.state, person.userId, 'screen');
  const entries = personActions(tools, person, keyOf('screen', person.userId));
  return (
    <li
      class={`tile tile-screen ${large ? 'tile-large' : ''}`}
      style={boxStyle(box)}
      hidden={box === null}
      data-size={tileSize(box)}
      data-user-id={person.userId}
    >
      {soundOnly && <Placeholder name={name} words={t('quality.pictureSpared')} />}
      {track && (
        <RemoteVideo
          track={track}
          userId={person.userId}
          label={t('share.of', { name })}
          testId="screen-video"
          hidden={soundOnly}
        />
      )}
      <div class="nameplate">
        <span class="sign">
          <ShareIcon />
        </span>
        <bdi class="name">{t('share.of', { name })}</bdi>
      </div>
      <MenuButton
        class="tile-menu"
        label={t('call.tileMenu', { name: t('share.of', { name }) })}
        entries={entries.filter(({ id }) => id === 'pin' || id === 'share')}
      >
        <MoreIcon />
      </MenuButton>
    </li>
  );
}
