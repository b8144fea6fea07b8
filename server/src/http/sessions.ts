import { createHash } from 'node:crypto';
import { PAIRS, type createSessionRequest, type SessionView } from '@televisit/shared/api';
import { role as roleSchema } from '@televisit/shared/core/fields';
import { DEFAULT_DURATION_MINUTES, DEFAULT_OPTIONS } from '@televisit/shared/session';
import type { Request } from 'express';
import type { z } from 'zod';
import type { JoinTokens } from '../access/join-token.ts';
import { iso, type Clock } from '../core/clock.ts';
import { decodeCursor, encodeCursor } from '../domain/cursor.ts';
import { newSeat, roomName, seatOf, type Seat, type Session } from '../domain/session.ts';
import {
  positionOf,
  type ListOrder,
  type SessionFilter,
  type SessionStore,
} from '../domain/session-store.ts';
import type { NewVisit, Sessions } from '../domain/sessions.ts';
import type { Providers } from '../providers/providers.ts';
import { csvReply, formatOf, withoutFormula } from './csv.ts';
import { definedOf, type OperationHandlers } from './operation.ts';
import { joinPage, sessionView, requireReturnUrl, type ReturnRules } from './views.ts';

export interface SessionHandlersOptions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly tokens: JoinTokens;
  readonly clock: Clock;
  /** Base address of join links, without a trailing slash. */
  readonly clientBaseUrl: () => string;
  readonly returnRules: ReturnRules;
  readonly providers: Pick<Providers, 'choose'>;
  /** Whether visits get an entry in an outside calendar. */
  readonly inCalendar: boolean;
  /** Resolves when a stored change has taken effect for the participants, or after a timeout. */
  readonly carriedOut: (session: Session) => Promise<void>;
}

/** The direction of a list that is asked for without one: the newest first, and the earliest first. */
const DIRECTIONS = { createdAt: 'desc', scheduledAt: 'asc' } as const;

/** The columns of a list as CSV. */
const COLUMNS = [
  'sessionId',
  'appointmentId',
  'status',
  'title',
  'courseId',
  'people',
  'scheduledAt',
  'durationMinutes',
  'startedAt',
  'endedAt',
  'endReason',
  'region',
  'sfuNodeId',
  'createdAt',
  'updatedAt',
] as const;

type CreateRequest = z.output<typeof createSessionRequest>;

/** Handles `/sessions`: the lifecycle of visits. */
export function sessionHandlers(
  options: SessionHandlersOptions,
): OperationHandlers<
  | 'createSession'
  | 'listSessions'
  | 'getSession'
  | 'updateSession'
  | 'cancelSession'
  | 'startSession'
  | 'endSession'
  | 'reopenSession'
  | 'joinSession'
