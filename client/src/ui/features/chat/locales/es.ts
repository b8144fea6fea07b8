import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const es = {
  'chat.title': 'Chat',
  'chat.openUnread': {
    one: 'Chat, {count} mensaje nuevo',
    many: 'Chat, {count} de mensajes nuevos',
    other: 'Chat, {count} mensajes nuevos',
  },
  'chat.messages': 'Mensajes',
  'chat.empty': 'Aún no hay mensajes. Lo que escriba aquí lo ven todos en la consulta.',
  'chat.write': 'Escriba un mensaje',
  'chat.send': 'Enviar',
  'chat.attach': 'Enviar un archivo',
  'chat.dropHere': 'Suelte el archivo aquí',
  'chat.tooLarge': '{name} es demasiado grande. Los archivos pueden tener hasta {size}.',
  'chat.fileTooLarge': 'El archivo es demasiado grande.',
  'chat.fileFailed': 'No se pudo abrir el archivo. Inténtelo de nuevo.',
  'chat.download': 'Descargar {name}, {size}',
  'chat.uploading': 'Enviando {name}',
  'chat.sending': 'Enviando…',
  'chat.failed': 'No enviado.',
  'chat.full': 'El chat de esta consulta está lleno.',
  'chat.retry': 'Intentar de nuevo',
  'chat.discard': 'Eliminar',
  'chat.fresh': 'Nuevo',
  'chat.newBelow': {
    one: '{count} mensaje nuevo',
    many: '{count} de mensajes nuevos',
    other: '{count} mensajes nuevos',
  },
  'shortcuts.chat': 'Chat',
  'say.message': '{name} escribe: {text}',
  'say.file': '{name} ha enviado el archivo {file}',
} as const satisfies Messages<'es', typeof en>;
