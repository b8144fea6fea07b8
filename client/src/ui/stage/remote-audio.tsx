import { t } from '../../locales/index.ts';
import type { VisitState } from '../../sdk/index.ts';
import { SpeakerIcon } from '../components/icons.tsx';
import { RemoteAudio } from './media.tsx';

/** What is heard: voices, and the sound of shared screens. */
export function RemoteAudioTracks({ state, onRefused }: { state: VisitState; onRefused: () => void }) {
  const { participants, tracks } = state;
  const present = new Set(participants.map(({ userId }) => userId));
  // The newest of each, where a device was changed and the old stream is still closing.
  const heard = new Map(
    tracks
      .filter(
        ({ userId, source }) => present.has(userId) && (source === 'microphone' || source === 'screenAudio'),
      )
      .map(({ userId, source, track }) => [`${source}:${userId}`, track]),
  );
  return (
    <>
      {[...heard].map(([key, track]) => (
        <RemoteAudio key={key} track={track} speaker={state.choice.speaker} onRefused={onRefused} />
      ))}
    </>
  );
}

export function TapToHear({ onDone }: { onDone: () => void }) {
  const play = () => {
    const silent = [...document.querySelectorAll<HTMLAudioElement>('.remote-audio')].filter(
      ({ paused }) => paused,
    );
    // A browser that refused once more leaves the button for another try.
    Promise.all(silent.map((audio) => audio.play())).then(onDone, () => undefined);
  };
  return (
    <button type="button" class="button button-primary tap-to-hear" onClick={play}>
      <SpeakerIcon />
      {t('call.tapToHear')}
    </button>
  );
}
