import { z } from 'zod';
import { feature, nothing, typed } from '../core/contract.ts';
import { person } from '../core/fields.ts';

export const hands = feature({
  name: 'hands',
  messages: {
    'hand:set': {
      payload: z.strictObject({ raised: z.boolean() }),
      ack: nothing,
      phase: 'joined',
      permission: 'publish',
      rate: 'broadcast',
      summary: 'Raises or lowers the hand.',
    },
    'moderation:lower-hand': {
      payload: person,
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'normal',
      summary: 'Lowers the hand of a participant.',
    },
  },
  participant: typed<{
    /** RFC 3339, UTC; null while the hand is down. */
    readonly handRaisedAt: string | null;
  }>(),
});
