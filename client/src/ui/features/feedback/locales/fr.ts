import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const fr = {
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
} as const satisfies Messages<'fr', typeof en>;
