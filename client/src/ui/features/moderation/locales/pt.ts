import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const pt = {
  'call.locked': 'A consulta está trancada: quem chegar precisa de permissão para entrar',
  'moderation.mute': 'Silenciar',
  'moderation.askToUnmute': 'Pedir para ligar o microfone',
  'moderation.cameraOff': 'Desligar a câmera',
  'moderation.remove': 'Remover da consulta',
  'moderation.removeTitle': 'Remover {name}?',
  'moderation.removeText': 'A pessoa sai imediatamente e não pode voltar a esta consulta.',
  'moderation.removeConfirm': 'Remover',
  'moderation.lock': 'Trancar a consulta',
  'moderation.lockHint': 'Quem chegar precisa de permissão para entrar.',
  'moderation.unmuteAsked': '{name} pede que você ligue o microfone.',
  'moderation.unmute': 'Ligar',
  'moderation.stayMuted': 'Deixar desligado',
  'moderation.wasMuted': '{name} desligou o seu microfone. Você pode ligá-lo de novo.',
  'moderation.wasCameraOff': '{name} desligou a sua câmera. Você pode ligá-la de novo.',
  'say.locked': 'A consulta está trancada',
  'say.unlocked': 'A consulta não está mais trancada',
} as const satisfies Messages<'pt', typeof en>;
