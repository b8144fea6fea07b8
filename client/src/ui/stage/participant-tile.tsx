import type { ParticipantView } from '@televisit/shared/signaling';
import { t } from '../../locales/index.ts';
import { trackOf } from '../../sdk/index.ts';
import { handOrder } from '../features/hands/raised-hands.ts';
import type { Box } from './tiling.ts';
import { useCall, allParticipants } from '../hooks/call.ts';
import { keyOf, personActions } from '../actions/person-actions.tsx';
import { AwayIcon, MoreIcon, PinIcon, SpeakingIcon } from '../components/call-icons.tsx';
import { MicrophoneIcon } from '../components/icons.tsx';
import { RemoteVideo } from './media.tsx';
import { MenuButton } from '../components/menu.tsx';
import { FloatingReactions, HandIndicator, NetworkIndicator } from '../components/indicators.tsx';
import { initialsOf, nameOf } from '../format/names.ts';

interface Props {
  person: ParticipantView;
  /** Where it stands; null while it is on another page. */
  box: Box | null;
  large: boolean;
}

/** A box as a style. The inline start is the left or the right, as the words run. */
export function boxStyle(box: Box | null): Record<string, string> {
  if (!box) return {};
  return {
    insetInlineStart: `${box.x}px`,
    insetBlockStart: `${box.y}px`,
    inlineSize: `${box.width}px`,
    blockSize: `${box.height}px`,
  };
}

/** How much room a tile has for words: `tiny` has none beside the name. */
export function tileSize(box: Box | null): 'tiny' | 'small' | 'normal' {
  if (!box || box.width >= 260) return 'normal';
  return box.width < 150 || box.height < 100 ? 'tiny' : 'small';
}

/** One of the others: their picture or initials, name, and how they are doing. */
export function ParticipantTile({ person, box, large }: Props) {
  const tools = useCall();
  const { client, state } = tools;
  const { userId, media, network } = person;
  const name = nameOf(person);
  const key = keyOf('camera', userId);
  const track = media.camera === 'none' ? null : trackOf(state, userId, 'camera');
  const spared = state.mediaMode === 'no_remote_video' || state.mediaMode === 'audio_only';
  const showsPicture = track !== null && media.camera === 'on' && !spared;
  const alone = state.participants.length === 1;
  const speaks = !alone && state.room.activeSpeaker === userId && media.microphone === 'on';
  const order = handOrder(allParticipants(state), userId);
  return (
    <li
      class={`tile ${large ? 'tile-large' : ''} ${speaks ? 'tile-speaking' : ''}`}
      style={boxStyle(box)}
      hidden={box === null}
      data-size={tileSize(box)}
      data-testid="participant"
      data-user-id={userId}
      data-microphone={media.microphone}
      data-camera={media.camera}
      data-connected={String(person.connected)}
    >
      {track && (
        <RemoteVideo
          track={track}
          userId={userId}
          label={t('call.videoOf', { name })}
          testId="remote-video"
          hidden={!showsPicture}
          onFirstFrame={() => client.reportFirstFrame()}
        />
      )}
      {!showsPicture && <Placeholder name={name} words={placeholderWords(person, spared)} />}
      {showsPicture && !person.connected && <div class="tile-notice">{t('call.reconnectingPerson')}</div>}
      <div class="nameplate">
        {person.connected && media.microphone !== 'on' && (
          <span class="sign muted-sign" role="img" aria-label={t('call.muted')} title={t('call.muted')}>
            <MicrophoneIcon off />
          </span>
        )}
        {speaks && (
          <span class="sign speaking-sign" role="img" aria-label={t('call.speaks')} title={t('call.speaks')}>
            <SpeakingIcon />
          </span>
        )}
        <bdi class="name">{name}</bdi>
        {tools.pinned === key && (
          <span class="sign" role="img" aria-label={t('call.pinned')} title={t('call.pinned')}>
            <PinIcon />
          </span>
        )}
        {person.away && (
          <span class="sign" role="img" aria-label={t('people.away')} title={t('people.away')}>
            <AwayIcon />
          </span>
        )}
        {network !== null && <NetworkIndicator level={network} />}
      </div>
      {order !== null && (
        <div class="tile-hand">
          <HandIndicator order={order} />
        </div>
      )}
      <FloatingReactions reactions={state.reactions.filter((shown) => shown.userId === userId)} />
      {!alone || tools.host ? (
        <MenuButton
          class="tile-menu"
          label={t('call.tileMenu', { name })}
          entries={personActions(tools, person, key).filter(({ id }) => !alone || id !== 'pin')}
        >
          <MoreIcon />
        </MenuButton>
      ) : null}
    </li>
  );
}

function placeholderWords({ media, away, connected }: ParticipantView, spared: boolean): string {
  // What they send is not known while their connection is away.
  if (!connected) return t('call.reconnectingPerson');
  if (spared && media.camera === 'on') return t('quality.pictureSpared');
  if (away) return t('people.away');
  return t(media.camera === 'none' ? 'call.cameraNone' : 'call.cameraOff');
}

export function Placeholder({ name, words }: { name: string; words: string | null }) {
  return (
    <div class="placeholder">
      <span class="initials" aria-hidden="true">
        {initialsOf(name)}
      </span>
      {words !== null && <span class="placeholder-words">{words}</span>}
    </div>
  );
}
