import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const es = {
  'people.shares': 'Comparte la pantalla',
  'moderation.stopShare': 'Detener la pantalla compartida',
  'moderation.shareAllowed': 'Todos pueden compartir la pantalla',
  'share.start': 'Compartir su pantalla',
  'share.stop': 'Dejar de compartir',
  'share.short': 'Compartir',
  'share.stopShort': 'Detener',
  'share.of': 'Pantalla de {name}',
  'share.own': 'Todos ven su pantalla.',
  'share.wasStopped': '{name} ha detenido su pantalla compartida.',
  'share.ended': 'Ya no comparte su pantalla.',
  'share.failed': 'No se pudo compartir su pantalla.',
  'shortcuts.share': 'Compartir su pantalla',
  'say.screen.on': '{name} comparte la pantalla',
  'say.screen.off': '{name} ya no comparte la pantalla',
} as const satisfies Messages<'es', typeof en>;
