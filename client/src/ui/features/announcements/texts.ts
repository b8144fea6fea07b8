import { defineTexts, type Messages } from '../../../locales/index.ts';

const en = {
  'announcement.title': 'Message from the clinic',
  'announcement.say': 'Message from the clinic: {text}',
  'announcement.close': 'Close this message',
} as const;

const es: Messages<'es', typeof en> = {
  'announcement.title': 'Mensaje de la clínica',
  'announcement.say': 'Mensaje de la clínica: {text}',
  'announcement.close': 'Cerrar este mensaje',
};

const de: Messages<'de', typeof en> = {
  'announcement.title': 'Nachricht der Praxis',
  'announcement.say': 'Nachricht der Praxis: {text}',
  'announcement.close': 'Diese Nachricht schließen',
};

const fr: Messages<'fr', typeof en> = {
  'announcement.title': 'Message de l’établissement',
  'announcement.say': 'Message de l’établissement : {text}',
  'announcement.close': 'Fermer ce message',
};

const pt: Messages<'pt', typeof en> = {
  'announcement.title': 'Mensagem da clínica',
  'announcement.say': 'Mensagem da clínica: {text}',
  'announcement.close': 'Fechar esta mensagem',
};

const ar: Messages<'ar', typeof en> = {
  'announcement.title': 'رسالة من العيادة',
  'announcement.say': 'رسالة من العيادة: {text}',
  'announcement.close': 'إغلاق هذه الرسالة',
};

export const { texts, t } = defineTexts({ en, es, de, fr, pt, ar });
