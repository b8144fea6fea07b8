import type { ParticipantView } from '@televisit/shared/signaling';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../../locales/call.ts';
import { trackOf, type VisitState } from '../../sdk/index.ts';
import type { ScreenProps } from '../features/feature.ts';
import { nameOf } from '../format/names.ts';
import { RemoteVideo } from '../stage/video.tsx';
import { Call } from './call.tsx';

/** How long the call waits for the first frame, in milliseconds. */
const FIRST_FRAME_PATIENCE_MS = 250;

/**
 * The call. If there is one other participant, it is preceded by nothing but their video: on a slow device, building the
 * call takes longer than the first frame takes to arrive.
 */
export function Joined({ client, state }: ScreenProps) {
  const [built, setBuilt] = useState(() => firstVideo(state) === null);
  useEffect(() => {
    const timer = setTimeout(() => setBuilt(true), FIRST_FRAME_PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const first = firstVideo(state);
  if (built || !first) return <Call client={client} state={state} />;
  const { person, track } = first;
  return (
    <main class="call first-frame">
      <RemoteVideo
        track={track}
        userId={person.userId}
        label={t('call.videoOf', { name: nameOf(person) })}
        testId="remote-video"
        hidden={false}
        onFirstFrame={() => {
          client.reportFirstFrame();
          setBuilt(true);
        }}
      />
    </main>
  );
}

interface FirstVideo {
  person: ParticipantView;
  track: MediaStreamTrack;
}

/** Returns the video of the only other participant, if one is expected; null if the call shows more or no video. */
export function firstVideo(state: VisitState): FirstVideo | null {
  const [person, ...more] = state.participants;
  if (!person || more.length > 0 || person.media.camera !== 'on' || state.mediaMode !== 'full') return null;
  const track = trackOf(state, person.userId, 'camera');
  return track && { person, track };
}
