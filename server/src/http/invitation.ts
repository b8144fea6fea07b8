import { Router, type RequestHandler, type Response } from 'express';
import { LRUCache } from 'lru-cache';
import type { Invitations, Invited } from '../access/link-signature.ts';
import type { JoinTokens } from '../access/join-token.ts';
import type { Clock } from '../core/clock.ts';
import type { CalendarFeeds } from '../domain/calendar-feeds.ts';
import { isOver, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { scriptlessPagePolicy } from './security-headers.ts';
import { joinPage } from './views.ts';

export interface InvitationOptions {
  readonly sessions: Sessions;
  readonly tokens: JoinTokens;
  readonly invitations: Invitations;
  readonly calendarFeeds: CalendarFeeds;
  readonly clock: Clock;
  readonly clientBaseUrl: () => string;
  /** Whether links were sent to a seat, so that they may still be opened. */
  readonly hasAddress: (session: Session, seat: number) => Promise<boolean>;
  /** Renders the page that people see long before their visit opens, without scripts. */
  readonly earlyPage: (session: Session, seat: number) => string;
  /** The style sheet in that page. */
  readonly pageStyle: string;
}

/** The join page shows a countdown from this time on, in milliseconds; well within the lifetime of its token. */
const COUNTDOWN_MS = 30 * 60_000;
/** The longest interval between reloads of the early page, in milliseconds, because the visit may be moved. */
const REFRESH_MS = 60 * 60_000;
/** The shortest interval between audit entries of one link, in milliseconds. */
const AUDIT_INTERVAL_MS = 60 * 60_000;
/** The number of links whose last audit entry is remembered. */
const MAX_AUDITED = 10_000;

/** Handles personal links of e-mails, calendars, text and push messages: redirects to the join page with a new join token. */
export function invitationRoutes(options: InvitationOptions, ...before: readonly RequestHandler[]): Router {
  const { sessions, tokens, invitations, calendarFeeds, clock, clientBaseUrl, hasAddress, earlyPage } =
    options;
  const earlyPagePolicy = scriptlessPagePolicy(options.pageStyle, "'none'");
  const router = Router({ caseSensitive: true });
  /** Links are only sent to seats with an address, which erasure removes; those of a calendar are valid with its feed. */
  const isValid = (session: Session, { seat, feedId }: Invited) =>
    feedId === null
      ? hasAddress(session, seat)
      : calendarFeeds.isValid(session.seats[seat]?.userId ?? '', feedId);
  const audited = new LRUCache<string, true>({
    max: MAX_AUDITED,
    ttl: AUDIT_INTERVAL_MS,
    ttlResolution: 0,
    perf: { now: () => clock.now() },
  });
  const open = async (
    method: string,
    sessionId: string,
    invitedBy: (session: Session) => Invited | null,
    response: Response,
  ) => {
    const session = await sessions.find(sessionId);
    const invited = session ? invitedBy(session) : null;
    const { seat: place = -1 } = invited ?? {};
    const seat = session?.seats[place];
    response.setHeader('Cache-Control', 'no-store');
    if (!session || !seat || !invited || !(await isValid(session, invited))) {
      response.redirect(303, `${clientBaseUrl()}/join/${encodeURIComponent(sessionId)}`);
      return;
    }
    const early = session.opensAt - COUNTDOWN_MS - clock.now();
    if (early > 0 && !isOver(session) && seat.removedAt === null) {
      response.setHeader('Refresh', String(Math.ceil(Math.min(early, REFRESH_MS) / 1000)));
      response.setHeader('Content-Security-Policy', earlyPagePolicy);
      response.type('html').send(earlyPage(session, place));
      return;
    }
    // Mail scanners and link previews send HEAD; they get no token.
    if (method === 'HEAD') {
      response.redirect(303, joinPage(clientBaseUrl(), session));
      return;
    }
    // Removed people and late comers are redirected too, but can't join; the join page tells them why.
    if (!isOver(session) && seat.removedAt === null && !audited.has(`${sessionId}.${place}`)) {
      audited.set(`${sessionId}.${place}`, true);
      await sessions.note(sessionId, {
        type: 'link.issued',
        seat: place,
        by: { type: 'participant', seat: place },
      });
    }
    response.redirect(
      303,
      `${joinPage(clientBaseUrl(), session)}?token=${tokens.issue(sessionId, seat).token}`,
    );
  };
  router.get('/join/:sessionId/:invitation', ...before, ({ method, params }, response) =>
    open(
      method,
      String(params.sessionId),
      (session) => invitations.invited(session, String(params.invitation)),
      response,
    ),
  );
  // The short form, for text messages.
  router.get('/j/:code', ...before, ({ method, params }, response) => {
    const code = String(params.code);
    return open(
      method,
      invitations.sessionOf(code) ?? '',
      (session) => invitations.invitedByCode(session, code),
      response,
    );
  });
  return router;
}
