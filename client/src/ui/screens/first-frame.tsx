import type { ParticipantView } from '@televisit/shared/signaling';
import { t } from '../../locales/index.ts';
import { trackOf, type VisitState } from '../../sdk/index.ts';
import { RemoteVideo } from '../stage/media.tsx';
import { nameOf } from '../format/names.ts';

interface First {
  person: ParticipantView;
  track: MediaStreamTrack;
}

/** The picture of the only other person, if there is one to come; null where the call has more to show, or nothing. */
export function firstFrame(state: VisitState): First | null {
  const [person, ...more] = state.participants;
  if (!person || more.length > 0 || person.media.camera !== 'on' || state.mediaMode !== 'full') return null;
  const track = trackOf(state, person.userId, 'camera');
  return track && { person, track };
}

interface Props extends First {
  onShown: () => void;
}

/**
 * A picture where the call shows it, and nothing else: building the call takes a small machine longer than the picture
 * takes to arrive.
 */
export function FirstFrame({ person, track, onShown }: Props) {
  return (
    <main class="call first-picture">
      <RemoteVideo
        track={track}
        userId={person.userId}
        label={t('call.videoOf', { name: nameOf(person) })}
        testId="remote-video"
        hidden={false}
        onFirstFrame={onShown}
      />
    </main>
  );
}
