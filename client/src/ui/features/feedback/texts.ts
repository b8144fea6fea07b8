import { defineTexts, type Messages } from '../../../locales/index.ts';

const en = {
  'feedback.title': 'How was your visit?',
  'feedback.star': '{count} of {total} stars',
  'feedback.worst': 'Poor',
  'feedback.best': 'Very good',
  'feedback.comment': 'Anything to add? (optional)',
  'feedback.reader': 'Your answer goes to the clinic.',
  'feedback.left': { one: '{count} character left', other: '{count} characters left' },
  'feedback.send': 'Send feedback',
  'feedback.choose': 'Please choose 1 to 5 stars first.',
  'feedback.failed': 'This could not be sent. Please try again.',
  'feedback.refused': 'Feedback on this visit can no longer be sent from here.',
  'feedback.thanks': 'Thank you for your feedback!',
} as const;

const es: Messages<'es', typeof en> = {
  'feedback.title': '¿Qué tal fue su consulta?',
  'feedback.star': '{count} de {total} estrellas',
  'feedback.worst': 'Mal',
  'feedback.best': 'Muy bien',
  'feedback.comment': '¿Quiere añadir algo? (opcional)',
  'feedback.reader': 'Su respuesta se envía a la clínica.',
  'feedback.left': {
    one: 'Queda {count} carácter',
    many: 'Quedan {count} de caracteres',
    other: 'Quedan {count} caracteres',
  },
  'feedback.send': 'Enviar opinión',
  'feedback.choose': 'Primero elija de 1 a 5 estrellas.',
  'feedback.failed': 'No se pudo enviar. Inténtelo de nuevo.',
  'feedback.refused': 'Ya no se puede enviar desde aquí una opinión sobre esta consulta.',
  'feedback.thanks': '¡Gracias por su opinión!',
};

const de: Messages<'de', typeof en> = {
  'feedback.title': 'Wie war Ihr Termin?',
  'feedback.star': '{count} von {total} Sternen',
  'feedback.worst': 'Schlecht',
  'feedback.best': 'Sehr gut',
  'feedback.comment': 'Möchten Sie noch etwas sagen? (freiwillig)',
  'feedback.reader': 'Ihre Antwort geht an die Praxis.',
  'feedback.left': { one: 'Noch {count} Zeichen', other: 'Noch {count} Zeichen' },
  'feedback.send': 'Rückmeldung senden',
  'feedback.choose': 'Bitte wählen Sie zuerst 1 bis 5 Sterne.',
  'feedback.failed': 'Das konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal.',
  'feedback.refused': 'Von hier aus ist keine Rückmeldung zu diesem Termin mehr möglich.',
  'feedback.thanks': 'Vielen Dank für Ihre Rückmeldung!',
};

const fr: Messages<'fr', typeof en> = {
  'feedback.title': 'Comment s’est passée votre consultation ?',
  'feedback.star': '{count} sur {total} étoiles',
  'feedback.worst': 'Mal',
  'feedback.best': 'Très bien',
  'feedback.comment': 'Souhaitez-vous ajouter quelque chose ? (facultatif)',
  'feedback.reader': 'Votre réponse est envoyée à l’établissement.',
  'feedback.left': {
    one: '{count} caractère restant',
    many: '{count} de caractères restants',
    other: '{count} caractères restants',
  },
  'feedback.send': 'Envoyer mon avis',
  'feedback.choose': 'Choisissez d’abord de 1 à 5 étoiles.',
  'feedback.failed': 'L’envoi a échoué. Veuillez réessayer.',
  'feedback.refused': 'Il n’est plus possible d’envoyer ici un avis sur cette consultation.',
  'feedback.thanks': 'Merci pour votre avis !',
};

const pt: Messages<'pt', typeof en> = {
  'feedback.title': 'Como foi a sua consulta?',
  'feedback.star': '{count} de {total} estrelas',
  'feedback.worst': 'Ruim',
  'feedback.best': 'Muito boa',
  'feedback.comment': 'Quer acrescentar algo? (opcional)',
  'feedback.reader': 'Sua resposta será enviada à clínica.',
  'feedback.left': {
    one: 'Resta {count} caractere',
    many: 'Restam {count} de caracteres',
    other: 'Restam {count} caracteres',
  },
  'feedback.send': 'Enviar avaliação',
  'feedback.choose': 'Primeiro, escolha de 1 a 5 estrelas.',
  'feedback.failed': 'Não foi possível enviar. Tente novamente.',
  'feedback.refused': 'Não é mais possível avaliar esta consulta por aqui.',
  'feedback.thanks': 'Agradecemos a sua avaliação!',
};

const ar: Messages<'ar', typeof en> = {
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
};

export const { texts, t } = defineTexts({ en, es, de, fr, pt, ar });
