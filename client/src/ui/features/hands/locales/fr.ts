import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const fr = {
  'call.hand': 'Main',
  'call.raiseHand': 'Lever la main',
  'call.lowerHand': 'Baisser la main',
  'call.lowerHandShort': 'Baisser',
  'people.hands': 'Mains levées ({number})',
  'people.handOrder': 'Main levée, numéro {number}',
  'moderation.lowerHand': 'Baisser la main',
  'shortcuts.hand': 'Lever ou baisser la main',
  'say.hand.up': '{name} a levé la main',
  'say.hand.down': '{name} a baissé la main',
} as const satisfies Messages<'fr', typeof en>;
