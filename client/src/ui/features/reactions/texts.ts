import { defineTexts, type Messages } from '../../../locales/index.ts';

const en = {
  'reactions.title': 'React',
  'reactions.short': 'React',
  'reactions.thumbs_up': 'Thumbs up',
  'reactions.heart': 'Heart',
  'reactions.clap': 'Applause',
  'reactions.laugh': 'Laughing',
  'reactions.surprise': 'Surprised',
  'reactions.sad': 'Sad',
  'say.reaction': '{name}: {reaction}',
} as const;

const es: Messages<'es', typeof en> = {
  'reactions.title': 'Enviar una reacción',
  'reactions.short': 'Reacción',
  'reactions.thumbs_up': 'Pulgar arriba',
  'reactions.heart': 'Corazón',
  'reactions.clap': 'Aplauso',
  'reactions.laugh': 'Risa',
  'reactions.surprise': 'Sorpresa',
  'reactions.sad': 'Tristeza',
  'say.reaction': '{name}: {reaction}',
};

const de: Messages<'de', typeof en> = {
  'reactions.title': 'Reagieren',
  'reactions.short': 'Reagieren',
  'reactions.thumbs_up': 'Daumen hoch',
  'reactions.heart': 'Herz',
  'reactions.clap': 'Applaus',
  'reactions.laugh': 'Lachen',
  'reactions.surprise': 'Überrascht',
  'reactions.sad': 'Traurig',
  'say.reaction': '{name}: {reaction}',
};

const fr: Messages<'fr', typeof en> = {
  'reactions.title': 'Réagir',
  'reactions.short': 'Réagir',
  'reactions.thumbs_up': 'Pouce levé',
  'reactions.heart': 'Cœur',
  'reactions.clap': 'Applaudissements',
  'reactions.laugh': 'Rire',
  'reactions.surprise': 'Surprise',
  'reactions.sad': 'Tristesse',
  'say.reaction': '{name} : {reaction}',
};

const pt: Messages<'pt', typeof en> = {
  'reactions.title': 'Reagir',
  'reactions.short': 'Reagir',
  'reactions.thumbs_up': 'Polegar para cima',
  'reactions.heart': 'Coração',
  'reactions.clap': 'Aplausos',
  'reactions.laugh': 'Risada',
  'reactions.surprise': 'Surpresa',
  'reactions.sad': 'Tristeza',
  'say.reaction': '{name}: {reaction}',
};

const ar: Messages<'ar', typeof en> = {
  'reactions.title': 'التفاعل',
  'reactions.short': 'التفاعل',
  'reactions.thumbs_up': 'إبهام مرفوع',
  'reactions.heart': 'قلب',
  'reactions.clap': 'تصفيق',
  'reactions.laugh': 'ضحك',
  'reactions.surprise': 'دهشة',
  'reactions.sad': 'حزن',
  'say.reaction': '{name}: {reaction}',
};

export const { texts, t } = defineTexts({ en, es, de, fr, pt, ar });
