import { TelevisitError } from '@televisit/shared/errors';
import type { Invitations, LinkSignatures } from '../access/link-signature.ts';
import { visitCalendar, type CalendarPerson, type CalendarLinks } from '../calendar/visit-calendar.ts';
import type { CalendarFeeds } from '../domain/calendar-feeds.ts';
import { isOver, seatIndex, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { OperationHandlers } from './operation.ts';
import { joinPage } from './views.ts';

export interface CalendarHandlersOptions {
  readonly sessions: Sessions;
  readonly signatures: LinkSignatures;
  readonly invitations: Invitations;
  readonly calendarFeeds: CalendarFeeds;
  readonly clientBaseUrl: () => string;
  /** The sender of e-mails, who is the organizer; null if no e-mail is sent. */
  readonly mailFrom: CalendarPerson | null;
}

/** What calendars call a feed; the person may rename it. */
const FEED_NAME = 'Video visits';

type Flag = string | undefined;

/** Handles calendar files and subscriptions. */
export function calendarHandlers(
  options: CalendarHandlersOptions,
): OperationHandlers<'getCalendarFile' | 'getCalendarLink' | 'revokeCalendarLink' | 'getUserCalendar'> {
  const { sessions, signatures, invitations, calendarFeeds, clientBaseUrl, mailFrom } = options;
  const organizer = () =>
    mailFrom ?? { name: 'Televisit', address: `no-reply@${new URL(clientBaseUrl()).hostname}` };
  const calendar = (
    visits: readonly Session[],
    links: CalendarLinks | null,
    file: string,
    name: string | null = null,
  ) => ({
    status: 200 as const,
    type: 'text/calendar; charset=utf-8',
    content: visitCalendar(visits, { organizer: organizer(), name, links }),
    headers: { 'Content-Disposition': `inline; filename="${file}.ics"` },
  });
  const pages = (link: Flag): CalendarLinks | null =>
    isOn(link) ? { personal: false, of: (session) => joinPage(clientBaseUrl(), session) } : null;
  /** The person's own links to visits that are not over. */
  const personalLinks = (userId: string, feedId: string): CalendarLinks => ({
    personal: true,
    of: (session) =>
      isOver(session)
        ? null
        : `${joinPage(clientBaseUrl(), session)}/${invitations.issue(session, seatIndex(session, userId), feedId)}`,
  });
  return {
    getCalendarFile: async ({ params, query }) => {
      const session = await sessions.get(params.sessionId);
      return calendar([session], pages(query.link), session.sessionId);
    },

    getCalendarLink: async ({ params: { userId }, query }) => {
      const feed = await calendarFeeds.idOf(userId);
      const signature = signatures.sign(...partsOf(userId, { ...query, feed }));
      const path = `/api/v1/users/${encodeURIComponent(userId)}/calendar.ics`;
      const link = isOn(query.link) ? '1' : '0';
      const personal: Record<string, string> = isOn(query.personal) ? { personal: '1' } : {};
      const address = new URLSearchParams({ link, ...personal, feed, signature });
      return { status: 200, body: { url: `${clientBaseUrl()}${path}?${address.toString()}` } };
    },

    revokeCalendarLink: async ({ params: { userId }, by }) => ({
      status: 200,
      body: { visits: await calendarFeeds.revoke(userId, by) },
    }),

    getUserCalendar: async ({ params: { userId }, query }) => {
      const { feed, link, personal, signature } = query;
      if (!signatures.verify(signature, ...partsOf(userId, query)))
        throw new TelevisitError('link_signature');
      if (!(await calendarFeeds.isValid(userId, feed ?? null))) throw new TelevisitError('calendar_revoked');
      const visits = await calendarFeeds.visits(userId);
      const links = feed !== undefined && isOn(personal) ? personalLinks(userId, feed) : pages(link);
      return calendar(visits, links, 'visits', FEED_NAME);
    },
  };
}

/** Returns what the signature of an address covers. Addresses of earlier releases have no feed and no personal links. */
function partsOf(
  userId: string,
  { link, personal, feed }: { link?: Flag; personal?: Flag; feed?: Flag },
): string[] {
  const flags = [link, ...(feed === undefined ? [] : [personal])].map((flag) => (isOn(flag) ? '1' : '0'));
  return ['calendar', userId, ...flags, ...(feed === undefined ? [] : [feed])];
}

function isOn(flag: Flag): boolean {
  return flag === '1' || flag === 'true';
}
