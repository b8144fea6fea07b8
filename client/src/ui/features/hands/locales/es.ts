import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const es = {
  'call.hand': 'Mano',
  'call.raiseHand': 'Levantar la mano',
  'call.lowerHand': 'Bajar la mano',
  'call.lowerHandShort': 'Bajar',
  'people.hands': 'Manos levantadas ({number})',
  'people.handOrder': 'Mano levantada, número {number}',
  'moderation.lowerHand': 'Bajar la mano',
  'shortcuts.hand': 'Levantar o bajar la mano',
  'say.hand.up': '{name} ha levantado la mano',
  'say.hand.down': '{name} ha bajado la mano',
} as const satisfies Messages<'es', typeof en>;
