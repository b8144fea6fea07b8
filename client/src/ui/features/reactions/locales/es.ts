import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const es = {
  'reactions.title': 'Enviar una reacción',
  'reactions.short': 'Reacción',
  'reactions.thumbs_up': 'Pulgar arriba',
  'reactions.heart': 'Corazón',
  'reactions.clap': 'Aplauso',
  'reactions.laugh': 'Risa',
  'reactions.surprise': 'Sorpresa',
  'reactions.sad': 'Tristeza',
  'say.reaction': '{name}: {reaction}',
} as const satisfies Messages<'es', typeof en>;
