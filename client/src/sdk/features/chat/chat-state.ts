import type { ChatMessage } from '@televisit/shared/signaling';
import type { VisitErrorCode } from '../../core/errors.ts';

/** A message of this participant that the server has not confirmed yet. */
export interface PendingMessage {
  readonly clientId: string;
  /** Null for a file. */
  readonly text: string | null;
  /** Null for a text. */
  readonly fileName: string | null;
  /** Share of a file that has arrived at the server, 0 to 1; 0 for a text. */
  readonly progress: number;
  /** Why the server refused it; null while it is being sent, or waits for the connection. */
  readonly failed: VisitErrorCode | null;
}

/** The chat as a user interface shows it: the messages, and below them the pending ones. */
export interface ChatState {
  /** In the order in which all participants see them, each once. */
  readonly messages: readonly ChatMessage[];
  /** In the order in which they were sent. */
  readonly pending: readonly PendingMessage[];
  /** Number of messages from others that came while the chat was not visible. */
  readonly unread: number;
}

export interface ChatSlice {
  readonly chat: ChatState;
}

export const NO_CHAT: ChatState = { messages: [], pending: [], unread: 0 };

/** The participant who reads the chat, and whether it is visible. */
export interface Reader {
  readonly self: string | null;
  readonly visible: boolean;
  /** The `seq` of the last message that was visible, kept for a reload; 0 without one. */
  readonly readUpTo: number;
}

/** Adds a message, once by its number; an own one is no longer pending. */
export function received(chat: ChatState, message: ChatMessage, reader: Reader): ChatState {
  const others = chat.messages.filter(({ seq }) => seq !== message.seq);
  return caughtUp(chat, [...others, message], reader);
}

/** Replaces the known messages with all messages. */
export function caughtUp(
  chat: ChatState,
  messages: readonly ChatMessage[],
  { self, visible, readUpTo }: Reader,
): ChatState {
  const known = new Set(chat.messages.map(({ seq }) => seq));
  const fresh = messages.filter(({ seq, userId }) => userId !== self && seq > readUpTo && !known.has(seq));
  const arrived = new Set(messages.filter(({ userId }) => userId === self).map(({ clientId }) => clientId));
  return {
    messages: [...messages].sort((a, b) => a.seq - b.seq),
    pending: chat.pending.filter(({ clientId }) => !arrived.has(clientId)),
    unread: visible ? 0 : chat.unread + fresh.length,
  };
}

/** Adds a pending message, or updates it. */
export function pendingChanged(chat: ChatState, message: PendingMessage): ChatState {
  const known = chat.pending.some(({ clientId }) => clientId === message.clientId);
  const pending = known
    ? chat.pending.map((other) => (other.clientId === message.clientId ? message : other))
    : [...chat.pending, message];
  return { ...chat, pending };
}

/** Removes a pending or refused message. */
export function discarded(chat: ChatState, clientId: string): ChatState {
  const pending = chat.pending.filter((message) => message.clientId !== clientId);
  return pending.length === chat.pending.length ? chat : { ...chat, pending };
}

/** Marks all messages as read. */
export function read(chat: ChatState): ChatState {
  return chat.unread === 0 ? chat : { ...chat, unread: 0 };
}
