import type { MailKind } from '../domain/mail-store.ts';
import type { Seat, Session } from '../domain/session.ts';
import { mailHtml, type MailParts } from './mail-html.ts';
import { visitTimes } from './moments.ts';
import { filled, speechOf, type Speech } from './words/index.ts';

/** What a person is told about a visit. */
export interface Telling {
  readonly kind: MailKind;
  readonly session: Session;
  readonly seat: Seat;
  /** Where the person enters. */
  readonly link: string;
  /** IANA name of the zone for those whose seat names none. */
  readonly timeZone: string;
}

/** The words of a mail. */
export interface MailContent {
  readonly speech: Speech;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The language that a person is written to in: that of the seat, of the visit, or English. */
export function speechFor(session: Session, seat: Seat): Speech {
  return speechOf(seat.language, session.options.language);
}

/** A mail in the person's language. */
export function mailContent(telling: Telling): MailContent {
  const { kind, session, seat, timeZone } = telling;
  const speech = speechFor(session, seat);
  const times = visitTimes(session, speech.locale, seat.timeZone ?? timeZone);
  const parts = partsOf(telling, speech, times);
  return {
    speech,
    subject: filled(speech.words.subject[kind], { when: times.when }),
    text: textOf(parts),
    html: mailHtml(parts, speech),
  };
}

function partsOf(
  { kind, session, seat, link }: Telling,
  { words }: Speech,
  times: ReturnType<typeof visitTimes>,
): MailParts {
  const cancelled = kind === 'cancelled';
  return {
    heading: words.heading[kind],
    greeting:
      seat.displayName === null ? words.greeting : filled(words.greetingByName, { name: seat.displayName }),
    text: words.text[kind],
    facts: [
      { label: words.when, lines: [times.day, times.hours], note: times.zone },
      ...(cancelled ? [] : [{ label: words.length, lines: [times.length], note: null }]),
      ...(session.title === null ? [] : [{ label: words.about, lines: [session.title], note: null }]),
    ],
    door: cancelled ? null : { link, open: words.open, openByLink: words.openByLink },
    hints: cancelled
      ? [words.calendarWithdrawn]
      : [filled(words.opens, { time: times.opens }), words.personal, words.calendar],
    footer: words.automatic,
  };
}

function textOf({ heading, greeting, text, facts, door, hints, footer }: MailParts): string {
  const blocks = [
    heading,
    greeting,
    text,
    facts
      .flatMap(({ label, lines, note }) => [
        `${label}:`,
        ...[...lines, note ?? []].flat().map((line) => `  ${line}`),
      ])
      .join('\n'),
    ...(door ? [`${door.openByLink}\n${door.link}`] : []),
    hints.join('\n'),
    `-- \n${footer}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}
