import type { ChatMessage } from '@televisit/shared/signaling';

/** A message in the list. */
export interface Line {
  readonly message: ChatMessage;
  readonly own: boolean;
  /** Whether sender and time are shown above it: unless it continues the previous message. */
  readonly head: boolean;
  /** Whether the separator "new" is shown above it. */
  readonly fresh: boolean;
}

/** Messages of the same sender within this time form a group, in milliseconds. */
const TOGETHER_MS = 3 * 60_000;

/** Returns the lines of the chat. `readUpTo` is the number of the last message seen; 0 for none. */
export function chatLines(messages: readonly ChatMessage[], self: string | null, readUpTo: number): Line[] {
  const firstFresh = messages.find(({ seq, userId }) => seq > readUpTo && userId !== self)?.seq;
  return messages.map((message, index) => {
    const before = messages[index - 1];
    const continues =
      before?.userId === message.userId && Date.parse(message.at) - Date.parse(before.at) < TOGETHER_MS;
    const fresh = message.seq === firstFresh;
    return { message, own: message.userId === self, head: !continues || fresh, fresh };
  });
}

const PREVIEWED = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

/** Whether a file is an image that every browser shows safely; other files can only be downloaded. */
export function isPicture(contentType: string): boolean {
  return PREVIEWED.has(contentType.toLowerCase().split(';')[0]?.trim() ?? '');
}
