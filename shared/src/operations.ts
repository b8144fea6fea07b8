import { z } from 'zod';
import {
  announcementRequest,
  announcementResponse,
  createSessionRequest,
  createSessionResponse,
  joinSessionRequest,
  joinSessionResponse,
  sessionList,
  sessionView,
  updateSessionRequest,
  visitBootstrap,
} from './api.ts';
import { chatFileView, chatMessageList, FILE_NAME_HEADER } from './chat.ts';
import type { ErrorCode } from './errors.ts';
import { commaList, cursor, pageSize } from './queries.ts';
import {
  analytics,
  auditLog,
  calendarLink,
  erasure,
  feedbackRequest,
  feedbackView,
  participantList,
  participantView,
  sessionReport,
  userData,
  visitFeedbackRequest,
} from './reports.ts';
import { identifier, instant, SESSION_STATUSES, timeZone } from './session.ts';
import { MAX_FILE_BYTES } from './signaling.ts';
import { NODE_OPERATIONS } from './node-operations.ts';
import { WEBHOOK_OPERATIONS } from './webhook-operations.ts';

/**
 * What a caller must show: the internal secret, a join token as bearer (RFC 6750), a signed link, a signed body (Standard
 * Webhooks), or nothing.
 */
export type Access = 'internal' | 'join_token' | 'signed_link' | 'webhook_signature' | 'none';

/** One answer that went well. Bodies that are no JSON name their media type. */
interface AnswerContract {
  readonly description: string;
  readonly schema: z.ZodType;
  /** Other media types of the same answer, on request. */
  readonly alternatives?: readonly string[];
}

/** An HTTP operation: what it takes, what it answers, how it fails. openapi.json is made from these. */
export interface OperationContract {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** A template of RFC 6570; the same paths work under /api/v1. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** JSON, unless its `mediaType` says otherwise. */
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, AnswerContract>>;
  /** Beyond those that every operation of its access has. */
  readonly errors: readonly ErrorCode[];
}

/** The media type of what may be anything (RFC 9110, 12.5.1). */
export const ANY_TYPE = '*/*';

const sessionParams = z.object({
  sessionId: z
    .string()
    .meta({ description: 'Televisit’s id of the session, as POST /sessions returned it.' }),
});
const personParams = z.object({
  ...sessionParams.shape,
  userId: z.string().meta({ description: 'Your own id of the person.' }),
});
const fileParams = z.object({
  ...sessionParams.shape,
  fileId: z.string().meta({ description: 'Televisit’s id of the file.' }),
});
const userParams = z.object({ userId: identifier.meta({ description: 'Your own id of the person.' }) });
const session = (description: string) => ({ description, schema: sessionView }) satisfies AnswerContract;
/** As `encodeURIComponent` writes it: headers carry ASCII only (RFC 9110, 5.5). */
const fileName = z
  .string()
  .max(2000)
  .refine(isEncoded, { message: 'must be UTF-8, percent-encoded' })
  .transform((encoded) => decodeURIComponent(encoded))
  .optional()
  .meta({ description: 'The file’s name as encodeURIComponent writes it; `file` if omitted.' });
/** The switch of a query: absent, `0` or `1`. */
const flag = z.enum(['0', '1', 'false', 'true']).optional();
const health = z
  .strictObject({ status: z.literal('ok').meta({ description: 'Always `ok`.' }) })
  .meta({ id: 'Health' });
const openApiDocument = z.looseObject({});
/** Bytes of any media type; `maxBytes` is how many at most. */
const anyFile = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array)
  .meta({ mediaType: ANY_TYPE, maxBytes: MAX_FILE_BYTES });
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
  limit: pageSize,
  cursor,
});

