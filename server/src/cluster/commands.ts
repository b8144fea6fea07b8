import { announcementText } from '@televisit/shared/features/announcements';
import { z } from 'zod';

interface CommandContract {
  readonly payload: z.ZodType;
  readonly answer: z.ZodType;
}

const sessionId = z.string().min(1).max(64);

/** What one process may ask of another. Doing it twice is no different from doing it once. */
export const COMMANDS = {
  /** The session was changed in the store: who runs its room carries that out, and answers when it is done. */
  'session:changed': { payload: z.strictObject({ sessionId }), answer: z.null() },
  /** Shows a line to everybody who is in the visit. */
  'session:announce': {
    payload: z.strictObject({ sessionId, text: announcementText }),
    answer: z.strictObject({ delivered: z.int().min(0) }),
  },
} as const satisfies Record<string, CommandContract>;

export type Command = keyof typeof COMMANDS;
export type CommandPayload<C extends Command> = z.output<(typeof COMMANDS)[C]['payload']>;
export type CommandAnswer<C extends Command> = z.output<(typeof COMMANDS)[C]['answer']>;
