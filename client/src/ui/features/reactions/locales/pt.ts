import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const pt = {
  'reactions.title': 'Reagir',
  'reactions.short': 'Reagir',
  'reactions.thumbs_up': 'Polegar para cima',
  'reactions.heart': 'Coração',
  'reactions.clap': 'Aplausos',
  'reactions.laugh': 'Risada',
  'reactions.surprise': 'Surpresa',
  'reactions.sad': 'Tristeza',
  'say.reaction': '{name}: {reaction}',
} as const satisfies Messages<'pt', typeof en>;