> {
  const { sessions, store, tokens, clock, clientBaseUrl, returnRules, providers, inCalendar, carriedOut } =
    options;
  const view = (session: Parameters<typeof sessionView>[0]) => sessionView(session, clientBaseUrl());
  return {
    createSession: async ({ body, headers, by }) => {
      requireReturnUrl(body.returnUrl, returnRules);
      const visit = { ...visitOf(body, headers['idempotency-key'], clock.now()), inCalendar };
      const { session, outcome } = await sessions.create(visit, by, (excluded) =>
        providers.choose(body.provider ?? null, excluded),
      );
      const created = {
        sessionId: session.sessionId,
        roomName: roomName(session),
        sfuNodeId: session.placement.nodeId,
        baseUrl: joinPage(clientBaseUrl(), session),
        ...(session.provider === 'sfu' ? {} : { provider: session.provider }),
      };
      if (outcome === 'created') return { status: 201, body: created };
      // The session may have been changed, or be over, since it was created.
      const { status, scheduledAt, durationMinutes } = session;
      const present = { status, scheduledAt: iso(scheduledAt), durationMinutes };
      const known = { ...created, ...present, differs: differencesOf(body, visit, session) };
      if (outcome === 'known') return { status: 200, body: known };
      return { status: 201, headers: { 'Idempotent-Replayed': 'true' }, body: known };
    },

    listSessions: async ({ query: { limit, cursor, order: by, direction, format, ...query }, request }) => {
      const order = { by, direction: direction ?? DIRECTIONS[by] };
      const { page, nextCursor } = await pageOfSessions(store, filterOf(query), { limit, cursor, order });
      const headers = nextCursor === null ? {} : { Link: nextPage(request, nextCursor) };
      const base = clientBaseUrl();
      const views = page.map((session) => sessionView(session, base));
      if (formatOf(request, format) === 'csv') {
        const reply = csvReply('sessions.csv', COLUMNS, views.map(rowOf));
        return { ...reply, headers: { ...reply.headers, ...headers } };
      }
      return { status: 200, headers, body: { sessions: views, nextCursor } };
    },

    getSession: async ({ params }) => ({ status: 200, body: view(await sessions.get(params.sessionId)) }),

    updateSession: async ({ params, body, by }) => {
      requireReturnUrl(body.returnUrl, returnRules);
      const { scheduledAt, options: changed, ...rest } = definedOf(body);
      const session = await sessions.update(
        params.sessionId,
        (current) => ({
          ...rest,
          ...(scheduledAt === undefined ? {} : { scheduledAt: Date.parse(scheduledAt) }),
          ...(changed ? { options: { ...current.options, ...definedOf(changed) } } : {}),
        }),
        by,
      );
      return { status: 200, body: view(session) };
    },

    cancelSession: async ({ params, by }) => {
      const session = await sessions.cancel(params.sessionId, by);
      await carriedOut(session);
      return { status: 200, body: view(session) };
    },

    startSession: async ({ params, by }) => ({
      status: 200,
      body: view(await sessions.start(params.sessionId, by)),
    }),

    endSession: async ({ params, by }) => {
      const session = await sessions.end(params.sessionId, 'backend_ended', by);
      await carriedOut(session);
      return { status: 200, body: view(session) };
    },

    reopenSession: async ({ params, by }) => ({
      status: 200,
      body: view(await sessions.reopen(params.sessionId, by)),
    }),

    joinSession: async ({ params, body: { userId, role, expiresIn: seconds }, by }) => {
      const session = await sessions.issueLink(params.sessionId, userId, role, by);
      const { token, expiresIn } = tokens.issue(session.sessionId, seatOf(session, userId) as Seat, seconds);
      const joinUrl = `${joinPage(clientBaseUrl(), session)}?token=${token}`;
      return { status: 200, body: { joinUrl, expiresIn } };
    },
  };
}

/** Returns a page of sessions. @throws {TelevisitError} `validation_failed` for a cursor of another list */
export async function pageOfSessions(
  store: Pick<SessionStore, 'list'>,
  filter: SessionFilter,
  { limit, cursor, order }: { limit: number; cursor: string | undefined; order: ListOrder },
): Promise<{ readonly page: readonly Session[]; readonly nextCursor: string | null }> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, order);
  // One extra entry shows whether there is a next page.
  const found = await store.list(filter, limit + 1, after, order);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    page,
    nextCursor: found.length > limit && last ? encodeCursor(positionOf(last, order), order) : null,
  };
}

function visitOf(request: CreateRequest, key: string | undefined, now: number): NewVisit {
  return {
    appointmentId: request.appointmentId,
    idempotency: key === undefined ? null : { key, fingerprint: fingerprint(request) },
    title: request.title ?? null,
    description: request.description ?? null,
    courseId: request.courseId ?? null,
    metadata: request.metadata ?? {},
    seats: seatsOf(request),
    region: request.region ?? null,
    scheduledAt: request.scheduledAt == null ? now : Date.parse(request.scheduledAt),
    durationMinutes: request.durationMinutes ?? DEFAULT_DURATION_MINUTES,
    options: { ...DEFAULT_OPTIONS, ...definedOf(request.options ?? {}) },
    hostNotes: request.hostNotes ?? null,
    returnUrl: request.returnUrl ?? null,
  };
}

