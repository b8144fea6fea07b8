import type { NotificationChannel } from '@televisit/shared/notifications';
import { h, type ComponentChildren } from 'preact';
import type { Seat, Session } from '../domain/session.ts';
import { isOver } from '../domain/session.ts';
import { localizationFor, type Localization } from '../mail/localization.ts';
import { pageDocument } from '../mail/mail-content.ts';
import { visitTimes } from '../mail/visit-times.ts';

export interface MessagesPage {
  readonly session: Session;
  readonly seat: Seat;
  /** The channels of the server by which the person can be reached. */
  readonly reachable: readonly NotificationChannel[];
  /** Whether the server sends mail. */
  readonly sendsMail: boolean;
  /** IANA time zone of people whose seat has none. */
  readonly timeZone: string;
}

/** The number of digits by which a person recognises their number. */
const SHOWN_DIGITS = 2;

/** Returns the page on which a person stops text and push messages about a visit, and starts them again; without scripts. */
export function messagesPage({ session, seat, reachable, sendsMail, timeZone }: MessagesPage): string {
  const localization = localizationFor(seat.language, session.options.language);
  const { t, locale } = localization;
  const { when } = visitTimes(session, locale, seat.timeZone ?? timeZone);
  const isClosed = isOver(session) || seat.removedAt !== null;
  const content = isClosed
    ? [h('p', null, t('messages.over'))]
    : [
        h('p', null, [`${t('when')}: `, h('strong', null, when)]),
        ...channels(seat, reachable, localization),
        ...(seat.email === null || !sendsMail ? [] : [h('p', null, t('messages.mail'))]),
      ];
  const body = h('main', null, [h('h1', null, t('messages.title')), ...content]);
  return pageDocument(t('messages.title'), body, localization);
}

function channels(
  seat: Seat,
  reachable: readonly NotificationChannel[],
  localization: Localization,
): readonly ComponentChildren[] {
  const { t } = localization;
  if (reachable.length === 0) return [h('p', null, t('messages.none'))];
  return [
    h('p', null, t('messages.what')),
    ...reachable.flatMap((channel) => {
      const wanted = channel === 'sms' ? !seat.smsOptOut : !seat.pushOptOut;
      const digits = seat.phone?.slice(-SHOWN_DIGITS) ?? '';
      const isSms = channel === 'sms';
      return [
        h('h2', null, t(`messages.${channel}`)),
        isSms && h('p', null, t('messages.smsTo', { digits })),
        h('p', { 'data-testid': `${channel}-state` }, t(wanted ? 'messages.on' : 'messages.off')),
        isSms && !wanted && h('p', null, t('messages.carrier')),
        h('form', { method: 'post' }, [
          h('input', { type: 'hidden', name: 'channel', value: channel }),
          h('input', { type: 'hidden', name: 'wanted', value: String(!wanted) }),
          h(
            'button',
            { 'data-testid': `${channel}-${wanted ? 'stop' : 'start'}` },
            t(`messages.${wanted ? 'stop' : 'start'}.${channel}`),
          ),
        ]),
      ];
    }),
  ];
}
