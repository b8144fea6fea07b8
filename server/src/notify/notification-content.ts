import type { NotificationKind } from '@televisit/shared/notifications';
import type { Seat, Session } from '../domain/session.ts';
import { localizationFor, type Localization } from '../mail/localization.ts';
import { TEXTS } from './texts.ts';

/** A notification and its recipient. */
export interface NotificationContext {
  readonly kind: NotificationKind;
  readonly session: Session;
  readonly seat: Seat;
  /** The person's link to the visit. */
  readonly link: string;
  /** IANA time zone of people whose seat has none. */
  readonly timeZone: string;
}

/** What the service worker of the join page receives (`client/public/push-worker.js`). */
export interface PushPayload {
  readonly title: string;
  readonly body: string;
  /** The person's link to the visit. */
  readonly url: string;
  /** A newer message about the same visit replaces the one that is shown. */
  readonly tag: string;
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl';
}

/** The characters of GSM-7 (3GPP TS 23.038, 6.2.1) that take one septet. */
export const GSM_CHARACTERS = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);

/** Kinds after which there is nothing to open. */
const WITHOUT_LINK: readonly NotificationKind[] = ['withdrawn', 'cancelled'];

/** Writes a text message in the language of the seat, of the visit, or in English. */
export function smsText(context: NotificationContext): string {
  const { kind, link } = context;
  const { text } = wordsOf(context);
  return WITHOUT_LINK.includes(kind) ? text : `${text} ${link}`;
}

/** Writes a push message in the language of the seat, of the visit, or in English. */
export function pushPayload(context: NotificationContext): PushPayload {
  const { localization, text } = wordsOf(context);
  const { language, locale, direction } = localization;
  return {
    title: TEXTS[language].title,
    body: text,
    url: context.link,
    tag: context.session.sessionId,
    lang: locale,
    dir: direction,
  };
}

function wordsOf({ kind, session, seat, timeZone }: NotificationContext): {
  readonly localization: Localization;
  readonly text: string;
} {
  const localization = localizationFor(seat.language, session.options.language);
  const when = shortTime(session.scheduledAt, localization.locale, seat.timeZone ?? timeZone);
  return { localization, text: TEXTS[localization.language][kind].replace('{when}', when) };
}

/** Formats day, time and zone in few characters, which in Latin script are all of GSM-7. */
function shortTime(at: number, locale: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat(locale, {
    timeZone,
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  });
  return Array.from(format.format(at), simplified).join('');
}

/** Returns a character without its accent unless GSM-7 has it; one accented letter makes a text message half as long. */
function simplified(character: string): string {
  if (/\s/u.test(character)) return ' ';
  if (GSM_CHARACTERS.has(character)) return character;
  const bare = character.normalize('NFD').replaceAll(/\p{M}/gu, '');
  return GSM_CHARACTERS.has(bare) ? bare : character;
}
