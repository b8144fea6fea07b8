import type { ParticipantView } from '@televisit/shared/signaling';
import { t } from '../../locales/index.ts';
import { trackOf, type VisitClient, type VisitState } from '../../sdk/index.ts';
import { initialsOf, nameOf } from '../format.ts';
import { MicrophoneIcon } from './icons.tsx';
import { RemoteVideo } from './media.tsx';

interface Props {
  client: VisitClient;
  state: VisitState;
  person: ParticipantView;
}

/** One of the others: their picture or initials, name, and whether they can be heard. */
export function ParticipantTile({ client, state, person }: Props) {
  const name = nameOf(person);
  const { camera, microphone } = person.media;
  const track = camera === 'none' ? null : trackOf(state, person.userId, 'camera');
  const showsPicture = track !== null && camera === 'on';
  return (
    <li
      class="tile"
      data-testid="participant"
      data-user-id={person.userId}
      data-microphone={microphone}
      data-camera={camera}
      data-connected={String(person.connected)}
    >
      {track && (
        <RemoteVideo
          track={track}
          userId={person.userId}
          name={name}
          hidden={!showsPicture}
          onFirstFrame={() => client.reportFirstFrame()}
        />
      )}
      {!showsPicture && (
        <div class="placeholder">
          <span class="initials" aria-hidden="true">
            {initialsOf(name)}
          </span>
          <span>{t(camera === 'none' ? 'call.cameraNone' : 'call.cameraOff')}</span>
        </div>
      )}
      {!person.connected && <div class="tile-notice">{t('call.reconnectingPerson')}</div>}
      <div class="nameplate">
        {microphone !== 'on' && (
          <span class="muted-sign" role="img" aria-label={t('call.muted')} title={t('call.muted')}>
            <MicrophoneIcon off />
          </span>
        )}
        <span class="name">{name}</span>
      </div>
    </li>
  );
}
