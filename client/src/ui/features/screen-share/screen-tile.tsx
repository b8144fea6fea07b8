import type { ParticipantView } from '@televisit/shared/signaling';
import { trackOf } from '../../../sdk/index.ts';
import { MoreIcon, ShareIcon } from '../../components/call-icons.tsx';
import { MenuButton } from '../../components/menu.tsx';
import { nameOf } from '../../format/names.ts';
import { useCall, type CallTools } from '../../hooks/call.ts';
import { pinEntry } from '../../panels/person-actions.tsx';
import type { StageTileProps } from '../../stage/stage-content.ts';
import { boxStyle, Placeholder, tileSize } from '../../stage/tile-parts.tsx';
import { RemoteVideo } from '../../stage/video.tsx';
import type { PersonAction } from '../feature.ts';
import { t } from './texts.ts';

/** Returns the entry that lets a host stop the screen of a participant who shares one. */
export function stopEntry(
  { client, host, attempt }: CallTools,
  { userId, media }: ParticipantView,
): PersonAction | false {
  return (
    host &&
    media.screen === 'on' && {
      id: 'share',
      order: 40,
      label: t('moderation.stopShare'),
      icon: <ShareIcon off />,
      onSelect: () => attempt(client.moderation.stopShare(userId)),
    }
  );
}

/** A shared screen, never cropped. */
export function ScreenTile({ item: { key, person }, box, large }: StageTileProps) {
  const call = useCall();
  const label = t('share.of', { name: nameOf(person) });
  const audioOnly = call.state.mediaMode === 'audio_only';
  const track = trackOf(call.state, person.userId, 'screen');
  return (
    <li
      class={`tile tile-screen ${large ? 'tile-large' : ''}`}
      style={boxStyle(box)}
      hidden={box === null}
      data-size={tileSize(box)}
      data-user-id={person.userId}
    >
      {audioOnly && <Placeholder name={nameOf(person)} text={t('quality.pictureSpared')} />}
      {track && (
        <RemoteVideo
          track={track}
          userId={person.userId}
          label={label}
          testId="screen-video"
          hidden={audioOnly}
        />
      )}
      <div class="nameplate">
        <span class="sign">
          <ShareIcon />
        </span>
        <bdi class="name">{label}</bdi>
      </div>
      <MenuButton
        class="tile-menu"
        label={t('call.tileMenu', { name: label })}
        entries={[pinEntry(call, key), stopEntry(call, person)].filter((entry) => entry !== false)}
      >
        <MoreIcon />
      </MenuButton>
    </li>
  );
}
