import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const ar = {
  'feedback.title': 'كيف كانت زيارتك؟',
  'feedback.star': '{count} من {total} نجوم',
  'feedback.worst': 'سيئة',
  'feedback.best': 'جيدة جدًا',
  'feedback.comment': 'هل تود إضافة شيء؟ (اختياري)',
  'feedback.reader': 'ستصل إجابتك إلى العيادة.',
  'feedback.left': {
    zero: 'لم يتبقَّ أي حرف',
    one: 'يتبقى حرف واحد',
    two: 'يتبقى حرفان',
    few: 'يتبقى {count} أحرف',
    many: 'يتبقى {count} حرفًا',
    other: 'يتبقى {count} حرف',
  },
  'feedback.send': 'إرسال التقييم',
  'feedback.choose': 'يُرجى أولًا اختيار نجمة واحدة إلى خمس نجوم.',
  'feedback.failed': 'تعذّر الإرسال. يُرجى المحاولة مرة أخرى.',
  'feedback.refused': 'لم يعد من الممكن تقييم هذه الزيارة من هنا.',
  'feedback.thanks': 'شكرًا لك على تقييمك!',
} as const satisfies Messages<'ar', typeof en>;
