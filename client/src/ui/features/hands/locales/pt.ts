import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const pt = {
  'call.hand': 'Mão',
  'call.raiseHand': 'Levantar a mão',
  'call.lowerHand': 'Abaixar a mão',
  'call.lowerHandShort': 'Abaixar',
  'people.hands': 'Mãos levantadas ({number})',
  'people.handOrder': 'Mão levantada, número {number}',
  'moderation.lowerHand': 'Abaixar a mão',
  'shortcuts.hand': 'Levantar ou abaixar a mão',
  'say.hand.up': '{name} levantou a mão',
  'say.hand.down': '{name} abaixou a mão',
} as const satisfies Messages<'pt', typeof en>;
