import { z } from 'zod';
import {
  createSessionRequest,
  createSessionResponse,
  joinSessionRequest,
  joinSessionResponse,
  putParticipantRequest,
  replaceParticipantRequest,
  seatView,
  sessionList,
  sessionView,
  updateSessionRequest,
  visitBootstrap,
} from './api.ts';
import {
  merge,
  type Access,
  type AnswerContract,
  type OperationContract as Contract,
} from './core/contract.ts';
import {
  commaList,
  cursor,
  identifier,
  instant,
  pageSize,
  personParams,
  sessionParams,
  timeZone,
} from './core/fields.ts';
import type { ErrorCode } from './errors.ts';
import { FEATURES, type Feature } from './features/index.ts';
import { NODE_OPERATIONS } from './node-operations.ts';
import { NOTIFICATION_OPERATIONS } from './notification-operations.ts';
import {
  analytics,
  auditLog,
  calendarLink,
  calendarRevocation,
  erasure,
  participantList,
  participantView,
  sessionReport,
  userData,
} from './reports.ts';
import { END_REASONS, SESSION_STATUSES } from './vocabulary.ts';
import { PROVIDER_OPERATIONS } from './provider-operations.ts';
import { WEBHOOK_OPERATIONS } from './webhook-operations.ts';

export type { Access };
export type OperationContract = Contract<ErrorCode>;

const userParams = z.object({ userId: identifier.meta({ description: 'Your own id of the person.' }) });
const session = (description: string) => ({ description, schema: sessionView }) satisfies AnswerContract;
/** A flag in a query: absent, `0` or `1`. */
const flag = z.enum(['0', '1', 'false', 'true']).optional();
const personal = flag.meta({
  description:
    '`1` or `true` includes the person’s own links: whoever knows the address of the feed may enter in their place.',
});
const format = z
  .enum(['json', 'csv'])
  .optional()
  .meta({ description: '`csv` returns text/csv, as `Accept: text/csv` does.' });
const embedding = z
  .strictObject({
    origins: z
      .array(z.string())
      .meta({ description: 'Origins (RFC 6454) such as https://portal.example.org.' }),
  })
  .meta({ id: 'Embedding' });

const health = z
  .strictObject({ status: z.literal('ok').meta({ description: 'Always `ok`.' }) })
  .meta({ id: 'Health' });
const openApiDocument = z.looseObject({});
/** text/calendar (RFC 5545). */
const calendarFile = z.string().meta({ mediaType: 'text/calendar' });

/** `GET /sessions`. Filters are joined with "and". */
export const listQuery = z.strictObject({
  status: commaList(SESSION_STATUSES).optional(),
  appointmentId: identifier.optional().meta({ description: 'Your own id of the appointment.' }),
  userId: identifier.optional().meta({ description: 'Sessions in which this user has a seat.' }),
  courseId: identifier.optional().meta({ description: 'Your own id of a course or series.' }),
  node: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .meta({ description: 'The SFU node that the session is placed on.' }),
  from: instant.optional().meta({ description: 'Scheduled at this time or later.' }),
  to: instant.optional().meta({ description: 'Scheduled before this time.' }),
  endReason: commaList(END_REASONS).optional(),
  endedFrom: instant.optional().meta({ description: 'Ended or cancelled at this time or later.' }),
  endedTo: instant.optional().meta({ description: 'Ended or cancelled before this time.' }),
  order: z
    .enum(['createdAt', 'scheduledAt'])
    .default('createdAt')
    .meta({ description: 'The time by which the list is sorted: of creation, or of the schedule.' }),
  direction: z.enum(['asc', 'desc']).optional().meta({
    description:
      '`asc`, earliest first, or `desc`, latest first. If omitted, `desc` by creation and `asc` by schedule.',
  }),
  limit: pageSize,
  cursor,
  format,
});

/** `GET /analytics`; the last 30 days by default, 366 days at most. */
export const analyticsQuery = z.strictObject({
  from: instant.optional().meta({ description: 'Visits that are scheduled at this time or later.' }),
  to: instant.optional().meta({ description: 'Visits that are scheduled before this time.' }),
  timeZone: timeZone
    .default('UTC')
    .meta({ description: 'The time zone of the calendar days: an IANA name.' }),
});

