import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const pt = {
  'chat.title': 'Chat',
  'chat.openUnread': {
    one: 'Chat, {count} mensagem nova',
    many: 'Chat, {count} de mensagens novas',
    other: 'Chat, {count} mensagens novas',
  },
  'chat.messages': 'Mensagens',
  'chat.empty': 'Nenhuma mensagem ainda. O que você escreve aqui é visto por todos na consulta.',
  'chat.write': 'Escreva uma mensagem',
  'chat.send': 'Enviar',
  'chat.attach': 'Enviar um arquivo',
  'chat.dropHere': 'Solte o arquivo aqui',
  'chat.tooLarge': '{name} é grande demais. Os arquivos podem ter até {size}.',
  'chat.fileTooLarge': 'O arquivo é grande demais.',
  'chat.fileFailed': 'Não foi possível abrir o arquivo. Tente novamente.',
  'chat.download': 'Baixar {name}, {size}',
  'chat.uploading': 'Enviando {name}',
  'chat.sending': 'Enviando…',
  'chat.failed': 'Não enviada.',
  'chat.full': 'O chat desta consulta está cheio.',
  'chat.retry': 'Tentar novamente',
  'chat.discard': 'Apagar',
  'chat.fresh': 'Novas',
  'chat.newBelow': {
    one: '{count} mensagem nova',
    many: '{count} de mensagens novas',
    other: '{count} mensagens novas',
  },
  'shortcuts.chat': 'Chat',
  'say.message': '{name} escreve: {text}',
  'say.file': '{name} enviou o arquivo {file}',
} as const satisfies Messages<'pt', typeof en>;
