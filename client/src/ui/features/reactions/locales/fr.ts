import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const fr = {
  'reactions.title': 'Réagir',
  'reactions.short': 'Réagir',
  'reactions.thumbs_up': 'Pouce levé',
  'reactions.heart': 'Cœur',
  'reactions.clap': 'Applaudissements',
  'reactions.laugh': 'Rire',
  'reactions.surprise': 'Surprise',
  'reactions.sad': 'Tristesse',
  'say.reaction': '{name} : {reaction}',
} as const satisfies Messages<'fr', typeof en>;
