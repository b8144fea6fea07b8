import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const ar = {
  'people.shares': 'الشاشة قيد المشاركة',
  'moderation.stopShare': 'إيقاف مشاركة الشاشة',
  'moderation.shareAllowed': 'يمكن للجميع مشاركة الشاشة',
  'share.start': 'مشاركة شاشتك',
  'share.stop': 'إيقاف المشاركة',
  'share.short': 'مشاركة',
  'share.stopShort': 'إيقاف',
  'share.of': 'شاشة {name}',
  'share.own': 'الجميع يرى شاشتك.',
  'share.wasStopped': 'تم إيقاف مشاركة شاشتك من قِبل {name}.',
  'share.ended': 'لم تعد شاشتك قيد المشاركة.',
  'share.failed': 'تعذّرت مشاركة شاشتك.',
  'shortcuts.share': 'مشاركة شاشتك',
  'say.screen.on': '{name}: بدأت مشاركة الشاشة',
  'say.screen.off': '{name}: انتهت مشاركة الشاشة',
} as const satisfies Messages<'ar', typeof en>;