/** `GET /analytics`; the last 30 days by default, 366 days at most. */
export const analyticsQuery = z.strictObject({
  from: instant.optional().meta({ description: 'Visits that are scheduled at this time or later.' }),
  to: instant.optional().meta({ description: 'Visits that are scheduled before this time.' }),
  timeZone: timeZone
    .default('UTC')
    .meta({ description: 'The time zone of the calendar days: an IANA name.' }),
});

/** Every operation of the API, by its operationId. */
export const OPERATIONS = {
  createSession: {
    method: 'post',
    path: '/sessions',
    tag: 'Sessions',
    summary: 'Create the visit of an appointment, or find the one it has',
    description:
      'The same appointmentId with the same people answers the first session again (200) and changes nothing. ' +
      'An Idempotency-Key is kept with the session that it made: the same request gets the same answer again, another ' +
      'request is refused.',
    access: 'internal',
    headers: z.object({
      'idempotency-key': z
        .string()
        .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')
        .optional()
        .meta({
          description:
            'Your own key for this visit, 1 to 128 visible ASCII characters. The same key with the same request returns the first response again.',
        }),
    }),
    body: createSessionRequest,
    answers: {
      201: { description: 'A new session', schema: createSessionResponse },
      200: { description: 'The session that the appointment had already', schema: createSessionResponse },
    },
    errors: ['appointment_conflict', 'idempotency_conflict', 'conflict', 'no_capacity'],
  },
  listSessions: {
    method: 'get',
    path: '/sessions',
    tag: 'Sessions',
    summary: 'List sessions, newest first',
    access: 'internal',
    query: listQuery,
    answers: { 200: { description: 'A page of sessions', schema: sessionList } },
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
    description: 'What is not named stays as it is; null clears. Moving scheduledAt moves the join window.',
    access: 'internal',
    params: sessionParams,
    body: updateSessionRequest,
    answers: { 200: session('The session as it is now') },
    errors: ['session_not_found', 'session_closed', 'conflict'],
  },
  cancelSession: {
    method: 'delete',
    path: '/sessions/{sessionId}',
    tag: 'Sessions',
    summary: 'Cancel a session; whoever is in it is disconnected',
    access: 'internal',
    params: sessionParams,
    answers: { 200: session('The cancelled session, also where it was cancelled before') },
    errors: ['session_not_found', 'session_closed', 'conflict'],
  },
  startSession: {
    method: 'post',
    path: '/sessions/{sessionId}/start',
    tag: 'Sessions',
    summary: 'Make a session live before the first person enters',
    access: 'internal',
    params: sessionParams,
    answers: { 200: session('The live session, also where it was live before') },
    errors: ['session_not_found', 'session_closed', 'conflict'],
  },
  endSession: {
    method: 'post',
    path: '/sessions/{sessionId}/end',
    tag: 'Sessions',
    summary: 'End a session; whoever is in it is disconnected',
    access: 'internal',
    params: sessionParams,
    answers: { 200: session('The ended session, also where it had ended before') },
    errors: ['session_not_found', 'session_closed', 'conflict'],
  },
  joinSession: {
    method: 'post',
    path: '/sessions/{sessionId}/join',
    tag: 'People',
    summary: 'Make a join link for one of the seats',
    description: 'Asking again is fine: every answer is a fresh link, good for an hour.',
    access: 'internal',
    params: sessionParams,
    body: joinSessionRequest,
    answers: { 200: { description: 'The link', schema: joinSessionResponse } },
    errors: ['session_not_found', 'seat_mismatch', 'removed', 'not_open_yet', 'session_over'],
  },
  listParticipants: {
    method: 'get',
    path: '/sessions/{sessionId}/participants',
    tag: 'People',
    summary: 'Read who is, was or may be in the visit, and when',
    access: 'internal',
    params: sessionParams,
    answers: { 200: { description: 'All seats in their order', schema: participantList } },
    errors: ['session_not_found'],
  },
  removeParticipant: {
    method: 'delete',
    path: '/sessions/{sessionId}/participants/{userId}',
    tag: 'People',
    summary: 'Remove a person for good: disconnected, links void, no return',
    access: 'internal',
    params: personParams,
    answers: { 200: { description: 'The removed person', schema: participantView } },
    errors: ['session_not_found', 'participant_not_found', 'session_closed', 'conflict'],
  },
  dismissParticipant: {
    method: 'post',
    path: '/sessions/{sessionId}/participants/{userId}/leave',
    tag: 'People',
    summary: 'Make a person leave; they may come back',
    access: 'internal',
    params: personParams,
    answers: { 200: { description: 'The person', schema: participantView } },
    errors: ['session_not_found', 'participant_not_found', 'conflict'],
  },
  announce: {
    method: 'post',
    path: '/sessions/{sessionId}/announcements',
    tag: 'People',
    summary: 'Show a line of text to everybody who is in the visit now',
    description:
      'In the call, the preview and the waiting room alike, until they close it. It is kept nowhere: who comes later does not ' +
      'see it, and the audit log holds only that there was one. After a 503 it may have been shown all the same.',
    access: 'internal',
    params: sessionParams,
    body: announcementRequest,
    answers: { 200: { description: 'To how many people it was shown', schema: announcementResponse } },
    errors: ['session_not_found', 'session_closed', 'nobody_here', 'node_unreachable'],
  },
  giveFeedback: {
    method: 'post',
    path: '/sessions/{sessionId}/feedback',
    tag: 'Reports',
    summary: 'Hand in a person’s feedback, once for each person',
    access: 'internal',
    params: sessionParams,
    body: feedbackRequest,
    answers: { 201: { description: 'The feedback as it is kept', schema: feedbackView } },
    errors: ['session_not_found', 'participant_not_found', 'feedback_given', 'conflict'],
  },
  getReport: {
    method: 'get',
    path: '/sessions/{sessionId}/report',
    tag: 'Reports',
    summary: 'Read what the visit was like, as JSON or CSV (Accept: text/csv, or format=csv)',
    access: 'internal',
    params: sessionParams,
    query: z.strictObject({
      format: z
        .enum(['json', 'csv'])
        .optional()
        .meta({ description: '`csv` returns text/csv, as `Accept: text/csv` does.' }),
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
    summary: 'Read who did what to the session, oldest first',
    access: 'internal',
    params: sessionParams,
    answers: { 200: { description: 'The whole log', schema: auditLog } },
    errors: ['session_not_found'],
  },
  getAnalytics: {
    method: 'get',
    path: '/analytics',
    tag: 'Reports',
    summary: 'Read figures over many visits, day by day',
    access: 'internal',
    query: analyticsQuery,
    answers: { 200: { description: 'The figures', schema: analytics } },
    errors: [],
  },
  listMessages: {
    method: 'get',
    path: '/sessions/{sessionId}/messages',
    tag: 'Chat',
    summary: 'Read what was said in the chat of a visit that keeps it',
    description:
      'Empty where the visit does not keep its chat (options.keepChat): then nobody reads it but the people in the visit, ' +
      'and it is deleted when the visit is over. Reading it stands in the audit log.',
    access: 'internal',
    params: sessionParams,
    answers: { 200: { description: 'All messages in their order', schema: chatMessageList } },
    errors: ['session_not_found'],
  },
  getFile: {
    method: 'get',
    path: '/sessions/{sessionId}/files/{fileId}',
    tag: 'Chat',
    summary: 'Read a file from the chat of a visit that keeps it',
    description: 'Reading it stands in the audit log.',
    access: 'internal',
    params: fileParams,
    answers: { 200: { description: 'The file, to be saved under its name', schema: anyFile } },
    errors: ['session_not_found', 'file_not_found'],
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
    summary: 'Make the address under which a person can subscribe to their visits',
    access: 'internal',
    params: userParams,
    query: z.strictObject({
      link: flag.meta({ description: '`1` or `true` includes the addresses of the visits.' }),
    }),
    answers: { 200: { description: 'A signed address that needs no header', schema: calendarLink } },
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
      signature: z
        .string()
        .max(128)
        .optional()
        .meta({
          description: 'The signature from the address that GET /users/{userId}/calendar-link returned.',
        }),
    }),
    answers: { 200: { description: 'The feed', schema: calendarFile } },
    errors: [],
  },
  exportUser: {
    method: 'get',
    path: '/users/{userId}/data',
    tag: 'Privacy',
    summary: 'Export everything that is kept about a person',
    access: 'internal',
    params: userParams,
    answers: { 200: { description: 'All of it; no sessions where nothing is kept', schema: userData } },
    errors: [],
  },
  eraseUser: {
    method: 'delete',
    path: '/users/{userId}/data',
    tag: 'Privacy',
    summary: 'Erase a person: a pseudonym takes their place everywhere, and open visits lose their seat',
    access: 'internal',
    params: userParams,
    answers: { 200: { description: 'What was erased', schema: erasure } },
    errors: ['conflict'],
  },
  ...WEBHOOK_OPERATIONS,
  ...NODE_OPERATIONS,
  getVisit: {
    method: 'get',
    path: '/api/v1/visits/{sessionId}',
    tag: 'Join page',
    summary: 'Read all that the join page can do ahead of the signaling connection',
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
  giveVisitFeedback: {
    method: 'post',
    path: '/api/v1/visits/{sessionId}/feedback',
    tag: 'Join page',
    summary: 'Hand in one’s own feedback, during the visit or after it',
    access: 'join_token',
    params: sessionParams,
    body: visitFeedbackRequest,
    answers: { 201: { description: 'The feedback as it is kept', schema: feedbackView } },
    errors: ['session_not_found', 'participant_not_found', 'feedback_given', 'conflict'],
  },
  uploadVisitFile: {
    method: 'post',
    path: '/api/v1/visits/{sessionId}/files',
    tag: 'Join page',
    summary: 'Hand a file over to the chat, during the visit',
    description:
      'The body is the file itself, 1 byte to 10 MiB, under the media type that it has. Nobody sees it before the signaling ' +
      'message "chat:send" names it. At most 50 files go into one visit, and at most 3 of a person wait to be named: a ' +
      'further one takes the place of the oldest. Two files of a person may be on their way at once.',
    access: 'join_token',
    params: sessionParams,
    headers: z.object({ [FILE_NAME_HEADER]: fileName }),
    body: anyFile,
    answers: { 201: { description: 'The file as it is kept', schema: chatFileView } },
    errors: [
      'session_not_found',
      'session_over',
      'removed',
      'not_joined',
      'chat_off',
      'forbidden',
      'chat_full',
      'file_too_large',
      'unsupported_media_type',
      'conflict',
    ],
  },
  getVisitFile: {
    method: 'get',
    path: '/api/v1/visits/{sessionId}/files/{fileId}',
    tag: 'Join page',
    summary: 'Read a file of the chat, as somebody who is in the visit',
    access: 'join_token',
    params: fileParams,
    answers: { 200: { description: 'The file, to be saved under its name', schema: anyFile } },
    errors: ['session_not_found', 'session_over', 'removed', 'not_joined', 'chat_off', 'file_not_found'],
  },
  getHealth: {
    method: 'get',
    path: '/healthz',
    tag: 'Server',
    summary: 'Ask whether the server listens',
    access: 'none',
    answers: { 200: { description: 'It does', schema: health } },
    errors: [],
  },
  getOpenApi: {
    method: 'get',
    path: '/openapi.json',
    tag: 'Server',
    summary: 'Read this API as an OpenAPI 3.1 document',
    access: 'none',
    answers: { 200: { description: 'The document', schema: openApiDocument } },
    errors: [],
  },
} as const satisfies Record<string, OperationContract>;

export type OperationId = keyof typeof OPERATIONS;

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
