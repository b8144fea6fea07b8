import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const de = {
  'announcement.title': 'Nachricht der Praxis',
  'announcement.say': 'Nachricht der Praxis: {text}',
  'announcement.close': 'Diese Nachricht schließen',
} as const satisfies Messages<'de', typeof en>;
