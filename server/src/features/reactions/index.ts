import type { reactions as contract } from '@televisit/shared/features/reactions';
import type { ServerFeature } from '../feature.ts';
import { Reactions } from './reactions.ts';

export const reactions: ServerFeature<typeof contract> = {
  start: () => ({ room: { prepare: () => (room) => new Reactions(room) } }),
};
