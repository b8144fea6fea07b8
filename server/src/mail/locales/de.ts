import type { Messages } from './en.ts';

export const de: Messages = {
  untitled: 'Videotermin',
  'subject.reminder': 'Erinnerung: Ihr Videotermin am {when}',
  'subject.moved': 'Neue Zeit für Ihren Videotermin: {when}',
  'subject.cancelled': 'Abgesagt: Ihr Videotermin am {when}',
  'heading.reminder': 'Ihr Videotermin steht bevor',
  'heading.moved': 'Ihr Videotermin wurde verschoben',
  'heading.cancelled': 'Ihr Videotermin wurde abgesagt',
  'text.reminder': 'Wir erinnern Sie an Ihren Videotermin.',
  'text.moved': 'Ihr Videotermin wurde verschoben. Bitte notieren Sie sich die neue Zeit.',
  'text.cancelled': 'Dieser Termin findet nicht statt. Sie müssen nichts tun.',
  greeting: 'Guten Tag,',
  greetingByName: 'Guten Tag {name},',
  when: 'Wann',
  duration: 'Dauer',
  topic: 'Thema',
  open: 'Meinen Termin öffnen',
  openByLink: 'Mit diesem Link öffnen Sie Ihren Termin:',
  opens:
    'Sie können ab {time} teilnehmen. Wenn Sie den Link früher öffnen, sehen Sie, wann der Termin beginnt.',
  personalLink: 'Dieser Link ist nur für Sie bestimmt. Bitte geben Sie ihn nicht weiter.',
  'calendar.add': 'Mit der angehängten Datei können Sie den Termin in Ihren Kalender eintragen.',
  'calendar.remove': 'Mit der angehängten Datei können Sie den Termin aus Ihrem Kalender entfernen.',
  footer: 'Diese E-Mail wurde automatisch verschickt. Bei Fragen wenden Sie sich bitte an die Praxis.',
  'early.title': 'Ihr Termin ist noch nicht geöffnet',
  'early.opens': 'Einlass ab:',
  'early.text':
    'Sie können diese Seite geöffnet lassen oder später mit demselben Link wiederkommen. Sie werden automatisch eingelassen.',
};
