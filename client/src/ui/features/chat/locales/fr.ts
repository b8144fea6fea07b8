import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const fr = {
  'chat.title': 'Chat',
  'chat.openUnread': {
    one: 'Chat, {count} nouveau message',
    many: 'Chat, {count} de nouveaux messages',
    other: 'Chat, {count} nouveaux messages',
  },
  'chat.messages': 'Messages',
  'chat.empty':
    'Aucun message pour l’instant. Ce que vous écrivez ici est vu par tout le monde dans la consultation.',
  'chat.write': 'Écrire un message',
  'chat.send': 'Envoyer',
  'chat.attach': 'Envoyer un fichier',
  'chat.dropHere': 'Déposez le fichier ici',
  'chat.tooLarge': '{name} est trop volumineux. Les fichiers peuvent faire jusqu’à {size}.',
  'chat.fileTooLarge': 'Le fichier est trop volumineux.',
  'chat.fileFailed': 'Le fichier n’a pas pu être ouvert. Veuillez réessayer.',
  'chat.download': 'Télécharger {name}, {size}',
  'chat.uploading': 'Envoi de {name}',
  'chat.sending': 'Envoi…',
  'chat.failed': 'Non envoyé.',
  'chat.full': 'Le chat de cette consultation est plein.',
  'chat.retry': 'Réessayer',
  'chat.discard': 'Supprimer',
  'chat.fresh': 'Nouveau',
  'chat.newBelow': {
    one: '{count} nouveau message',
    many: '{count} de nouveaux messages',
    other: '{count} nouveaux messages',
  },
  'shortcuts.chat': 'Chat',
  'say.message': '{name} écrit : {text}',
  'say.file': '{name} a envoyé le fichier {file}',
} as const satisfies Messages<'fr', typeof en>;
