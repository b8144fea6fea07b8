import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const de = {
  'reactions.title': 'Reagieren',
  'reactions.short': 'Reagieren',
  'reactions.thumbs_up': 'Daumen hoch',
  'reactions.heart': 'Herz',
  'reactions.clap': 'Applaus',
  'reactions.laugh': 'Lachen',
  'reactions.surprise': 'Überrascht',
  'reactions.sad': 'Traurig',
  'say.reaction': '{name}: {reaction}',
} as const satisfies Messages<'de', typeof en>;
