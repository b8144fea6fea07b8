import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const pt = {
  'announcement.title': 'Mensagem da clínica',
  'announcement.say': 'Mensagem da clínica: {text}',
  'announcement.close': 'Fechar esta mensagem',
} as const satisfies Messages<'pt', typeof en>;
