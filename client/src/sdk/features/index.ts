import type { FeatureName } from '@televisit/shared/features/index';
import { announcements } from './announcements/announcements.ts';
import { captions } from './captions/captions.ts';
import { chat } from './chat/chat.ts';
import type { ClientFeature, FeatureContract } from './feature.ts';
import { feedback } from './feedback/feedback.ts';
import { hands } from './hands/hands.ts';
import { moderation } from './moderation/moderation.ts';
import { polls } from './polls/polls.ts';
import { presence } from './presence/presence.ts';
import { reactions } from './reactions/reactions.ts';
import { recording } from './recording/recording.ts';
import { screenShare } from './screen-share/screen-share.ts';
import { waitingRoom } from './waiting-room/waiting-room.ts';

/** Every feature of the call. Slices of the state, event handling and commands are derived from this list. */
export const CLIENT_FEATURES = [
  waitingRoom,
  chat,
  screenShare,
  reactions,
  presence,
  hands,
  announcements,
  moderation,
  feedback,
  polls,
  recording,
  captions,
] as const satisfies readonly { readonly name: FeatureName | 'presence' }[];

type Listed = (typeof CLIENT_FEATURES)[number];
type SliceOf<F> = F extends { readonly initial: infer S } ? S : never;
type CommandsOf<F> = F extends { create(context: never): { readonly commands: infer K } } ? K : never;
type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never;

/** The fields of the state that features own. */
export type FeatureSlices = Intersection<SliceOf<Listed>>;

/** The commands of every feature, by its name. A feature of the contract that is not listed is a type error in use. */
export type FeatureCommands = {
  readonly [N in FeatureName | 'presence']: CommandsOf<Extract<Listed, { name: N }>>;
};

/** A feature as loops over the list see it. */
export type AnyFeature = ClientFeature<FeatureContract, object, unknown>;

/** Returns the slices of features before anything is known: of all, or of those that do not survive the end of a call. */
export function initialSlices(): FeatureSlices;
export function initialSlices(which: 'resetting'): Partial<FeatureSlices>;
export function initialSlices(which?: 'resetting'): Partial<FeatureSlices> {
  const features = (CLIENT_FEATURES as readonly AnyFeature[]).filter(
    ({ survivesEnd }) => which === undefined || !survivesEnd,
  );
  return Object.assign({}, ...features.map(({ initial }) => initial)) as Partial<FeatureSlices>;
}
