import type { hands as contract } from '@televisit/shared/features/hands';
import type { ServerFeature } from '../feature.ts';
import { Hands } from './hands.ts';

export const hands: ServerFeature<typeof contract> = {
  start: () => ({ room: { prepare: () => (room) => new Hands(room) } }),
};
