import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const de = {
  'call.hand': 'Hand',
  'call.raiseHand': 'Hand heben',
  'call.lowerHand': 'Hand senken',
  'call.lowerHandShort': 'Senken',
  'people.hands': 'Gehobene Hände ({number})',
  'people.handOrder': 'Hand gehoben, Nummer {number}',
  'moderation.lowerHand': 'Hand senken',
  'shortcuts.hand': 'Hand heben oder senken',
  'say.hand.up': '{name} hat die Hand gehoben',
  'say.hand.down': '{name} hat die Hand gesenkt',
} as const satisfies Messages<'de', typeof en>;
