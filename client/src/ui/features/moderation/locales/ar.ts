import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const ar = {
  'call.locked': 'الزيارة مقفلة: لا يدخل أحد إلا بإذن',
  'moderation.mute': 'كتم الصوت',
  'moderation.askToUnmute': 'طلب تشغيل الميكروفون',
  'moderation.cameraOff': 'إغلاق الكاميرا',
  'moderation.remove': 'إزالة من الزيارة',
  'moderation.removeTitle': 'هل تريد إزالة {name}؟',
  'moderation.removeText': 'ستتم المغادرة فورًا، ولن تكون العودة إلى هذه الزيارة ممكنة.',
  'moderation.removeConfirm': 'إزالة',
  'moderation.lock': 'قفل الزيارة',
  'moderation.lockHint': 'لا يدخل أحد إلا بإذن.',
  'moderation.unmuteAsked': 'طلب من {name}: يُرجى تشغيل الميكروفون.',
  'moderation.unmute': 'تشغيل',
  'moderation.stayMuted': 'إبقاؤه مغلقًا',
  'moderation.wasMuted': 'تم إغلاق الميكروفون لديك من قِبل {name}. يمكنك تشغيله من جديد.',
  'moderation.wasCameraOff': 'تم إغلاق الكاميرا لديك من قِبل {name}. يمكنك تشغيلها من جديد.',
  'say.locked': 'الزيارة مقفلة',
  'say.unlocked': 'لم تعد الزيارة مقفلة',
} as const satisfies Messages<'ar', typeof en>;
