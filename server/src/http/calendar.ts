import { TelevisitError } from '@televisit/shared/errors';
import type { LinkSignatures } from '../access/link-signature.ts';
import { visitCalendar, type CalendarPerson } from '../calendar/visit-calendar.ts';
import type { Clock } from '../core/clock.ts';
import type { Session } from '../domain/session.ts';
import { type SessionStore, allSessions } from '../domain/session-store.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { OperationHandlers } from './operation.ts';
import { joinPage } from './views.ts';

export interface CalendarHandlersOptions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly signatures: LinkSignatures;
  readonly clock: Clock;
  readonly clientBaseUrl: () => string;
  /** The sender of e-mails, who is the organizer; null if no e-mail is sent. */
  readonly mailFrom: CalendarPerson | null;
}

/** What calendars call a feed; the person may rename it. */
const FEED_NAME = 'Video visits';
const DAY_MS = 24 * 60 * 60_000;
/** A feed includes visits of the last 30 days … */
const FEED_PAST_MS = 30 * DAY_MS;
/** … and of the next 180 days. */
const FEED_AHEAD_MS = 180 * DAY_MS;
/** The maximum number of visits in a feed. */
const MAX_FEED = 5000;

/** Handles calendar files and subscriptions. */
export function calendarHandlers(
  options: CalendarHandlersOptions,
): OperationHandlers<'getCalendarFile' | 'getCalendarLink' | 'getUserCalendar'> {
  const { sessions, signatures, clientBaseUrl, mailFrom } = options;
  const organizer = () =>
    mailFrom ?? { name: 'Televisit', address: `no-reply@${new URL(clientBaseUrl()).hostname}` };
  const calendar = (
    visits: readonly Session[],
    link: string | undefined,
    name: string,
    feed: string | null = null,
  ) => ({
    status: 200 as const,
    type: 'text/calendar; charset=utf-8',
    content: visitCalendar(visits, {
      organizer: organizer(),
      name: feed,
      pageOf: isOn(link) ? (session) => joinPage(clientBaseUrl(), session) : null,
    }),
    headers: { 'Content-Disposition': `inline; filename="${name}.ics"` },
  });
  return {
    getCalendarFile: async ({ params, query }) => {
      const session = await sessions.get(params.sessionId);
      return calendar([session], query.link, session.sessionId);
    },

    getCalendarLink: ({ params: { userId }, query }) => {
      const link = isOn(query.link) ? '1' : '0';
      const signature = signatures.sign('calendar', userId, link);
      const path = `/api/v1/users/${encodeURIComponent(userId)}/calendar.ics`;
      const url = `${clientBaseUrl()}${path}?${new URLSearchParams({ link, signature }).toString()}`;
      return Promise.resolve({ status: 200, body: { url } });
    },

    getUserCalendar: async ({ params: { userId }, query }) => {
      const link = isOn(query.link) ? '1' : '0';
      if (!signatures.verify(query.signature, 'calendar', userId, link)) {
        throw new TelevisitError('link_signature');
      }
      return calendar(await visitsOf(options, userId), link, 'visits', FEED_NAME);
    },
  };
}

async function visitsOf({ store, clock }: CalendarHandlersOptions, userId: string): Promise<Session[]> {
  const found: Session[] = [];
  const range = { from: clock.now() - FEED_PAST_MS, to: clock.now() + FEED_AHEAD_MS };
  for await (const page of allSessions(store, { userId, ...range })) {
    found.push(...page);
    if (found.length >= MAX_FEED) break;
  }
  // Visits from which the person was removed are left out.
  return found.filter(({ seats }) => seats.some((seat) => seat.userId === userId && seat.removedAt === null));
}

function isOn(flag: string | undefined): boolean {
  return flag === '1' || flag === 'true';
}
