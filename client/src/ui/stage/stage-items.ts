import type { ParticipantView } from '@televisit/shared/signaling';
import { trackOf } from '../../sdk/index.ts';
import type { Picture } from './views.ts';
import { useCall } from '../hooks/call.ts';
import { keyOf } from '../actions/person-actions.tsx';
import { useSpotlight } from './spotlight.ts';

interface Pictures {
  /** Everything that others show, shared screens first. */
  readonly pictures: readonly Picture[];
  /** Who shares a screen that has arrived. */
  readonly screens: readonly ParticipantView[];
  /** The key of what takes the large place: what was pinned, else the newest screen, else in that layout who speaks. */
  readonly wanted: string | null;
}

export function useStageItems(): Pictures {
  const { state, preferences, pinned } = useCall();
  const { participants } = state;
  const screens = participants.filter(
    ({ userId, media }) => media.screen === 'on' && trackOf(state, userId, 'screen') !== null,
  );
  const speaker = useSpotlight(
    state.room.activeSpeaker,
    participants.map(({ userId }) => userId),
  );
  const pictures = [...screens.map(pictureOf('screen')), ...participants.map(pictureOf('camera'))];
  const pinnedHere = pictures.some(({ key }) => key === pinned) ? pinned : null;
  const newest = screens.at(-1);
  const bySpeech = preferences.layout === 'speaker' && speaker !== null ? keyOf('camera', speaker) : null;
  return { pictures, screens, wanted: pinnedHere ?? (newest ? keyOf('screen', newest.userId) : bySpeech) };
}

/** What a small window shows: the large picture, else who speaks, else the first. */
export function pipItem(
  wanted: string | null,
  pictures: readonly Picture[],
  speaker: string | null,
): string | null {
  if (wanted !== null) return wanted;
  return (pictures.find(({ userId }) => userId === speaker) ?? pictures[0])?.key ?? null;
}

function pictureOf(source: Picture['source']) {
  return ({ userId }: ParticipantView): Picture => ({ key: keyOf(source, userId), userId, source });
}
