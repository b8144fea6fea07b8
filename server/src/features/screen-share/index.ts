import type { screenShare as contract } from '@televisit/shared/features/screen-share';
import type { ServerFeature } from '../feature.ts';
import { shareReport, sharesOf } from './rules.ts';
import { ScreenShare } from './screen-share.ts';

export const screenShare: ServerFeature<typeof contract> = {
  report: shareReport,
  start: () => ({
    room: { prepare: () => (room) => new ScreenShare(room) },
    personalData: (session, seat, now) => ({ shares: sharesOf(session, seat, now) }),
  }),
};
