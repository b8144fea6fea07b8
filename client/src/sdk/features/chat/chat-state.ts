import type { ChatMessage } from '@televisit/shared/signaling';
import type { VisitErrorCode } from '../../core/errors.ts';

/** A message of one's own that the server has not confirmed yet. */
export interface PendingMessage {
  readonly clientId: string;
  /** Null for a file. */
  readonly text: string | null;
  /** Null for a text. */
  readonly fileName: string | null;
  /** How much of a file has arrived at the server, 0 to 1; 0 for a text. */
  readonly progress: number;
  /** Why the server did not take it; null while it is on its way, or waits for the connection. */
  readonly failed: VisitErrorCode | null;
}

/** The chat as a user interface shows it: what was said, and below it what is on its way. */
export interface ChatState {
  /** In the order in which everybody sees them, each once. */
  readonly messages: readonly ChatMessage[];
  /** In the order in which they were sent. */
  readonly pending: readonly PendingMessage[];
  /** How many messages of others came while the chat was not before the person's eyes. */
  readonly unread: number;
}

export const NO_CHAT: ChatState = { messages: [], pending: [], unread: 0 };

/** Who reads the chat, and whether it is before their eyes. */
export interface Reader {
  readonly self: string | null;
  readonly visible: boolean;
  /** The `seq` of the last message that was before their eyes, as kept through a reload; 0 where there is none. */
  readonly readUpTo: number;
}

/** Takes one message in, once and by its number; an own one is no longer pending. */
export function received(chat: ChatState, message: ChatMessage, reader: Reader): ChatState {
  const others = chat.messages.filter(({ seq }) => seq !== message.seq);
  return caughtUp(chat, [...others, message], reader);
}

/** Takes everything that was said in place of what was known. */
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

/** Adds a message that is on its way, or changes what is known of it. */
export function pendingChanged(chat: ChatState, message: PendingMessage): ChatState {
  const known = chat.pending.some(({ clientId }) => clientId === message.clientId);
  const pending = known
    ? chat.pending.map((other) => (other.clientId === message.clientId ? message : other))
    : [...chat.pending, message];
  return { ...chat, pending };
}

/** Forgets a message that is on its way, or was refused. */
export function discarded(chat: ChatState, clientId: string): ChatState {
  const pending = chat.pending.filter((message) => message.clientId !== clientId);
  return pending.length === chat.pending.length ? chat : { ...chat, pending };
}

/** The person has the chat before their eyes. */
export function read(chat: ChatState): ChatState {
  return chat.unread === 0 ? chat : { ...chat, unread: 0 };
}
