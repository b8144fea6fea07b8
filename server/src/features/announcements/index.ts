import type { announcements as contract } from '@televisit/shared/features/announcements';
import type { ServerFeature } from '../feature.ts';
import { Announcements } from './announcements.ts';
import { announcementOperations } from './http.ts';

export const announcements: ServerFeature<typeof contract> = {
  start: (services) => ({
    room: { prepare: () => (room) => new Announcements(room) },
    http: announcementOperations(services),
  }),
};
