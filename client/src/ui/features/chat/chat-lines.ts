import type { ChatMessage } from '@televisit/shared/signaling';

/** A message as the list shows it. */
export interface Line {
  readonly message: ChatMessage;
  readonly own: boolean;
  /** Whether the sender's name and the time stand above it: not where the same person goes on. */
  readonly head: boolean;
  /** Whether the line "new" stands above it. */
  readonly fresh: boolean;
}

/** Messages of one person within this time belong together, in milliseconds. */
const TOGETHER_MS = 3 * 60_000;

/** The lines of the chat. `readUpTo` is the number of the last message that was seen; 0 for none. */
export function chatLines(messages: readonly ChatMessage[], self: string | null, readUpTo: number): Line[] {
  const firstFresh = messages.find(({ seq, userId }) => seq > readUpTo && userId !== self)?.seq;
  return messages.map((message, index) => {
    const before = messages[index - 1];
    const goesOn =
      before?.userId === message.userId && Date.parse(message.at) - Date.parse(before.at) < TOGETHER_MS;
    const fresh = message.seq === firstFresh;
    return { message, own: message.userId === self, head: !goesOn || fresh, fresh };
  });
}

const PREVIEWED = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

/** Whether a file is a picture that every browser shows safely; all others are only handed out. */
export function isPicture(contentType: string): boolean {
  return PREVIEWED.has(contentType.toLowerCase().split(';')[0]?.trim() ?? '');
}
