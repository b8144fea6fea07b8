import type { VisitBootstrap } from '@televisit/shared/api';
import { Icon, MicrophoneIcon, SpeakerIcon } from '../../../components/icons.tsx';
import { isMirrored } from '../../../components/preview.tsx';
import { initialsOf, nameOf } from '../../../format/names.ts';
import { useWake } from '../../../hooks/page.ts';
import { startPlayback, usePlayback } from '../../../sound/audio.ts';
import type { AgoraState } from './agora-channel.ts';
import type { Names } from './agora-names.ts';
import type { RemotePerson } from './agora-users.ts';
import { t } from './texts.ts';

interface TilesProps {
  state: AgoraState;
  names: Names;
  self: VisitBootstrap['self'];
  publishes: boolean;
}

/** The pictures of the others, and this person's own. */
export function AgoraTiles({ state: { phase, others, devices }, names, self, publishes }: TilesProps) {
  return (
    <div class="agora-stage">
      {phase === 'joined' && others.length === 0 && (
        <p class="agora-alone" data-testid="agora-alone">
          {t('agora.alone')}
        </p>
      )}
      <ul
        class="agora-tiles"
        data-others={others.length}
        data-tiles={others.length + (publishes ? 1 : 0)}
        aria-label={t('agora.people')}
      >
        {others.map((person) => (
          <RemoteTile key={person.account} person={person} name={names(person.account)} />
        ))}
        {publishes && (
          <Tile
            name={nameOf(self)}
            plate={t('person.you')}
            muted={!devices.microphone.on}
            own
            video={devices.camera.track && <OwnVideo track={devices.camera.track} />}
          />
        )}
      </ul>
    </div>
  );
}

function RemoteTile({ person, name }: { person: RemotePerson; name: string }) {
  return (
    <Tile
      name={name}
      plate={name}
      account={person.account}
      muted={person.audio === null}
      video={person.video && <RemoteVideo track={person.video} name={name} />}
    />
  );
}

interface TileProps {
  name: string;
  /** What stands below the picture. */
  plate: string;
  account?: string;
  muted: boolean;
  own?: boolean;
  video: preact.JSX.Element | null;
}

function Tile({ name, plate, account, muted, own = false, video }: TileProps) {
  return (
    <li
      class={`agora-tile ${own ? 'agora-own' : ''}`}
      data-testid={own ? 'agora-own' : 'agora-tile'}
      data-account={account}
    >
      {video ?? (
        <div class="agora-placeholder">
          <span class="agora-initials" aria-hidden="true">
            {initialsOf(name) || <PersonIcon />}
          </span>
          <span class="visually-hidden">{t('toggle.camera.off')}</span>
        </div>
      )}
      <div class="agora-plate">
        {muted && (
          <span class="agora-muted" role="img" aria-label={t('toggle.microphone.off')}>
            <MicrophoneIcon off />
          </span>
        )}
        <bdi class="agora-name">{plate}</bdi>
      </div>
    </li>
  );
}

function PersonIcon() {
  return (
    <Icon>
      <circle cx="12" cy="8.5" r="3.5" />
      <path d="M5 19.5c.6-3.8 3.2-6 7-6s6.4 2.2 7 6" />
    </Icon>
  );
}

function OwnVideo({ track }: { track: MediaStreamTrack }) {
  const video = usePlayback<HTMLVideoElement>(track);
  return (
    <video
      ref={video}
      class={`video ${isMirrored(track) ? 'mirrored' : ''}`}
      aria-label={t('call.selfVideo')}
      autoplay
      muted
      playsInline
    />
  );
}

function RemoteVideo({ track, name }: { track: MediaStreamTrack; name: string }) {
  const video = usePlayback<HTMLVideoElement>(track);
  return (
    <video ref={video} class="video" aria-label={t('agora.videoOf', { name })} autoplay muted playsInline />
  );
}

interface SoundProps {
  others: readonly RemotePerson[];
  /** Called if the browser requires a click before it plays sound. */
  onBlocked: () => void;
}

/** Plays the microphones of the others. */
export function OthersSound({ others, onBlocked }: SoundProps) {
  return (
    <>
      {others.map(
        ({ account, audio }) => audio && <Sound key={account} track={audio} onBlocked={onBlocked} />,
      )}
    </>
  );
}

function Sound({ track, onBlocked }: { track: MediaStreamTrack; onBlocked: () => void }) {
  const audio = usePlayback<HTMLAudioElement>(track, onBlocked);
  // A phone call or another app may have paused it.
  useWake(() => {
    if (audio.current?.paused) startPlayback(audio.current, onBlocked);
  });
  return <audio ref={audio} class="remote-audio" autoplay />;
}

/** Starts the sound that the browser has blocked until a click. */
export function HearOthers({ onDone }: { onDone: () => void }) {
  const play = () => {
    const silent = [...document.querySelectorAll<HTMLAudioElement>('.remote-audio')].filter(
      ({ paused }) => paused,
    );
    // If the browser blocks it again, the button stays for another try.
    Promise.all(silent.map((audio) => audio.play())).then(onDone, () => undefined);
  };
  return (
    <button type="button" class="button button-primary agora-hear" data-testid="agora-hear" onClick={play}>
      <SpeakerIcon />
      {t('agora.hear')}
    </button>
  );
}
