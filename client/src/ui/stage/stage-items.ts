import type { VisitState } from '../../sdk/index.ts';
import { useCall } from '../hooks/call.ts';
import { useRegistry } from '../hooks/registry.ts';
import { useSpotlight } from './spotlight.ts';
import { stageKey, type StageContent, type StageItem } from './stage-content.ts';

/** A stage item and the content that it belongs to. */
export interface PlacedItem extends StageItem {
  readonly content: StageContent;
}

interface StageItems {
  /** All items of all participants, in order. */
  readonly items: readonly PlacedItem[];
  /** The key of the item for the large place: the pinned one, else the newest screen, else the speaker in that layout. */
  readonly large: string | null;
}

/** Returns what the stage shows of the other participants. */
export function useStageItems(): StageItems {
  const { state, preferences, pinned } = useCall();
  const { stage } = useRegistry();
  const speaker = useSpotlight(
    state.room.activeSpeaker,
    state.participants.map(({ userId }) => userId),
  );
  const items = stage.flatMap((content) => itemsOf(content, state));
  const pinnedHere = items.some(({ key }) => key === pinned) ? pinned : null;
  const newest = items.filter(({ content }) => content.takesLarge).at(-1);
  const bySpeech = preferences.layout === 'speaker' && speaker !== null ? stageKey('camera', speaker) : null;
  return { items, large: pinnedHere ?? newest?.key ?? bySpeech };
}

function itemsOf(content: StageContent, state: VisitState): PlacedItem[] {
  return content.items(state).map((item) => ({ ...item, content }));
}

/** Returns the key of the item for the picture-in-picture window: the large one, else the speaker, else the first. */
export function pipItem(
  large: string | null,
  items: readonly StageItem[],
  speaker: string | null,
): string | null {
  if (large !== null) return large;
  return (items.find(({ person }) => person.userId === speaker) ?? items[0])?.key ?? null;
}
