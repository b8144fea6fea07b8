import type { Feature, FeatureName } from '@televisit/shared/features/index';
import type { FeatureHooks, FeatureRecords } from '../domain/feature.ts';
import type { AnyFeatureOperations } from '../http/operation.ts';
import type { RoomFeature } from '../room/room-part.ts';
import { announcements } from './announcements/announcements.ts';
import { captions } from './captions/index.ts';
import { chat } from './chat/index.ts';
import type { FeatureServices, ServerFeature } from './feature.ts';
import { feedback } from './feedback/index.ts';
import { hands } from './hands/hands.ts';
import { moderation } from './moderation/moderation.ts';
import { polls } from './polls/index.ts';
import { reactions } from './reactions/reactions.ts';
import { player } from './recording/index.player.ts';
import { recording } from './recording/index.ts';
import { screenShare } from './screen-share/screen-share.ts';
import { transcripts } from './recording/index.transcripts.ts';
import { waitingRoom } from './waiting-room/waiting-room.ts';

type ServerFeatures = {
  readonly [Name in FeatureName]: ServerFeature<Extract<Feature, { readonly name: Name }>>;
};

/** Every feature of the contract, in the order in which their parts of a room are called. */
const FEATURES = {
  reactions,
  hands,
  moderation,
  chat,
  'screen-share': screenShare,
  'waiting-room': waitingRoom,
  announcements,
  feedback,
  polls,
  recording,
  captions,
  transcripts,
  'recording-player': player,
} satisfies ServerFeatures;

/** The fields that features derive from stored sessions, for reports and webhooks. */
export const FEATURE_RECORDS: readonly FeatureRecords[] = Object.values(FEATURES);

/** A feature while the server runs, whichever it is. */
export interface AnyRunningFeature extends FeatureHooks {
  readonly room?: RoomFeature;
  readonly http?: AnyFeatureOperations;
}

/** The features of a running server, by name. */
export type RunningFeatures = ReadonlyMap<string, AnyRunningFeature>;

/** Starts all features. */
export function startFeatures(services: FeatureServices): RunningFeatures {
  return new Map(Object.entries(FEATURES).map(([name, feature]) => [name, feature.start(services)]));
}

/** Returns the features that have a share in rooms. */
export function roomFeatures(features: RunningFeatures): ReadonlyMap<string, RoomFeature> {
  return new Map([...features].flatMap(([name, { room }]) => (room ? [[name, room] as const] : [])));
}

/** Returns the operations of all features. */
export function featureOperations(features: RunningFeatures): readonly AnyFeatureOperations[] {
  return [...features.values()].flatMap(({ http }) => http ?? []);
}
