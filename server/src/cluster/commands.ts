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
  /** A feature asks its parts of the session's rooms. Each answers with JSON of its own. */
  'session:ask': {
    payload: z.strictObject({
      sessionId,
      feature: z.string().max(64),
      request: z.record(z.string(), z.unknown()),
    }),
    answer: z.strictObject({ answers: z.array(z.unknown()) }),
  },
} as const satisfies Record<string, CommandContract>;

export type Command = keyof typeof COMMANDS;
export type CommandPayload<C extends Command> = z.output<(typeof COMMANDS)[C]['payload']>;
export type CommandAnswer<C extends Command> = z.output<(typeof COMMANDS)[C]['answer']>;
