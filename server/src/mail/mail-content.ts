import { h } from 'preact';
import type { MailKind } from '../domain/mail-store.ts';
import type { Seat, Session } from '../domain/session.ts';
import { localizationFor, type Localization } from './localization.ts';
import { mailHtml, renderDocument, type MailParts } from './mail-html.ts';
import { visitTimes } from './visit-times.ts';

/** The subject of an e-mail and its recipient. */
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

const EARLY_STYLE = `
  :root { color-scheme: light dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f3f6f7; color: #10242b;
    font: 1.25rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
  main { box-sizing: border-box; max-width: 36rem; margin: 1rem; padding: 2rem; background: #fff;
    border: 1px solid #c9d5d9; border-radius: 0.75rem; }
  h1 { margin: 0 0 1rem; font-size: 1.75rem; line-height: 1.25; }
  p { margin: 0 0 1rem; }
  p:last-child { margin: 0; }
  strong { display: block; }
  @media (prefers-color-scheme: dark) {
    body { background: #0d1518; color: #e9f1f3; }
    main { background: #172328; border-color: #33444b; }
  }
`;

/** Returns the page behind an e-mailed link that is opened long before the visit, in the person's language. */
export function earlyPage(session: Session, seat: Seat, timeZone: string): string {
  const localization = localizationFor(seat.language, session.options.language);
  const { t, locale } = localization;
  const opening = { ...session, scheduledAt: session.opensAt };
  const { when } = visitTimes(opening, locale, seat.timeZone ?? timeZone);
  const body = h('main', null, [
    h('h1', null, t('early.title')),
    h('p', null, [`${t('early.opens')} `, h('strong', null, when)]),
    h('p', null, t('early.text')),
  ]);
  return renderDocument(
    { title: t('early.title'), style: EARLY_STYLE, meta: { robots: 'noindex' }, body },
    localization,
  );
}
