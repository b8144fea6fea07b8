import type { announcements as contract } from '@televisit/shared/features/announcements';
import type { AnnouncementView } from '@televisit/shared/signaling';
import { defineClientFeature } from '../feature.ts';

/** A line of text from the backend to everyone in the visit, until the participant dismisses it. */
export type Announcement = AnnouncementView;

export interface AnnouncementsSlice {
  readonly announcements: readonly Announcement[];
}

/** How many announcements are shown at most. */
const MAX_ANNOUNCEMENTS = 3;

/** Adds an announcement. During a migration it may come twice. */
export function announced<S extends AnnouncementsSlice>(state: S, announcement: Announcement): S {
  const { announcements } = state;
  if (announcements.some(({ at, text }) => at === announcement.at && text === announcement.text))
    return state;
  return { ...state, announcements: [...announcements, announcement].slice(-MAX_ANNOUNCEMENTS) };
}

/** Removes an announcement that the participant has dismissed. */
export function announcementClosed<S extends AnnouncementsSlice>(state: S, closed: Announcement): S {
  return { ...state, announcements: state.announcements.filter((one) => one !== closed) };
}

export interface AnnouncementsCommands {
  dismiss(announcement: Announcement): void;
}

export const announcements = defineClientFeature<typeof contract, AnnouncementsSlice, AnnouncementsCommands>({
  name: 'announcements',
  initial: { announcements: [] },
  create: ({ store }) => ({
    commands: {
      dismiss: (announcement) => store.update((state) => announcementClosed(state, announcement)),
    },
    handlers: {
      announcement: (announcement) => store.update((state) => announced(state, announcement)),
    },
  }),
});
