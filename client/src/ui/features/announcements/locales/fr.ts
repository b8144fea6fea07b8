import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const fr = {
  'announcement.title': 'Message de l’établissement',
  'announcement.say': 'Message de l’établissement : {text}',
  'announcement.close': 'Fermer ce message',
} as const satisfies Messages<'fr', typeof en>;
