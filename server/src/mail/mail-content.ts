import type { MailKind } from '../domain/mail-store.ts';
import type { Seat, Session } from '../domain/session.ts';
import { localizationFor, type Localization } from './locales/index.ts';
import { mailHtml, type MailParts } from './mail-html.ts';
import { visitTimes } from './visit-times.ts';

/** What an e-mail is about, and its recipient. */
export interface MailContext {
  readonly kind: MailKind;
  readonly session: Session;
  readonly seat: Seat;
  /** The person's link to the visit. */
  readonly link: string;
  /** IANA time zone of people whose seat has none. */
  readonly timeZone: string;
}

export interface MailContent {
  readonly localization: Localization;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Writes an e-mail in the language of the seat, of the visit, or in English. */
export function mailContent(context: MailContext): MailContent {
  const { kind, session, seat, timeZone } = context;
  const localization = localizationFor(seat.language, session.options.language);
  const times = visitTimes(session, localization.locale, seat.timeZone ?? timeZone);
  const parts = partsOf(context, localization, times);
  return {
    localization,
    subject: localization.t(`subject.${kind}`, { when: times.when }),
    text: plainText(parts),
    html: mailHtml(parts, localization),
  };
}

function partsOf(
  { kind, session, seat, link }: MailContext,
  { t }: Localization,
  times: ReturnType<typeof visitTimes>,
): MailParts {
  const cancelled = kind === 'cancelled' || kind === 'withdrawn';
  const { displayName } = seat;
  const { title } = session;
  return {
    heading: t(`heading.${kind}`),
    greeting: displayName === null ? t('greeting') : t('greetingByName', { name: displayName }),
    text: t(`text.${kind}`),
    facts: [
      { label: t('when'), lines: [times.day, times.hours], note: times.zone },
      ...(cancelled ? [] : [{ label: t('duration'), lines: [times.length], note: null }]),
      ...(title === null ? [] : [{ label: t('topic'), lines: [title], note: null }]),
    ],
    callToAction: cancelled ? null : { link, label: t('open'), labelOfLink: t('openByLink') },
    hints: cancelled
      ? [t('calendar.remove')]
      : [t('opens', { time: times.opens }), t('personalLink'), t('calendar.add')],
    footer: t('footer'),
  };
}

function plainText({ heading, greeting, text, facts, callToAction, hints, footer }: MailParts): string {
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
    ...(callToAction ? [`${callToAction.labelOfLink}\n${callToAction.link}`] : []),
    hints.join('\n'),
    `-- \n${footer}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}
