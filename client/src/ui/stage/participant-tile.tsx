import type { ParticipantView } from '@televisit/shared/signaling';
import { t } from '../../locales/call.ts';
import { trackOf } from '../../sdk/index.ts';
import { AwayIcon, MoreIcon, PinIcon, SpeakingIcon } from '../components/call-icons.tsx';
import { MicrophoneIcon } from '../components/icons.tsx';
import { Indicator, NetworkIndicator } from '../components/indicators.tsx';
import { MenuButton } from '../components/menu.tsx';
import { nameOf } from '../format/names.ts';
import { useCall } from '../hooks/call.ts';
import { useFeatures } from '../hooks/features.ts';
import { personEntries, pinEntry } from '../panels/person-actions.tsx';
import { stageKey, type StageContent, type StageTileProps } from './stage-content.ts';
import { boxStyle, Placeholder, tileSize } from './tile-parts.tsx';
import { RemoteVideo } from './video.tsx';

/** The cameras of all participants. */
export const CAMERAS: StageContent = {
  items: ({ participants }) =>
    participants.map((person) => ({ key: stageKey('camera', person.userId), person, source: 'camera' })),
  takesLarge: false,
  Tile: ParticipantTile,
};

/** Another participant: video or initials, name and status. */
function ParticipantTile({ item: { key, person }, box, large }: StageTileProps) {
  const call = useCall();
  const features = useFeatures();
  const { client, state } = call;
  const { userId, media, network } = person;
  const name = nameOf(person);
  const track = media.camera === 'none' ? null : trackOf(state, userId, 'camera');
  const isPaused = state.mediaMode === 'no_remote_video' || state.mediaMode === 'audio_only';
  const showsVideo = track !== null && media.camera === 'on' && !isPaused;
  const undecodable = track === null && state.undecodable.includes(userId);
  const alone = state.participants.length === 1;
  const speaks = !alone && state.room.activeSpeaker === userId && media.microphone === 'on';
  // A video that is alone on the stage is large anyway.
  const entries = [...(alone ? [] : [pinEntry(call, key)]), ...personEntries(features, call, person)];
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
          hidden={!showsVideo}
          onFirstFrame={() => client.reportFirstFrame()}
        />
      )}
      {!showsVideo && <Placeholder name={name} text={placeholderText(person, isPaused, undecodable)} />}
      {showsVideo && !person.connected && <div class="tile-notice">{t('call.reconnectingPerson')}</div>}
      <div class="nameplate">
        {person.connected && media.microphone !== 'on' && (
          <Indicator class="muted-sign" label={t('call.muted')} icon={<MicrophoneIcon off />} />
        )}
        {speaks && <Indicator class="speaking-sign" label={t('call.speaks')} icon={<SpeakingIcon />} />}
        <bdi class="name">{name}</bdi>
        {call.pinned === key && <Indicator label={t('call.pinned')} icon={<PinIcon />} />}
        {person.away && <Indicator label={t('people.away')} icon={<AwayIcon />} />}
        {person.connected && network !== null && <NetworkIndicator level={network} />}
      </div>
      {features.map(({ Tile }, index) => Tile && <Tile key={index} person={person} />)}
      {entries.length > 0 && (
        <MenuButton class="tile-menu" label={t('call.tileMenu', { name })} entries={entries}>
          <MoreIcon />
        </MenuButton>
      )}
    </li>
  );
}

function placeholderText(
  { media, away, connected }: ParticipantView,
  isPaused: boolean,
  undecodable: boolean,
): string {
  // The state of their media is unknown while their connection is down.
  if (!connected) return t('call.reconnectingPerson');
  if (isPaused && media.camera === 'on') return t('quality.pictureSpared');
  if (undecodable && media.camera === 'on') return t('call.cameraUndecodable');
  if (away) return t('people.away');
  return t(media.camera === 'none' ? 'call.cameraNone' : 'call.cameraOff');
}
