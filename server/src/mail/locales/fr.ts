import type { Messages } from './en.ts';

export const fr: Messages = {
  untitled: 'Consultation vidéo',
  'subject.reminder': 'Rappel : votre consultation vidéo, {when}',
  'subject.moved': 'Nouvel horaire de votre consultation vidéo : {when}',
  'subject.cancelled': 'Annulée : votre consultation vidéo, {when}',
  'heading.reminder': 'Votre consultation vidéo approche',
  'heading.moved': 'Votre consultation vidéo a un nouvel horaire',
  'heading.cancelled': 'Votre consultation vidéo est annulée',
  'text.reminder': 'Nous vous rappelons votre consultation vidéo.',
  'text.moved': 'L’horaire de votre consultation vidéo a changé. Merci de noter le nouvel horaire.',
  'text.cancelled': 'Cette consultation n’aura pas lieu. Vous n’avez rien à faire.',
  greeting: 'Bonjour,',
  greetingByName: 'Bonjour {name},',
  when: 'Quand',
  duration: 'Durée',
  topic: 'Objet',
  open: 'Ouvrir ma consultation',
  openByLink: 'Ouvrez votre consultation avec ce lien :',
  opens:
    'Vous pourrez entrer à partir de {time}. Si vous ouvrez le lien plus tôt, vous verrez quand elle commence.',
  personalLink: 'Ce lien est personnel. Merci de ne pas le transmettre.',
  'calendar.add': 'Le fichier joint ajoute la consultation à votre agenda.',
  'calendar.remove': 'Le fichier joint retire la consultation de votre agenda.',
  footer: 'Cet e-mail a été envoyé automatiquement. Pour toute question, contactez l’établissement.',
  'early.title': 'Votre consultation n’est pas encore ouverte',
  'early.opens': 'Ouverture :',
  'early.text':
    'Vous pouvez laisser cette page ouverte ou revenir plus tard avec le même lien. Vous entrerez automatiquement.',
};
