import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const de = {
  'call.locked': 'Der Termin ist abgeschlossen: Wer kommt, muss eingelassen werden',
  'moderation.mute': 'Stummschalten',
  'moderation.askToUnmute': 'Bitten, das Mikrofon einzuschalten',
  'moderation.cameraOff': 'Kamera ausschalten',
  'moderation.remove': 'Aus dem Termin entfernen',
  'moderation.removeTitle': '{name} entfernen?',
  'moderation.removeText': 'Die Person verlässt den Termin sofort und kann nicht zurückkommen.',
  'moderation.removeConfirm': 'Entfernen',
  'moderation.lock': 'Termin abschließen',
  'moderation.lockHint': 'Wer kommt, muss eingelassen werden.',
  'moderation.unmuteAsked': '{name} bittet Sie, Ihr Mikrofon einzuschalten.',
  'moderation.unmute': 'Einschalten',
  'moderation.stayMuted': 'Stumm bleiben',
  'moderation.wasMuted': '{name} hat Ihr Mikrofon ausgeschaltet. Sie können es wieder einschalten.',
  'moderation.wasCameraOff': '{name} hat Ihre Kamera ausgeschaltet. Sie können sie wieder einschalten.',
  'say.locked': 'Der Termin ist abgeschlossen',
  'say.unlocked': 'Der Termin ist nicht mehr abgeschlossen',
} as const satisfies Messages<'de', typeof en>;
