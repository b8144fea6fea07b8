import type { ParticipantView } from '@televisit/shared/signaling';
import type { FunctionComponent } from 'preact';
import type { View, VisitState } from '../../sdk/index.ts';
import type { Box } from './tiling.ts';

/** Something on the stage that belongs to a participant. */
export interface StageItem {
  readonly key: string;
  readonly person: ParticipantView;
  readonly source: View['source'];
}

export interface StageTileProps {
  readonly item: StageItem;
  /** Null while the item is on another page of the stage. */
  readonly box: Box | null;
  readonly large: boolean;
}

/** A kind of content on the stage. */
export interface StageContent {
  readonly items: (state: VisitState) => readonly StageItem[];
  /** Whether the newest item takes the large place unless another one is pinned. */
  readonly takesLarge: boolean;
  readonly Tile: FunctionComponent<StageTileProps>;
}

/** Returns the key of a participant's item. */
export const stageKey = (source: View['source'], userId: string): string => `${source}:${userId}`;
