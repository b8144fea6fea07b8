import type { MailWords } from './mail-words.ts';

export const de: MailWords = {
  direction: 'ltr',
  untitled: 'Videotermin',
  subject: {
    reminder: 'Erinnerung: Ihr Videotermin am {when}',
    moved: 'Neue Zeit für Ihren Videotermin: {when}',
    cancelled: 'Abgesagt: Ihr Videotermin am {when}',
  },
  heading: {
    reminder: 'Ihr Videotermin steht bevor',
    moved: 'Ihr Videotermin hat eine neue Zeit',
    cancelled: 'Ihr Videotermin ist abgesagt',
  },
  text: {
    reminder: 'Wir erinnern Sie an Ihren Videotermin.',
    moved: 'Die Zeit Ihres Videotermins wurde geändert. Bitte merken Sie sich die neue Zeit.',
    cancelled: 'Dieser Termin findet nicht statt. Sie müssen nichts tun.',
  },
  greeting: 'Guten Tag,',
  greetingByName: 'Guten Tag {name},',
  when: 'Wann',
  length: 'Dauer',
  about: 'Worum es geht',
  open: 'Meinen Termin öffnen',
  openByLink: 'Mit diesem Link öffnen Sie Ihren Termin:',
  opens: 'Einlass ist ab {time}. Wenn Sie den Link früher öffnen, sehen Sie, wann es losgeht.',
  personal: 'Der Link ist nur für Sie. Bitte geben Sie ihn nicht weiter.',
  calendar: 'Mit der angehängten Datei kommt der Termin in Ihren Kalender.',
  calendarWithdrawn: 'Die angehängte Datei nimmt den Termin aus Ihrem Kalender.',
  automatic: 'Diese E-Mail wurde automatisch verschickt. Bei Fragen wenden Sie sich bitte an die Praxis.',
  early: {
    title: 'Ihr Termin ist noch nicht geöffnet',
    opens: 'Einlass ab:',
    text: 'Sie können diese Seite offen lassen oder später mit demselben Link wiederkommen. Sie lässt Sie von selbst ein.',
  },
};
