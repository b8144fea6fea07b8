import { z } from 'zod';
import type { ConsoleRole } from './console.vocabulary.ts';
import {
  consoleDelivery,
  consoleDeliveryList,
  consoleHistory,
  consoleJoinFailureList,
  consoleLogin,
  consoleMessageList,
  consoleNode,
  consoleNodeList,
  consoleQuality,
  consoleRecordingList,
  consoleSearchResult,
  consoleSession,
  consoleSessionDetail,
  consoleSessionList,
  linkLoginRequest,
  loggedOut,
} from './console.ts';
import { commaList, cursor, identifier, pageSize, sessionParams } from './core/fields.ts';
import type { ErrorCode } from './errors.ts';
import { drainRequest, NODE_OPERATIONS } from './node-operations.ts';
import { SESSION_STATUSES } from './vocabulary.ts';

/**
 * The operations of the operator console. They are no part of `/openapi.json`: they serve the console's own page and change with
 * it. All answers are JSON with status 200; errors are problems as everywhere, with 401 `console_login` if nobody is logged in,
 * 403 `console_role` if the role is too low, and 403 `console_csrf` for a request other than GET without the header or from
 * another origin. Beside these there are
 * - `GET /login/oidc?returnTo=<path below /console>`: redirects to the identity provider and back to `returnTo`, or to
 *   `/console/login?error=<code>`;
 * - `GET /events`: server-sent events, see `consoleEvents`.
 */
export interface ConsoleOperation {
  readonly method: 'get' | 'post' | 'delete';
  /** Below `/console/api`. */
  readonly path: string;
  readonly summary: string;
  /** The lowest role that may call it; null for everyone, also without a login. */
  readonly role: ConsoleRole | null;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** Beyond those that every operation has. */
  readonly errors: readonly ErrorCode[];
}

const page = { limit: pageSize, cursor };
const deliveryParams = z.object({ deliveryId: z.string().meta({ description: 'The id of the delivery.' }) });
const nodeParams = NODE_OPERATIONS.drainNode.params;

/** `GET /sessions`. */
export const consoleSessionsQuery = z.strictObject({
  status: commaList(SESSION_STATUSES).optional(),
  node: z.string().min(1).max(64).optional().meta({ description: 'The SFU node that they are placed on.' }),
  ...page,
});

export const CONSOLE_OPERATIONS = {
  getLogin: {
    method: 'get',
    path: '/login',
    summary: 'Read how one can log in',
    role: null,
    answer: consoleLogin,
    errors: [],
  },
  loginByLink: {
    method: 'post',
    path: '/login/link',
    summary: 'Log in with the code of a one-time link; sets the cookie',
    role: null,
    body: linkLoginRequest,
    answer: consoleSession,
    errors: ['console_link'],
  },
  getConsoleSession: {
    method: 'get',
    path: '/session',
    summary: 'Read the own login',
    role: 'viewer',
    answer: consoleSession,
    errors: [],
  },
  logout: {
    method: 'post',
    path: '/logout',
    summary: 'Log out, here and in all windows of this login',
    role: 'viewer',
    answer: loggedOut,
    errors: [],
  },
  listConsoleNodes: {
    method: 'get',
    path: '/nodes',
    summary: 'List the SFU nodes of all servers',
    role: 'viewer',
    answer: consoleNodeList,
    errors: [],
  },
  drainConsoleNode: {
    method: 'post',
    path: '/nodes/{nodeId}/drain',
    summary: 'Move all visits off a node; its server exits when it is empty, or at the deadline',
    role: 'operator',
    params: nodeParams,
    body: drainRequest,
    answer: consoleNode,
    errors: ['node_not_found'],
  },
  undrainConsoleNode: {
    method: 'delete',
    path: '/nodes/{nodeId}/drain',
    summary: 'Let a node accept visits again',
    role: 'operator',
    params: nodeParams,
    answer: consoleNode,
    errors: ['node_not_found'],
  },
  listConsoleSessions: {
    method: 'get',
    path: '/sessions',
    summary: 'List sessions, the newest first; `status=live` lists those in progress',
    role: 'viewer',
    query: consoleSessionsQuery,
    answer: consoleSessionList,
    errors: [],
  },
  searchSessions: {
    method: 'get',
    path: '/search',
    summary: 'Find sessions by session id, appointment id or user id',
    role: 'viewer',
    query: z.strictObject({ q: identifier.meta({ description: 'The exact id.' }) }),
    answer: consoleSearchResult,
    errors: [],
  },
  listJoinFailures: {
    method: 'get',
    path: '/join-failures',
    summary: 'List refused attempts to join with their reasons, the newest first',
    role: 'viewer',
    query: z.strictObject({
      sessionId: sessionParams.shape.sessionId.max(128).optional(),
      code: z.string().min(1).max(64).optional().meta({ description: 'Only those with this error code.' }),
      ...page,
    }),
    answer: consoleJoinFailureList,
    errors: [],
  },
  getConsoleSessionDetail: {
    method: 'get',
    path: '/sessions/{sessionId}',
    summary: 'Read a session with its people and their attendance',
    role: 'viewer',
    params: sessionParams,
    answer: consoleSessionDetail,
    errors: ['session_not_found'],
  },
  getQuality: {
    method: 'get',
    path: '/sessions/{sessionId}/quality',
    summary: 'Read the quality of a session over time',
    role: 'viewer',
    params: sessionParams,
    answer: consoleQuality,
    errors: ['session_not_found'],
  },
  getHistory: {
    method: 'get',
    path: '/sessions/{sessionId}/history',
    summary: 'Read the events and the audit log of a session, oldest first',
    role: 'viewer',
    params: sessionParams,
    query: z.strictObject(page),
    answer: consoleHistory,
    errors: ['session_not_found'],
  },
  listConsoleDeliveries: {
    method: 'get',
    path: '/sessions/{sessionId}/deliveries',
    summary: 'List the webhook deliveries of a session, the newest event first',
    role: 'viewer',
    params: sessionParams,
    query: z.strictObject(page),
    answer: consoleDeliveryList,
    errors: ['session_not_found'],
  },
  replayConsoleDelivery: {
    method: 'post',
    path: '/deliveries/{deliveryId}/replay',
    summary: 'Send an event to its endpoint again',
    role: 'operator',
    params: deliveryParams,
    answer: consoleDelivery,
    errors: ['delivery_not_found'],
  },
  listMessages: {
    method: 'get',
    path: '/sessions/{sessionId}/messages',
    summary: 'List the e-mails, text messages and push messages about a session',
    role: 'viewer',
    params: sessionParams,
    answer: consoleMessageList,
    errors: ['session_not_found'],
  },
  listConsoleRecordings: {
    method: 'get',
    path: '/sessions/{sessionId}/recordings',
    summary: 'List the recordings of a session, without media',
    role: 'viewer',
    params: sessionParams,
    answer: consoleRecordingList,
    errors: ['session_not_found'],
  },
} as const satisfies Record<string, ConsoleOperation>;

export type ConsoleOperationId = keyof typeof CONSOLE_OPERATIONS;
