import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const fr = {
  'people.shares': 'Partage son écran',
  'moderation.stopShare': 'Arrêter le partage d’écran',
  'moderation.shareAllowed': 'Tout le monde peut partager un écran',
  'share.start': 'Partager votre écran',
  'share.stop': 'Arrêter le partage',
  'share.short': 'Partager',
  'share.stopShort': 'Arrêter',
  'share.of': 'Écran de {name}',
  'share.own': 'Tout le monde voit votre écran.',
  'share.wasStopped': '{name} a arrêté le partage de votre écran.',
  'share.ended': 'Vous ne partagez plus votre écran.',
  'share.failed': 'Votre écran n’a pas pu être partagé.',
  'shortcuts.share': 'Partager votre écran',
  'say.screen.on': '{name} partage son écran',
  'say.screen.off': '{name} ne partage plus son écran',
} as const satisfies Messages<'fr', typeof en>;
