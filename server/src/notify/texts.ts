import type { NotificationKind } from '@televisit/shared/notifications';
import type { MailLanguage } from '../mail/localization.ts';

/** The texts of notifications in one language: one for each kind, and the title of push messages. */
export type NotificationTexts = Readonly<Record<NotificationKind | 'title', string>>;

/**
 * The texts of notifications. `{when}` is the time of the visit. They name no person and nothing medical, because phones show
 * them while they are locked. But for Arabic, they have only letters of GSM-7 (3GPP TS 23.038), so that 160 fit into one text
 * message: no á, ç, ê or ã, and no typographic quotes.
 */
export const TEXTS: Readonly<Record<MailLanguage, NotificationTexts>> = {
  en: {
    title: 'Video appointment',
    invited: 'You have a video appointment on {when}.',
    reminder: 'Reminder: you have a video appointment on {when}.',
    host_waiting: 'You are expected in your video appointment now.',
    host_here: 'You are expected. You can enter your video appointment now.',
    moved: 'Your video appointment has a new time: {when}.',
    withdrawn: 'You no longer take part in the video appointment on {when}.',
    cancelled: 'Your video appointment on {when} is cancelled.',
  },
  es: {
    title: 'Cita por videollamada',
    invited: 'Tiene una cita por videollamada el {when}.',
    reminder: 'Recordatorio: tiene una cita por videollamada el {when}.',
    host_waiting: 'Le esperan ahora en su cita por videollamada.',
    host_here: 'Le esperan. Ya puede entrar en su cita por videollamada.',
    moved: 'Su cita por videollamada tiene nueva hora: {when}.',
    withdrawn: 'Ya no participa en la cita por videollamada del {when}.',
    cancelled: 'Su cita por videollamada del {when} se ha cancelado.',
  },
  de: {
    title: 'Videotermin',
    invited: 'Sie haben einen Videotermin am {when}.',
    reminder: 'Erinnerung: Sie haben einen Videotermin am {when}.',
    host_waiting: 'Sie werden jetzt in Ihrem Videotermin erwartet.',
    host_here: 'Sie werden erwartet. Sie können Ihren Videotermin jetzt öffnen.',
    moved: 'Ihr Videotermin hat eine neue Zeit: {when}.',
    withdrawn: 'Sie nehmen am Videotermin am {when} nicht mehr teil.',
    cancelled: 'Ihr Videotermin am {when} ist abgesagt.',
  },
  fr: {
    title: 'Rendez-vous vidéo',
    invited: 'Vous avez un rendez-vous vidéo le {when}.',
    reminder: 'Rappel : vous avez un rendez-vous vidéo le {when}.',
    host_waiting: 'On vous attend maintenant dans votre rendez-vous vidéo.',
    host_here: 'On vous attend. Vous pouvez entrer dans votre rendez-vous vidéo.',
    moved: 'Votre rendez-vous vidéo a un nouvel horaire : {when}.',
    withdrawn: 'Vous ne participez plus au rendez-vous vidéo du {when}.',
    cancelled: 'Votre rendez-vous vidéo du {when} est annulé.',
  },
  pt: {
    title: 'Videochamada',
    invited: 'Sua videochamada foi agendada para {when}.',
    reminder: 'Lembrete: sua videochamada agendada é em {when}.',
    host_waiting: 'Esperam por sua entrada agora na videochamada agendada.',
    host_here: 'Esperam por sua entrada. A videochamada agendada pode ser aberta agora.',
    moved: 'Sua videochamada foi remarcada para {when}.',
    withdrawn: 'Sua entrada na videochamada de {when} foi cancelada.',
    cancelled: 'Sua videochamada de {when} foi cancelada.',
  },
  ar: {
    title: 'موعد عبر الفيديو',
    invited: 'لديك موعد عبر الفيديو: {when}.',
    reminder: 'تذكير بموعدك عبر الفيديو: {when}.',
    host_waiting: 'حضورك منتظر الآن في موعدك عبر الفيديو.',
    host_here: 'حضورك منتظر. يمكنك الدخول الآن إلى موعدك عبر الفيديو.',
    moved: 'وقت جديد لموعدك عبر الفيديو: {when}.',
    withdrawn: 'لم يعد حضورك متوقعًا في الموعد عبر الفيديو: {when}.',
    cancelled: 'أُلغي موعدك عبر الفيديو: {when}.',
  },
};
