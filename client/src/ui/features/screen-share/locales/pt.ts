import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const pt = {
  'people.shares': 'Compartilha a tela',
  'moderation.stopShare': 'Parar a tela compartilhada',
  'moderation.shareAllowed': 'Todos podem compartilhar a tela',
  'share.start': 'Compartilhar sua tela',
  'share.stop': 'Parar de compartilhar',
  'share.short': 'Tela',
  'share.stopShort': 'Parar',
  'share.of': 'Tela de {name}',
  'share.own': 'Todos veem a sua tela.',
  'share.wasStopped': '{name} parou a sua tela compartilhada.',
  'share.ended': 'Você não está mais compartilhando sua tela.',
  'share.failed': 'Não foi possível compartilhar sua tela.',
  'shortcuts.share': 'Compartilhar sua tela',
  'say.screen.on': '{name} está compartilhando a tela',
  'say.screen.off': '{name} não está mais compartilhando a tela',
} as const satisfies Messages<'pt', typeof en>;
