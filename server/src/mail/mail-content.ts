import { h, type ComponentChildren } from 'preact';
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
  /** Where the person chooses their text and push messages; null if there are none. */
  readonly messagesLink?: string | null;
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
  { kind, session, seat, link, messagesLink = null }: MailContext,
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
    messages: messagesLink === null ? null : { link: messagesLink, label: t('messages.link') },
  };
}

function plainText(parts: MailParts): string {
  const { heading, greeting, text, facts, callToAction, hints, footer, messages } = parts;
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
    `-- \n${footer}${messages ? `\n${messages.label}: ${messages.link}` : ''}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** The style sheet of pages without scripts; their content security policy allows it by its hash. */
export const PAGE_STYLE = `
  :root { color-scheme: light dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f3f6f7; color: #10242b;
    font: 1.25rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
  main { box-sizing: border-box; max-width: 36rem; margin: 1rem; padding: 2rem; background: #fff;
    border: 1px solid #c9d5d9; border-radius: 0.75rem; }
  h1 { margin: 0 0 1rem; font-size: 1.75rem; line-height: 1.25; }
  p { margin: 0 0 1rem; }
  p:last-child { margin: 0; }
  strong { display: block; }
  form { margin: 0 0 1rem; }
  h2 { margin: 1.5rem 0 0.5rem; font-size: 1.25rem; }
  a { color: #0b6275; }
  button { min-height: 2.75rem; padding: 0.5rem 1.25rem; border: 0; border-radius: 0.5rem; background: #0b6275;
    color: #fff; font: inherit; font-weight: 600; cursor: pointer; }
  a:focus-visible, button:focus-visible { outline: 0.1875rem solid #0b6275; outline-offset: 0.1875rem; }
  @media (prefers-color-scheme: dark) {
    body { background: #0d1518; color: #e9f1f3; }
    main { background: #172328; border-color: #33444b; }
    a { color: #5cc3d4; }
    button { background: #5cc3d4; color: #04252c; }
    a:focus-visible, button:focus-visible { outline-color: #5cc3d4; }
  }
`;

/**
 * Returns the page behind a person's link that is opened long before the visit, in their language.
 * @param messagesLink where the person chooses their messages; null if there are none
 */
export function earlyPage(
  session: Session,
  seat: Seat,
  timeZone: string,
  messagesLink: string | null = null,
): string {
  const localization = localizationFor(seat.language, session.options.language);
  const { t, locale } = localization;
  const opening = { ...session, scheduledAt: session.opensAt };
  const { when } = visitTimes(opening, locale, seat.timeZone ?? timeZone);
  const body = h('main', null, [
    h('h1', null, t('early.title')),
    h('p', null, [`${t('early.opens')} `, h('strong', null, when)]),
    h('p', null, t('early.text')),
    messagesLink === null ? null : h('p', null, h('a', { href: messagesLink }, t('messages.link'))),
  ]);
  return pageDocument(t('early.title'), body, localization);
}

/** Renders a page without scripts, in the look of the early page. */
export function pageDocument(title: string, body: ComponentChildren, localization: Localization): string {
  return renderDocument({ title, style: PAGE_STYLE, meta: { robots: 'noindex' }, body }, localization);
}
