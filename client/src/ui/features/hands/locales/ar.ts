import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const ar = {
  'call.hand': 'رفع اليد',
  'call.raiseHand': 'رفع اليد',
  'call.lowerHand': 'خفض اليد',
  'call.lowerHandShort': 'خفض اليد',
  'people.hands': 'الأيدي المرفوعة ({number})',
  'people.handOrder': 'اليد مرفوعة، الرقم {number}',
  'moderation.lowerHand': 'خفض اليد',
  'shortcuts.hand': 'رفع يدك أو خفضها',
  'say.hand.up': '{name}: رُفعت اليد',
  'say.hand.down': '{name}: خُفضت اليد',
} as const satisfies Messages<'ar', typeof en>;
