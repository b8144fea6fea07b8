import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const de = {
  'feedback.title': 'Wie war Ihr Termin?',
  'feedback.star': '{count} von {total} Sternen',
  'feedback.worst': 'Schlecht',
  'feedback.best': 'Sehr gut',
  'feedback.comment': 'Möchten Sie noch etwas sagen? (freiwillig)',
  'feedback.reader': 'Ihre Antwort geht an die Praxis.',
  'feedback.left': { one: 'Noch {count} Zeichen', other: 'Noch {count} Zeichen' },
  'feedback.send': 'Rückmeldung senden',
  'feedback.choose': 'Bitte wählen Sie zuerst 1 bis 5 Sterne.',
  'feedback.failed': 'Das konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal.',
  'feedback.refused': 'Von hier aus ist keine Rückmeldung zu diesem Termin mehr möglich.',
  'feedback.thanks': 'Vielen Dank für Ihre Rückmeldung!',
} as const satisfies Messages<'de', typeof en>;
