import type { Feature, FeatureName } from '@televisit/shared/features/index';
import type { Chats } from '../domain/chats.ts';
import type { RoomFeature } from '../room/room-part.ts';
import { RoomChat } from './chat/room-chat.ts';
import type { ServerFeature } from './feature.ts';
import { Hands } from './hands/hands.ts';
import { Moderation } from './moderation/moderation.ts';
import { Reactions } from './reactions/reactions.ts';
import { ScreenShare } from './screen-share/screen-share.ts';
import { WaitingRoom } from './waiting-room/waiting-room.ts';

export interface FeatureOptions {
  readonly chats: Chats;
  /** How long the place of a dropped connection is kept, in milliseconds. */
  readonly graceMs: number;
}

/** Every feature of the contract, by its name. */
export type ServerFeatures = {
  readonly [Name in FeatureName]: ServerFeature<Extract<Feature, { readonly name: Name }>>;
};

/** Returns all features, in the order in which their parts of a room are asked and told. */
export function serverFeatures({ chats, graceMs }: FeatureOptions): ServerFeatures {
  return {
    reactions: { room: { prepare: () => (room) => new Reactions(room) } },
    hands: { room: { prepare: () => (room) => new Hands(room) } },
    moderation: { room: { prepare: () => (room) => new Moderation(room) } },
    chat: {
      room: {
        prepare: async ({ sessionId }) => {
          const history = await chats.messages(sessionId);
          return (room) => new RoomChat(room, chats, history);
        },
      },
    },
    'screen-share': { room: { prepare: () => (room) => new ScreenShare(room) } },
    'waiting-room': { room: { prepare: () => (room) => new WaitingRoom(room, graceMs) } },
    announcements: {},
    feedback: {},
  };
}

/** Returns the share that features have in rooms. */
export function roomFeatures(features: ServerFeatures): readonly RoomFeature[] {
  return Object.values<ServerFeatures[FeatureName]>(features).flatMap(({ room }) => room ?? []);
}
