import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const es = {
  'announcement.title': 'Mensaje de la clínica',
  'announcement.say': 'Mensaje de la clínica: {text}',
  'announcement.close': 'Cerrar este mensaje',
} as const satisfies Messages<'es', typeof en>;
