import { merge, type Merged, type Typed } from '../core/contract.ts';
import { announcements } from './announcements.ts';
import { captions } from './captions.ts';
import { chat } from './chat.ts';
import { feedback } from './feedback.ts';
import { hands } from './hands.ts';
import { moderation } from './moderation.ts';
import { polls } from './polls.ts';
import { reactions } from './reactions.ts';
import { player } from './recording-player.ts';
import { recording } from './recording.ts';
import { screenShare } from './screen-share.ts';
import { transcripts } from './transcripts.ts';
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
  recording,
  captions,
  transcripts,
  player,
] as const;
export type Feature = (typeof FEATURES)[number];
export type FeatureName = Feature['name'];

export type Facts = Merged<Feature, 'facts'>;

/** The facts that features record about a session; those of the core are in the server's domain. */
export const FACTS = merge<Feature, 'facts'>(FEATURES, 'facts');

/** The facts of one kind as the store keeps them: their type and their data. */
export type FeatureFact<Kind extends 'event' | 'note'> = {
  [T in keyof Facts]: Facts[T]['kind'] extends Kind ? { readonly type: T } & Typed<Facts[T]['data']> : never;
}[keyof Facts];
