import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const es = {
  'call.locked': 'La consulta está cerrada: quien llegue necesita permiso para entrar',
  'moderation.mute': 'Silenciar',
  'moderation.askToUnmute': 'Pedir que encienda el micrófono',
  'moderation.cameraOff': 'Apagar la cámara',
  'moderation.remove': 'Sacar de la consulta',
  'moderation.removeTitle': '¿Sacar a {name}?',
  'moderation.removeText': 'Saldrá de inmediato y no podrá volver a esta consulta.',
  'moderation.removeConfirm': 'Sacar',
  'moderation.lock': 'Cerrar la consulta',
  'moderation.lockHint': 'Quien llegue necesita permiso para entrar.',
  'moderation.unmuteAsked': '{name} le pide que encienda el micrófono.',
  'moderation.unmute': 'Encender',
  'moderation.stayMuted': 'Seguir en silencio',
  'moderation.wasMuted': '{name} ha apagado su micrófono. Puede volver a encenderlo.',
  'moderation.wasCameraOff': '{name} ha apagado su cámara. Puede volver a encenderla.',
  'say.locked': 'La consulta está cerrada para quien llegue',
  'say.unlocked': 'La consulta vuelve a estar abierta',
} as const satisfies Messages<'es', typeof en>;