/** Returns the seats of the pair, then the others. An entry of `seats` with the id of one of the pair names that person. */
function seatsOf(request: CreateRequest): Seat[] {
  const pair = PAIRS.find(([host]) => request[host] != null) ?? PAIRS[0];
  const extra = request.seats ?? [];
  const two = pair.map((name) => {
    const userId = request[name] as string;
    return { userId, role: roleSchema.parse(name.slice(0, -'Id'.length)) };
  });
  const others = extra.filter((seat) => !two.some(({ userId }) => userId === seat.userId));
  return [...two, ...others].map(({ userId, role }) => {
    const given = extra.find((seat) => seat.userId === userId);
    return newSeat({
      userId,
      role,
      displayName: given?.displayName ?? null,
      email: given?.email ?? null,
      phone: given?.phone ?? null,
      smsOptOut: given?.smsOptOut ?? false,
      language: given?.language ?? null,
      timeZone: given?.timeZone ?? null,
    });
  });
}

/** Returns the names of the fields that a request states, and that the session has with other values. */
function differencesOf(request: CreateRequest, visit: NewVisit, session: Session): string[] {
  const isStated = (field: string) => (request[field as keyof CreateRequest] ?? undefined) !== undefined;
  const plain = ['title', 'description', 'courseId', 'metadata', 'region', 'hostNotes', 'returnUrl'] as const;
  const times = ['scheduledAt', 'durationMinutes'] as const;
  const fields = [...plain, ...times].filter(
    (field) => isStated(field) && JSON.stringify(visit[field]) !== JSON.stringify(session[field]),
  );
  const options = Object.entries(definedOf(request.options ?? {}));
  const isOther = options.some(
    ([name, value]) => session.options[name as keyof typeof session.options] !== value,
  );
  const isElsewhere = request.provider != null && request.provider !== session.provider;
  return [
    ...fields,
    ...(isOther ? ['options'] : []),
    ...(isElsewhere ? ['provider'] : []),
    ...(hasSamePeople(visit, session) ? [] : ['seats']),
  ];
}

/** Whether the people who have not been removed are those of a request, with the details that it states. */
function hasSamePeople(visit: NewVisit, session: Session): boolean {
  const people = session.seats.filter(({ removedAt }) => removedAt === null);
  return (
    people.length === visit.seats.length &&
    visit.seats.every((seat) => {
      const known = people.find(({ userId }) => userId === seat.userId);
      const stated = (['displayName', 'email', 'phone', 'language', 'timeZone'] as const).filter(
        (field) => seat[field] !== null,
      );
      return known !== undefined && stated.every((field) => seat[field] === known[field]);
    })
  );
}

/** Returns a digest that does not depend on the order of fields. */
function fingerprint(request: CreateRequest): string {
  const sorted = JSON.stringify(request, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(sorted).digest('base64url');
}

/** Returns the address of the next page, relative to that of the request (RFC 8288). */
function nextPage({ url }: Request, cursor: string): string {
  const query = new URLSearchParams(url.split('?')[1]);
  query.set('cursor', cursor);
  return `<?${query.toString()}>; rel="next"`;
}

/** Returns the line of a session. People are listed with their role, which no spreadsheet takes for a formula. */
function rowOf({
  seats,
  title,
  ...session
}: SessionView): Record<(typeof COLUMNS)[number], string | number | null> {
  const people = seats.filter(({ removedAt }) => removedAt === null);
  return {
    ...session,
    title: withoutFormula(title),
    people: people.map(({ role, userId }) => `${role} ${userId}`).join('; '),
  };
}

function filterOf(query: {
  status?: SessionFilter['statuses'] | undefined;
  appointmentId?: string | undefined;
  userId?: string | undefined;
  courseId?: string | undefined;
  node?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  endReason?: SessionFilter['endReasons'] | undefined;
  endedFrom?: string | undefined;
  endedTo?: string | undefined;
}): SessionFilter {
  const { status, endReason, node: nodeId, from, to, endedFrom, endedTo, ...same } = query;
  const time = (given: string | undefined) => (given === undefined ? undefined : Date.parse(given));
  return definedOf({
    ...same,
    statuses: status && [...new Set(status)],
    endReasons: endReason && [...new Set(endReason)],
    nodeId,
    from: time(from),
    to: time(to),
    endedFrom: time(endedFrom),
    endedTo: time(endedTo),
  });
}
