import type { ClientMessage } from '@televisit/shared/signaling';
import type { Chats } from '../domain/chats.ts';
import type { CoreMessage } from '../room/room.ts';
import type { MessagesOf, RoomFeature } from '../room/room-part.ts';
import { RoomChat } from './chat/room-chat.ts';
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

/** Returns the features of sessions, in the order in which their parts of a room are asked and told. */
export function roomFeatures({ chats, graceMs }: FeatureOptions): readonly RoomFeature[] {
  return [
    { prepare: () => (room) => new Reactions(room) },
    { prepare: () => (room) => new Hands(room) },
    { prepare: () => (room) => new Moderation(room) },
    {
      prepare: async ({ sessionId }) => {
        const history = await chats.messages(sessionId);
        return (room) => new RoomChat(room, chats, history);
      },
    },
    { prepare: () => (room) => new ScreenShare(room) },
    { prepare: () => (room) => new WaitingRoom(room, graceMs) },
  ];
}

type FeatureMessage = MessagesOf<Reactions | Hands | Moderation | RoomChat | ScreenShare | WaitingRoom>;

/** Fails to compile if a message of the contract has no handler. */
export type UnhandledMessage = Exclude<ClientMessage, CoreMessage | FeatureMessage>;
export const allMessagesAreHandled: [UnhandledMessage] extends [never] ? true : UnhandledMessage = true;
