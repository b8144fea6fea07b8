import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const ar = {
  'announcement.title': 'رسالة من العيادة',
  'announcement.say': 'رسالة من العيادة: {text}',
  'announcement.close': 'إغلاق هذه الرسالة',
} as const satisfies Messages<'ar', typeof en>;
