import { announcements } from './announcements.ts';
import { chat } from './chat.ts';
import { feedback } from './feedback.ts';
import { hands } from './hands.ts';
import { moderation } from './moderation.ts';
import { polls } from './polls.ts';
import { reactions } from './reactions.ts';
import { screenShare } from './screen-share.ts';
import { waitingRoom } from './waiting-room.ts';

/** Every feature of a visit. The API, the signaling protocol and the records are derived from this list. */
export const FEATURES = [
  waitingRoom,
  chat,
  screenShare,
  reactions,
  hands,
  announcements,
  moderation,
  feedback,
  polls,
] as const;
export type Feature = (typeof FEATURES)[number];
export type FeatureName = Feature['name'];
