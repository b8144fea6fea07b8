import { z } from 'zod';
import { merge, type Typed } from './core/contract.ts';
import { CORE_EVENTS, CORE_MESSAGES } from './core/messages.ts';
import type { ErrorCode } from './errors.ts';
import { FEATURES, type Feature } from './features/index.ts';

export type { MessagePhase, RateClass } from './core/contract.ts';
export type * from './core/join.ts';
export type * from './core/views.ts';
export type { AnnouncementView } from './features/announcements.ts';
export type { ChatFile, ChatMessage } from './features/chat.ts';
export type { ReactionView } from './features/reactions.ts';
export type { WaitingMessage, WaitingView } from './features/waiting-room.ts';

/** The client's part of the Socket.IO handshake (`auth`). */
export const handshakeAuth = z.object({ token: z.string(), sessionId: z.string() });

/** Every message from client to server. docs/PROTOCOL.md describes their order. */
export const CLIENT_MESSAGES = { ...CORE_MESSAGES, ...merge<Feature, 'messages'>(FEATURES, 'messages') };

/** Every event from server to client. */
export const SERVER_EVENTS = { ...CORE_EVENTS, ...merge<Feature, 'events'>(FEATURES, 'events') };

export type ClientMessage = keyof typeof CLIENT_MESSAGES;
export type ServerEvent = keyof typeof SERVER_EVENTS;
export type Payload<M extends ClientMessage> = z.infer<(typeof CLIENT_MESSAGES)[M]['payload']>;

/** The data of each message's ack if the message succeeded. */
export type AckData = { [M in ClientMessage]: Typed<(typeof CLIENT_MESSAGES)[M]['ack']> };

/** The answer to every message. */
export type Ack<T> =
  { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: AckError };

/** The error of an ack, and `connect_error.data` of a refused handshake. */
export interface AckError {
  readonly code: ErrorCode;
  readonly message: string;
  /** Seconds after which trying again makes sense, if known. */
  readonly retryAfter?: number;
}

/** `Socket` event map, client to server. */
export type ClientToServerEvents = {
  [M in ClientMessage]: (payload: Payload<M>, ack?: (answer: Ack<AckData[M]>) => void) => void;
};

type EventPayload<E extends ServerEvent> = Typed<(typeof SERVER_EVENTS)[E]['payload']>;

/** `Socket` event map, server to client. */
export type ServerToClientEvents = {
  [E in ServerEvent]: [EventPayload<E>] extends [undefined] ? () => void : (payload: EventPayload<E>) => void;
};
