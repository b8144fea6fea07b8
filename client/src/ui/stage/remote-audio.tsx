import { useLayoutEffect } from 'preact/hooks';
import { t } from '../../locales/call.ts';
import type { VisitState } from '../../sdk/index.ts';
import { SpeakerIcon } from '../components/icons.tsx';
import { useWake } from '../hooks/page.ts';
import { startPlayback, usePlayback } from '../sound/audio.ts';

/** Plays the microphones of all participants, and the sound of shared screens. */
export function RemoteAudio({ state, onBlocked }: { state: VisitState; onBlocked: () => void }) {
  const { participants, tracks } = state;
  const present = new Set(participants.map(({ userId }) => userId));
  // The newest track of each source: the previous one may still be closing after a change of device.
  const audible = new Map(
    tracks
      .filter(
        ({ userId, source }) => present.has(userId) && (source === 'microphone' || source === 'screenAudio'),
      )
      .map(({ userId, source, track }) => [`${source}:${userId}`, track]),
  );
  return (
    <>
      {[...audible].map(([key, track]) => (
        <AudioTrack key={key} track={track} speaker={state.choice.speaker} onBlocked={onBlocked} />
      ))}
    </>
  );
}

interface AudioTrackProps {
  track: MediaStreamTrack;
  speaker: string | null;
  onBlocked: () => void;
}

function AudioTrack({ track, speaker, onBlocked }: AudioTrackProps) {
  const audio = usePlayback<HTMLAudioElement>(track, onBlocked);
  useLayoutEffect(() => {
    const player = audio.current;
    if (!player || speaker === null || !('setSinkId' in player)) return;
    // If the chosen speaker is gone, the default one plays.
    player.setSinkId(speaker).catch(() => undefined);
  }, [track, speaker]);
  // A phone call or another app may have paused it.
  useWake(() => {
    if (audio.current?.paused) startPlayback(audio.current, onBlocked);
  });
  return <audio ref={audio} class="remote-audio" autoplay />;
}

/** Starts the sound if the browser has blocked it until a user gesture. */
export function TapToHear({ onDone }: { onDone: () => void }) {
  const play = () => {
    const silent = [...document.querySelectorAll<HTMLAudioElement>('.remote-audio')].filter(
      ({ paused }) => paused,
    );
    // If the browser blocks it again, the button stays for another try.
    Promise.all(silent.map((audio) => audio.play())).then(onDone, () => undefined);
  };
  return (
    <button type="button" class="button button-primary tap-to-hear" onClick={play}>
      <SpeakerIcon />
      {t('call.tapToHear')}
    </button>
  );
}
