import { Router, type RequestHandler } from 'express';
import type { Invitations } from '../access/invitations.ts';
import type { JoinTokens } from '../access/join-token.ts';
import type { Clock } from '../domain/clock.ts';
import { isOver, type Seat, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { joinPage } from './views.ts';

export interface InvitationOptions {
  readonly sessions: Sessions;
  readonly tokens: JoinTokens;
  readonly invitations: Invitations;
  readonly clock: Clock;
  readonly clientBaseUrl: () => string;
  /** What people see long before their visit opens, as an HTML document without scripts. */
  readonly earlyPage: (session: Session, seat: Seat) => string;
}

/** The join page itself counts this long down, in milliseconds: well within the life of the token that it gets. */
const COUNTDOWN_MS = 30 * 60_000;
/** How often a page that is open early asks again at least, in milliseconds: the visit may be moved. */
const ASK_AGAIN_MS = 60 * 60_000;
/** One note in the audit log for so long, in milliseconds: nobody fills it by opening a link over and over. */
const NOTE_EVERY_MS = 60 * 60_000;
const EARLY_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/** Where a mailed link to a visit is: who opens it gets a fresh join token and is led to the join page. */
export function invitationRoutes(options: InvitationOptions, ...before: readonly RequestHandler[]): Router {
  const { sessions, tokens, invitations, clock, clientBaseUrl, earlyPage } = options;
  const router = Router({ caseSensitive: true });
  const noted = new Map<string, number>();
  router.get('/join/:sessionId/:invitation', ...before, async ({ method, params }, response) => {
    const sessionId = String(params.sessionId);
    const place = invitations.seatOf(sessionId, String(params.invitation));
    const session = place === null ? undefined : await sessions.find(sessionId);
    const seat = session?.seats[place ?? -1];
    response.setHeader('Cache-Control', 'no-store');
    // Nobody was written to without an address; an erased person has none any more.
    if (!session || !seat || place === null || seat.email === null) {
      response.redirect(303, `${clientBaseUrl()}/join/${encodeURIComponent(sessionId)}`);
      return;
    }
    const early = session.opensAt - COUNTDOWN_MS - clock.now();
    if (early > 0 && !isOver(session) && seat.removedAt === null) {
      response.setHeader('Refresh', String(Math.ceil(Math.min(early, ASK_AGAIN_MS) / 1000)));
      response.setHeader('Content-Security-Policy', EARLY_PAGE_POLICY);
      response.type('html').send(earlyPage(session, seat));
      return;
    }
    // What looks at links before people do asks with HEAD, and lets nobody in.
    if (method === 'HEAD') {
      response.redirect(303, joinPage(clientBaseUrl(), session));
      return;
    }
    // The page explains itself to who was removed, or comes when the visit is over; neither lets anybody in.
    if (!isOver(session) && seat.removedAt === null && isNew(noted, `${sessionId}.${place}`, clock.now())) {
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
  });
  return router;
}

/** Whether something has not been noted within the last hour; it counts as noted from now on. */
function isNew(noted: Map<string, number>, key: string, now: number): boolean {
  // The oldest come first.
  for (const [old, at] of noted) {
    if (at > now - NOTE_EVERY_MS) break;
    noted.delete(old);
  }
  if (noted.has(key)) return false;
  noted.set(key, now);
  return true;
}
