import { announcementText } from '@televisit/shared/features/announcements';
import { z } from 'zod';

interface CommandContract {
  readonly payload: z.ZodType;
  readonly answer: z.ZodType;
}

const sessionId = z.string().min(1).max(64);

/** The commands that one process sends to another. Each is idempotent. */
export const COMMANDS = {
  /** The stored session changed. The process that runs its room applies the change and answers when done. */
  'session:changed': { payload: z.strictObject({ sessionId }), answer: z.null() },
  /** Shows a line of text to all participants of the session. */
  'session:announce': {
    payload: z.strictObject({ sessionId, text: announcementText }),
    answer: z.strictObject({ delivered: z.int().min(0) }),
  },
} as const satisfies Record<string, CommandContract>;

export type Command = keyof typeof COMMANDS;
export type CommandPayload<C extends Command> = z.output<(typeof COMMANDS)[C]['payload']>;
export type CommandAnswer<C extends Command> = z.output<(typeof COMMANDS)[C]['answer']>;
