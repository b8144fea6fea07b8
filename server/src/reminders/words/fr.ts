import type { MailWords } from './mail-words.ts';

export const fr: MailWords = {
  direction: 'ltr',
  untitled: 'Consultation vidéo',
  subject: {
    reminder: 'Rappel : votre consultation vidéo, {when}',
    moved: 'Nouvel horaire de votre consultation vidéo : {when}',
    cancelled: 'Annulée : votre consultation vidéo, {when}',
  },
  heading: {
    reminder: 'Votre consultation vidéo approche',
    moved: 'Votre consultation vidéo a un nouvel horaire',
    cancelled: 'Votre consultation vidéo est annulée',
  },
  text: {
    reminder: 'Nous vous rappelons votre consultation vidéo.',
    moved: 'L’horaire de votre consultation vidéo a changé. Merci de noter le nouvel horaire.',
    cancelled: 'Cette consultation n’aura pas lieu. Vous n’avez rien à faire.',
  },
  greeting: 'Bonjour,',
  greetingByName: 'Bonjour {name},',
  when: 'Quand',
  length: 'Durée',
  about: 'Objet',
  open: 'Ouvrir ma consultation',
  openByLink: 'Ouvrez votre consultation avec ce lien :',
  opens:
    'Vous pourrez entrer à partir de {time}. Si vous ouvrez le lien plus tôt, vous verrez quand elle commence.',
  personal: 'Ce lien est pour vous seul(e). Merci de ne pas le transmettre.',
  calendar: 'Le fichier joint ajoute la consultation à votre agenda.',
  calendarWithdrawn: 'Le fichier joint retire la consultation de votre agenda.',
  automatic: 'Cet e-mail a été envoyé automatiquement. Pour toute question, contactez l’établissement.',
  early: {
    title: 'Votre consultation n’est pas encore ouverte',
    opens: 'Ouverture :',
    text: 'Vous pouvez laisser cette page ouverte ou revenir plus tard avec le même lien. Vous entrerez sans rien faire.',
  },
};
