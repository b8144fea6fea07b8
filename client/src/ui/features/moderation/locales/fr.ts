import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const fr = {
  'call.locked': 'La consultation est verrouillée : il faut faire entrer toute personne qui arrive',
  'moderation.mute': 'Couper le micro',
  'moderation.askToUnmute': 'Demander d’activer le micro',
  'moderation.cameraOff': 'Couper la caméra',
  'moderation.remove': 'Retirer de la consultation',
  'moderation.removeTitle': 'Retirer {name} ?',
  'moderation.removeText':
    'Cette personne partira aussitôt et ne pourra pas revenir dans cette consultation.',
  'moderation.removeConfirm': 'Retirer',
  'moderation.lock': 'Verrouiller la consultation',
  'moderation.lockHint': 'Il faut faire entrer toute personne qui arrive.',
  'moderation.unmuteAsked': '{name} vous demande d’activer votre micro.',
  'moderation.unmute': 'Activer',
  'moderation.stayMuted': 'Garder le micro coupé',
  'moderation.wasMuted': '{name} a coupé votre micro. Vous pouvez le réactiver.',
  'moderation.wasCameraOff': '{name} a coupé votre caméra. Vous pouvez la réactiver.',
  'say.locked': 'La consultation est verrouillée',
  'say.unlocked': 'La consultation n’est plus verrouillée',
} as const satisfies Messages<'fr', typeof en>;