/** The operations that belong to no single feature, by operationId. */
const CORE_OPERATIONS = {
  createSession: {
    method: 'post',
    path: '/sessions',
    tag: 'Sessions',
    summary: 'Create the session of an appointment, or return the existing one',
    description:
      'The same appointmentId with the same people returns the first session again (200) and changes nothing; `differs` names ' +
      'the fields that the request would set differently. After a cancellation, it creates another session. ' +
      'An Idempotency-Key is stored with the session that it created: the same request gets that session again, with its present ' +
      '`status` and what `differs`, also if it was cancelled; another request with the key is refused. To book a cancelled ' +
      'appointment again, send a new key or none.',
    access: 'internal',
    repeatable: true,
    headers: z.object({
      'idempotency-key': z
        .string()
        .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')
        .optional()
        .meta({
          description:
            'Your own key for this visit, 1 to 128 visible ASCII characters. The same key with the same request returns the same session again.',
        }),
    }),
    body: createSessionRequest,
    answers: {
      201: {
        description: 'A new session, or again the one that the Idempotency-Key created',
        schema: createSessionResponse,
      },
      200: { description: 'The existing session of the appointment', schema: createSessionResponse },
    },
    errors: [
      'appointment_conflict',
      'idempotency_conflict',
      'plan_over',
      'conflict',
      'no_capacity',
      'provider_not_configured',
      'provider_unavailable',
    ],
  },
  listSessions: {
    method: 'get',
    path: '/sessions',
    tag: 'Sessions',
    summary: 'List sessions by creation or schedule, as JSON or CSV (Accept: text/csv, or format=csv)',
    description:
      'By creation, pages contain every session once while sessions are created and changed. By schedule, a session that moves ' +
      'between two requests may appear twice or be missing. As CSV, a page has one line for each session.',
    access: 'internal',
    query: listQuery,
    answers: {
      200: {
        description: 'A page of sessions',
        schema: sessionList,
        alternatives: ['text/csv'],
        headers: ['Link'],
      },
    },
    errors: [],
  },
  getSession: {
    method: 'get',
    path: '/sessions/{sessionId}',
    tag: 'Sessions',
    summary: 'Read a session',
    access: 'internal',
    params: sessionParams,
    answers: { 200: session('The session') },
    errors: ['session_not_found'],
  },
  updateSession: {
    method: 'patch',
    path: '/sessions/{sessionId}',
    tag: 'Sessions',
    summary: 'Change or reschedule a session that is not over',
    description: 'Omitted fields keep their value; null clears. Moving scheduledAt moves the join window.',
    access: 'internal',
    repeatable: true,
    params: sessionParams,
    body: updateSessionRequest,
    answers: { 200: session('The session as it is now') },
    errors: ['session_not_found', 'session_closed', 'plan_over', 'conflict'],
  },
  cancelSession: {
    method: 'delete',
    path: '/sessions/{sessionId}',
    tag: 'Sessions',
    summary: 'Cancel a session and disconnect everyone in it',
    access: 'internal',
    params: sessionParams,
    answers: { 200: session('The cancelled session, also if it was cancelled before') },
    errors: ['session_not_found', 'session_closed', 'conflict'],
  },
  startSession: {
    method: 'post',
    path: '/sessions/{sessionId}/start',
    tag: 'Sessions',
    summary: 'Make a session live before the first person enters',
    access: 'internal',
    repeatable: true,
    params: sessionParams,
    answers: { 200: session('The live session, also if it was live before') },
    errors: ['session_not_found', 'session_closed', 'conflict'],
  },
  endSession: {
    method: 'post',
    path: '/sessions/{sessionId}/end',
    tag: 'Sessions',
    summary: 'End a session and disconnect everyone in it',
    access: 'internal',
    repeatable: true,
    params: sessionParams,
    answers: { 200: session('The ended session, also if it had ended before') },
    errors: ['session_not_found', 'session_closed', 'conflict'],
  },
  reopenSession: {
    method: 'post',
    path: '/sessions/{sessionId}/reopen',
    tag: 'Sessions',
    summary: 'Make a session live again that was ended by mistake',
    description:
      'Possible until its join window closes. People may enter again, with new links or those that are still valid. A ' +
      'chat that is not kept was deleted when the session ended. For a cancelled session, create another one.',
    access: 'internal',
    repeatable: true,
    params: sessionParams,
    answers: { 200: session('The live session, also if it was not over') },
    errors: ['session_not_found', 'session_over', 'session_closed', 'conflict'],
  },
  joinSession: {
    method: 'post',
    path: '/sessions/{sessionId}/join',
    tag: 'People',
    summary: 'Create a join link for one of the seats',
    description: 'Every request creates a fresh link, valid for an hour or for `expiresIn` seconds.',
    access: 'internal',
    repeatable: true,
    params: sessionParams,
    body: joinSessionRequest,
    answers: { 200: { description: 'The link', schema: joinSessionResponse } },
    errors: ['session_not_found', 'seat_mismatch', 'removed', 'not_open_yet', 'session_over'],
  },
  listParticipants: {
    method: 'get',
    path: '/sessions/{sessionId}/participants',
    tag: 'People',
    summary: 'List the seats of the visit with their attendance',
    access: 'internal',
    params: sessionParams,
    answers: { 200: { description: 'All seats in order', schema: participantList } },
    errors: ['session_not_found'],
  },
  putParticipant: {
    method: 'put',
    path: '/sessions/{sessionId}/participants/{userId}',
    tag: 'People',
    summary: 'Add a person, correct their details, or let a removed person return',
    description:
      'Works before and during a visit. Omitted fields keep their value; null clears. Another e-mail address, phone number or role, ' +
      'and a return, void the person’s former links and disconnect them. People with an address or number receive an invitation.',
    access: 'internal',
    params: z.object({
      ...sessionParams.shape,
      userId: identifier.meta({ description: 'Your own id of the person.' }),
    }),
    body: putParticipantRequest,
    answers: { 200: { description: 'The person’s seat as it is now', schema: seatView } },
    errors: ['session_not_found', 'session_closed', 'too_many_seats', 'conflict'],
  },
  replaceParticipant: {
    method: 'post',
    path: '/sessions/{sessionId}/participants/{userId}/replace',
    tag: 'People',
    summary: 'Replace a person by another one, who gets their role',
    description:
      'The former person is removed: disconnected, their links void, and told by e-mail or text message if they were invited. Their ' +
      'attendance stays in the report. Repeating the request changes nothing.',
    access: 'internal',
    repeatable: true,
    params: personParams,
    body: replaceParticipantRequest,
    answers: { 200: { description: 'The seat of the new person', schema: seatView } },
    errors: [
      'session_not_found',
      'participant_not_found',
      'removed',
      'seat_taken',
      'too_many_seats',
      'session_closed',
      'conflict',
    ],
  },
  revokeLinks: {
    method: 'post',
    path: '/sessions/{sessionId}/participants/{userId}/revoke-links',
    tag: 'People',
    summary: 'Void all links of a person and disconnect them; they may come back with a new link',
    description: 'If they have an address or number, they receive a new invitation.',
    access: 'internal',
    params: personParams,
    answers: { 200: { description: 'The person’s seat', schema: seatView } },
    errors: ['session_not_found', 'participant_not_found', 'session_closed', 'conflict'],
  },
  removeParticipant: {
    method: 'delete',
    path: '/sessions/{sessionId}/participants/{userId}',
    tag: 'People',
    summary: 'Remove a person for good: disconnect them and revoke their links',
    access: 'internal',
    params: personParams,
    answers: { 200: { description: 'The removed person', schema: participantView } },
    errors: ['session_not_found', 'participant_not_found', 'session_closed', 'conflict'],
  },
  dismissParticipant: {
    method: 'post',
    path: '/sessions/{sessionId}/participants/{userId}/leave',
    tag: 'People',
    summary: 'Disconnect a person, who may come back',
    access: 'internal',
    repeatable: true,
    params: personParams,
    answers: { 200: { description: 'The person', schema: participantView } },
    errors: ['session_not_found', 'participant_not_found', 'conflict'],
  },
  getReport: {
    method: 'get',
    path: '/sessions/{sessionId}/report',
    tag: 'Reports',
    summary: 'Read the report of the visit, as JSON or CSV (Accept: text/csv, or format=csv)',
    access: 'internal',
    params: sessionParams,
    query: z.strictObject({
      format,
    }),
    answers: {
      200: { description: 'The report', schema: sessionReport, alternatives: ['text/csv'] },
    },
    errors: ['session_not_found'],
  },
  getAudit: {
    method: 'get',
    path: '/sessions/{sessionId}/audit',
    tag: 'Reports',
    summary: 'Read the audit log of the session, oldest first',
    access: 'internal',
    params: sessionParams,
    answers: { 200: { description: 'The whole log', schema: auditLog } },
    errors: ['session_not_found'],
  },
  getAnalytics: {
    method: 'get',
    path: '/analytics',
    tag: 'Reports',
    summary: 'Read figures of many visits, day by day',
    access: 'internal',
    query: analyticsQuery,
    answers: { 200: { description: 'The figures', schema: analytics } },
    errors: [],
  },
  getCalendarFile: {
    method: 'get',
    path: '/sessions/{sessionId}/calendar.ics',
    tag: 'Calendar',
    summary: 'Read the visit as a calendar file (RFC 5545), without names',
    access: 'internal',
    params: sessionParams,
    query: z.strictObject({
      link: flag.meta({ description: '`1` or `true` includes the address of the visit.' }),
    }),
    answers: { 200: { description: 'The file', schema: calendarFile } },
    errors: ['session_not_found'],
  },
  getCalendarLink: {
    method: 'get',
    path: '/users/{userId}/calendar-link',
    tag: 'Calendar',
    summary: 'Create the address of a person’s calendar feed',
    access: 'internal',
    params: userParams,
    query: z.strictObject({
      link: flag.meta({ description: '`1` or `true` includes the addresses of the visits.' }),
      personal,
    }),
    answers: { 200: { description: 'A signed address that needs no header', schema: calendarLink } },
    errors: [],
  },
  revokeCalendarLink: {
    method: 'delete',
    path: '/users/{userId}/calendar-link',
    tag: 'Calendar',
    summary: 'Revoke all addresses of a person’s calendar feed, and the personal links in it',
    description:
      'They are answered with 410 at once, on every server. GET creates a new address. Links of e-mails and of ' +
      'POST /sessions/{sessionId}/join stay valid.',
    access: 'internal',
    params: userParams,
    answers: { 200: { description: 'They are void', schema: calendarRevocation } },
    errors: [],
  },
  getUserCalendar: {
    method: 'get',
    path: '/users/{userId}/calendar.ics',
    tag: 'Calendar',
    summary: 'Read a person’s visits as a calendar feed (RFC 5545), without names',
    access: 'signed_link',
    params: userParams,
    query: z.strictObject({
      link: flag.meta({ description: '`1` or `true` includes the addresses of the visits.' }),
      personal,
      feed: z.string().max(64).optional().meta({
        description: 'The id of the feed from that address; absent in addresses of earlier releases.',
      }),
      signature: z.string().max(128).optional().meta({
        description: 'The signature from the address that GET /users/{userId}/calendar-link returned.',
      }),
    }),
    answers: { 200: { description: 'The feed', schema: calendarFile } },
    errors: ['calendar_revoked'],
  },
  exportUser: {
    method: 'get',
    path: '/users/{userId}/data',
    tag: 'Privacy',
    summary: 'Export everything that is stored about a person',
    access: 'internal',
    params: userParams,
    answers: { 200: { description: 'The export; no sessions if nothing is stored', schema: userData } },
    errors: [],
  },
  eraseUser: {
    method: 'delete',
    path: '/users/{userId}/data',
    tag: 'Privacy',
    summary:
      'Erase a person: a pseudonym replaces them everywhere, and their seats in open visits are removed',
    access: 'internal',
    params: userParams,
    answers: { 200: { description: 'What was erased', schema: erasure } },
    errors: ['conflict'],
  },
  ...WEBHOOK_OPERATIONS,
  ...PROVIDER_OPERATIONS,
  ...NODE_OPERATIONS,
  ...NOTIFICATION_OPERATIONS,
  getVisit: {
    method: 'get',
    path: '/api/v1/visits/{sessionId}',
    tag: 'Join page',
    summary: 'Read what the join page needs before it connects to signaling',
    access: 'join_token',
    params: sessionParams,
    answers: { 200: { description: 'The bootstrap', schema: visitBootstrap } },
    errors: [
      'session_not_found',
      'removed',
      'not_open_yet',
      'session_over',
      'conflict',
      'no_capacity',
      'media_unavailable',
    ],
  },
  getHealth: {
    method: 'get',
    path: '/healthz',
    tag: 'Server',
    summary: 'Check whether the server listens',
    access: 'none',
    answers: { 200: { description: 'It listens', schema: health } },
    errors: [],
  },
  getEmbedding: {
    method: 'get',
    path: '/embedding',
    tag: 'Join page',
    summary: 'Read which pages may embed the join page',
    access: 'none',
    answers: { 200: { description: 'The origins of EMBED_ALLOW_ORIGINS', schema: embedding } },
    errors: [],
  },
  getOpenApi: {
    method: 'get',
    path: '/openapi.json',
    tag: 'Server',
    summary: 'Read this API as an OpenAPI 3.1 document',
    access: 'none',
    answers: { 200: { description: 'The document', schema: openApiDocument } },
    errors: ['too_many_requests'],
  },
} as const satisfies Record<string, OperationContract>;

/** Every operation of the API, by operationId. */
export const OPERATIONS = {
  ...CORE_OPERATIONS,
  ...merge<Feature, 'operations'>(FEATURES, 'operations'),
} satisfies Record<string, OperationContract>;

export type OperationId = keyof typeof OPERATIONS;
