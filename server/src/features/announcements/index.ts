import type { announcements as contract } from '@televisit/shared/features/announcements';
import type { ServerFeature } from '../feature.ts';

export const announcements: ServerFeature<typeof contract> = {
  start: () => ({}),
};
