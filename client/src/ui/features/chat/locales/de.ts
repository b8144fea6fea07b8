import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const de = {
  'chat.title': 'Chat',
  'chat.openUnread': { one: 'Chat, {count} neue Nachricht', other: 'Chat, {count} neue Nachrichten' },
  'chat.messages': 'Nachrichten',
  'chat.empty': 'Noch keine Nachrichten. Was Sie hier schreiben, sehen alle im Termin.',
  'chat.write': 'Nachricht schreiben',
  'chat.send': 'Senden',
  'chat.attach': 'Datei senden',
  'chat.dropHere': 'Legen Sie die Datei hier ab',
  'chat.tooLarge': '{name} ist zu groß. Dateien dürfen bis zu {size} haben.',
  'chat.fileTooLarge': 'Die Datei ist zu groß.',
  'chat.fileFailed': 'Die Datei konnte nicht geöffnet werden. Bitte versuchen Sie es noch einmal.',
  'chat.download': '{name} herunterladen, {size}',
  'chat.uploading': '{name} wird gesendet',
  'chat.sending': 'Wird gesendet …',
  'chat.failed': 'Nicht gesendet.',
  'chat.full': 'Der Chat dieses Termins ist voll.',
  'chat.retry': 'Noch einmal versuchen',
  'chat.discard': 'Löschen',
  'chat.fresh': 'Neu',
  'chat.newBelow': { one: '{count} neue Nachricht', other: '{count} neue Nachrichten' },
  'shortcuts.chat': 'Chat',
  'say.message': '{name} schreibt: {text}',
  'say.file': '{name} hat die Datei {file} gesendet',
} as const satisfies Messages<'de', typeof en>;
