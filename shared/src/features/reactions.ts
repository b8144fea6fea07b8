import { z } from 'zod';
import { feature, nothing, typed } from '../core/contract.ts';
import { REACTIONS, type Reaction } from '../vocabulary.ts';

/** A passing sign of feeling. */
export interface ReactionView {
  readonly userId: string;
  readonly reaction: Reaction;
}

export const reactions = feature({
  name: 'reactions',
  messages: {
    'reaction:send': {
      payload: z.strictObject({ reaction: z.enum(REACTIONS) }),
      ack: nothing,
      phase: 'joined',
      permission: 'publish',
      rate: 'broadcast',
      summary: 'Sends a reaction to all participants, if the visit has reactions.',
    },
  },
  events: {
    reaction: {
      payload: typed<ReactionView>(),
      summary: 'A participant sent a reaction; the sender receives it too.',
    },
  },
  options: {
    reactions: {
      schema: z.boolean().meta({ description: 'Whether people may send reactions, such as applause.' }),
      default: false,
    },
  },
  errors: {
    reactions_off: {
      status: 403,
      title: 'This visit has no reactions',
      remedy: 'Create the visit with options.reactions true.',
    },
  },
});
