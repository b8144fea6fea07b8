import { TelevisitError } from '@televisit/shared/errors';
import type { MeetingView } from '@televisit/shared/provider-operations';
import { PROVIDER_IDS } from '@televisit/shared/vocabulary';
import { Router, type RequestHandler } from 'express';
import type { JoinClaims, JoinTokens } from '../access/join-token.ts';
import type { ClientAddresses } from '../access/client-address.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import { iso, isoOrNull, type Clock } from '../core/clock.ts';
import { currentMeeting } from '../domain/meeting-steps.ts';
import * as people from '../domain/people.ts';
import { isInside, isOver, seatIndex, seatOf, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { MeetingEntry } from '../providers/meeting-provider.ts';
import type { MeetingInbox } from '../providers/meeting-inbox.ts';
import type { Meetings } from '../providers/meetings-service.ts';
import type { Providers } from '../providers/providers.ts';
import { claimsOf } from './auth.ts';
import type { OperationHandlers } from './operation.ts';
import { rawBytes } from './request-body.ts';
import { meetingState } from './views.ts';

export interface MeetingHandlersOptions {
  readonly sessions: Sessions;
  readonly tokens: JoinTokens;
  readonly clock: Clock;
  readonly providers: Providers;
  readonly meetings: Meetings;
  /** Resolves when a stored change has taken effect for the participants, or after a timeout. */
  readonly carriedOut: (session: Session) => Promise<void>;
}

/** How long before its end a join token is replaced, in milliseconds. */
const TOKEN_REFRESH_MS = 5 * 60_000;

/** Handles `/visits/{sessionId}/meeting` for the join page of visits that other providers carry. */
export function meetingHandlers(
  options: MeetingHandlersOptions,
): OperationHandlers<'getMeeting' | 'openMeeting' | 'endMeeting'> {
  const { sessions, tokens, clock, providers, meetings, carriedOut } = options;
  const holderOf = async (request: Parameters<typeof claimsOf>[1], sessionId: string) => {
    const claims = claimsOf(tokens, request, sessionId);
    const session = await sessions.get(claims.sid);
    people.requireMember(session, claims.sub);
    people.requireLink(session, claims);
    return { claims, session };
  };
  return {
    getMeeting: async ({ params, request }) => {
      const { claims, session } = await holderOf(request, params.sessionId);
      const seat = seatOf(session, claims.sub);
      const expiresSoon = claims.exp * 1000 < clock.now() + TOKEN_REFRESH_MS;
      // The page stays open during the meeting, without a connection that would bring a fresh token.
      const token = seat && expiresSoon && !isOver(session) ? tokens.issue(claims.sid, seat).token : null;
      return { status: 200, body: { ...meetingView(session, providers), token } };
    },
    openMeeting: async ({ params, request }) => {
      const { claims, session } = await holderOf(request, params.sessionId);
      sessions.requireEntry(session, claims);
      const { session: opened, entry } = await meetings.open(session.sessionId, claims.sub);
      await noteLink(sessions, opened, claims);
      return { status: 200, body: { provider: opened.provider, ...entryView(entry) } };
    },
    endMeeting: async ({ params, request }) => {
      const { claims, session } = await holderOf(request, params.sessionId);
      if (!claims.permissions.includes('end_session')) throw new TelevisitError('forbidden');
      const seat = seatIndex(session, claims.sub);
      const ended = await sessions.end(session.sessionId, 'host_ended', { type: 'participant', seat });
      await carriedOut(ended);
      return { status: 200, body: meetingView(ended, providers) };
    },
  };
}

/** Handles `/providers` and credentials of their SDKs, for backends. */
export function providerHandlers({
  sessions,
  providers,
  meetings,
}: MeetingHandlersOptions): OperationHandlers<'listProviders' | 'createMeetingCredentials'> {
  return {
    listProviders: async () => ({ status: 200, body: { providers: [...(await providers.views())] } }),
    createMeetingCredentials: async ({ params: { sessionId, userId }, by }) => {
      const session = await sessions.get(sessionId);
      const seat = people.requireSeat(session, userId);
      people.requireMember(session, userId);
      sessions.requireWindow(session);
      const { session: opened, entry } = await meetings.credentials(sessionId, userId);
      await sessions.note(sessionId, { type: 'link.issued', seat, by });
      const { credentials, expiresAt } = entry;
      return {
        status: 200,
        body: { provider: opened.provider, credentials: { ...credentials }, expiresAt: iso(expiresAt) },
      };
    },
  };
}

export interface ProviderWebhookOptions {
  readonly meetingInbox: MeetingInbox;
  readonly providers: Providers;
  readonly clock: Clock;
  readonly limits: RateLimits;
  readonly addresses: ClientAddresses;
}

/**
 * Takes events at `/webhooks/<provider>`, in whatever form the provider sends them. `before` limits requests of one address.
 */
export function providerWebhookRoutes(
  { meetingInbox, providers, clock, limits, addresses }: ProviderWebhookOptions,
  ...before: readonly RequestHandler[]
): Router {
  const router = Router({ caseSensitive: true });
  for (const id of PROVIDER_IDS) {
    if (id === 'sfu' || !providers.has(id)) continue;
    const names = id === 'google-meet' ? ['google', id] : [id];
    const paths = names.flatMap((name) => [`/webhooks/${name}`, `/webhooks/${name}/*path`]);
    router.post(paths, ...before, rawBytes, async (request, response) => {
      try {
        const body = await meetingInbox.receive(id, {
          path: request.path.replace(/^\/webhooks\/[^/]+/, ''),
          headers: headersOf(request.headers),
          rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
          now: clock.now(),
        });
        response.status(200).json(body);
      } catch (error) {
        if (error instanceof TelevisitError && error.code === 'webhook_signature') {
          await limits.guess(addresses.of(request));
        }
        throw error;
      }
    });
  }
  return router;
}

/** Returns headers with one value each. */
export function headersOf(headers: NodeJS.Dict<string | string[]>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

function entryView(entry: MeetingEntry) {
  const expiresAt = entry.kind === 'own' ? null : isoOrNull(entry.expiresAt);
  return {
    url: entry.kind === 'address' ? entry.url : null,
    credentials: entry.kind === 'credentials' ? { ...entry.credentials } : null,
    expiresAt,
  };
}

function meetingView(
  session: Session,
  providers: Providers,
): { -readonly [K in keyof MeetingView]: MeetingView[K] } & {
  people: {
    userId: string;
    role: MeetingView['people'][number]['role'];
    displayName: string | null;
    present: boolean;
    hasLeft: boolean;
    account?: string;
  }[];
} {
  const { provider, status, startedAt, endedAt, endReason, closesAt, seats, visitors } = session;
  const accounts = accountsOf(session, providers);
  return {
    provider,
    state: meetingState(session),
    status,
    startedAt: isoOrNull(startedAt),
    endedAt: isoOrNull(endedAt),
    endReason,
    closesAt: iso(closesAt),
    people: seats.flatMap(({ userId, role, displayName, removedAt }, seat) => {
      if (removedAt !== null) return [];
      const present = isInside(session, seat);
      const hasLeft = !present && session.intervals.some((interval) => interval.seat === seat);
      const account = accounts[`person:${userId}`];
      const known = account === undefined ? {} : { account };
      return { userId, role, displayName, present, hasLeft, ...known };
    }),
    strangers: visitors.filter(({ leftAt }) => leftAt === null).length,
    token: null,
  };
}

/** Returns by which names the SDK of the provider knows people whose ids it does not take; none unless it runs in the page. */
function accountsOf(session: Session, providers: Providers): Readonly<Record<string, string>> {
  const { provider } = session;
  const isInPage =
    providers.has(provider) && providers.adapter(provider).capabilities.entry === 'credentials';
  return isInPage ? (currentMeeting(session)?.data ?? {}) : {};
}

async function noteLink(sessions: Sessions, session: Session, { sub }: JoinClaims): Promise<void> {
  const seat = seatIndex(session, sub);
  await sessions.note(session.sessionId, { type: 'link.issued', seat, by: { type: 'participant', seat } });
}
