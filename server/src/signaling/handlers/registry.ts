import type { AckData, ClientMessage, Payload } from '@televisit/shared/signaling';
import type { Connection } from '../connection.ts';
import { mediaHandlers } from './media.ts';
import { chatHandlers } from './chat.ts';
import { moderationHandlers } from './moderation.ts';
import { presenceHandlers } from './presence.ts';
import { visitHandlers } from './visit.ts';
import { waitingHandlers } from './waiting.ts';

/** What a message does. Its payload, phase and permission have been checked (`dispatch.ts`). */
export type Handler<M extends ClientMessage> = (
  connection: Connection,
  payload: Payload<M>,
) => AckData[M] | Promise<AckData[M]>;

export type Handlers<M extends ClientMessage = ClientMessage> = { readonly [K in M]: Handler<K> };

export const handlers: Handlers = {
  ...mediaHandlers,
  ...visitHandlers,
  ...presenceHandlers,
  ...chatHandlers,
  ...waitingHandlers,
  ...moderationHandlers,
};
