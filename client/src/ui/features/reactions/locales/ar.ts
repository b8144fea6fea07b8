import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const ar = {
  'reactions.title': 'التفاعل',
  'reactions.short': 'التفاعل',
  'reactions.thumbs_up': 'إبهام مرفوع',
  'reactions.heart': 'قلب',
  'reactions.clap': 'تصفيق',
  'reactions.laugh': 'ضحك',
  'reactions.surprise': 'دهشة',
  'reactions.sad': 'حزن',
  'say.reaction': '{name}: {reaction}',
} as const satisfies Messages<'ar', typeof en>;
