import type { moderation as contract } from '@televisit/shared/features/moderation';
import type { ServerFeature } from '../feature.ts';
import { Moderation } from './moderation.ts';

export const moderation: ServerFeature<typeof contract> = {
  start: () => ({ room: { prepare: () => (room) => new Moderation(room) } }),
};
