import type { AnnouncementRequest, AnnouncementResponse } from '@televisit/shared/features/announcements';
import type {
  CreateSessionRequest,
  CreateSessionResponse,
  JoinSessionRequest,
  JoinSessionResponse,
  SessionList,
  SessionView,
  UpdateSessionRequest,
} from '@televisit/shared/api';
import type { ChatMessageList } from '@televisit/shared/features/chat';
import type {
  Analytics,
  AuditLog,
  CalendarLink,
  Erasure,
  ParticipantAttendance,
  ParticipantList,
  SessionReport,
  UserData,
} from '@televisit/shared/reports';
import type { NodeList, NodeView } from '@televisit/shared/node-operations';
import type { FeedbackRequest, FeedbackView } from '@televisit/shared/features/feedback';
import type { SessionStatus } from '@televisit/shared/vocabulary';
import { instant, type CallOptions, type Instant } from './api-calls.ts';
import { ANY_TYPE } from './transport.ts';
import { commaList, WebhookCalls } from './webhook-calls.ts';

export interface CreateOptions extends CallOptions {
  /** A key that you choose for this visit. The same key with the same request returns the first response again. */
  readonly idempotencyKey?: string | undefined;
}

export interface LinkOptions extends CallOptions {
  /** Whether the calendar contains the URLs of the visits. */
  readonly link?: boolean | undefined;
}

/** Restricts a list of sessions. Fields that are not set match every session. */
export interface SessionFilter {
  readonly status?: SessionStatus | readonly SessionStatus[] | undefined;
  readonly appointmentId?: string | undefined;
  /** A user with a seat in the session. */
  readonly userId?: string | undefined;
  readonly courseId?: string | undefined;
  /** The SFU node on which the session is placed. */
  readonly node?: string | undefined;
  /** Scheduled at this time or later. */
  readonly from?: Instant | undefined;
  /** Scheduled before this time. */
  readonly to?: Instant | undefined;
  /** Sessions per page, 1 to 200; 50 by default. */
  readonly limit?: number | undefined;
}

export interface SessionPageFilter extends SessionFilter {
  /** The nextCursor of the previous page. */
  readonly cursor?: string | null | undefined;
}

/** A range of at most 366 days. The default is the last 30 days in UTC. */
export interface AnalyticsRange {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** The time zone that defines the calendar days, by its IANA name. */
  readonly timeZone?: string | undefined;
}

/**
 * Client of the session API of a Televisit server. For backends only, because it holds the internal secret. Calls that
 * are safe to repeat are retried after network errors, 429 and 502 to 504.
 * @throws {TelevisitApiError} from every method
 */
export class TelevisitApi extends WebhookCalls {
  /** Creates the session of an appointment, or returns the existing one. */
  createSession(
    request: CreateSessionRequest,
    { idempotencyKey, ...options }: CreateOptions = {},
  ): Promise<CreateSessionResponse> {
    const headers = idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey };
    return this.json('POST', ['sessions'], options, { body: request, headers });
  }

  /** Returns a page of sessions, newest first. */
  listSessions(filter: SessionPageFilter = {}, options: CallOptions = {}): Promise<SessionList> {
    return this.json('GET', ['sessions'], options, { query: queryOf(filter) });
  }

  /** Iterates over all sessions, newest first. Fetches pages on demand. */
  async *allSessions(
    filter: SessionFilter = {},
    options: CallOptions = {},
  ): AsyncGenerator<SessionView, void, void> {
    let cursor: string | null = null;
    do {
      const page: SessionList = await this.listSessions({ ...filter, cursor }, options);
      yield* page.sessions;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  getSession(sessionId: string, options: CallOptions = {}): Promise<SessionView> {
    return this.json('GET', ['sessions', sessionId], options);
  }

  /** Changes or reschedules a session. Omitted fields keep their value, null clears a field. */
  updateSession(
    sessionId: string,
    request: UpdateSessionRequest,
    options: CallOptions = {},
  ): Promise<SessionView> {
    return this.json('PATCH', ['sessions', sessionId], options, { body: request });
  }

  /** Makes a session live before the first participant enters. */
  startSession(sessionId: string, options: CallOptions = {}): Promise<SessionView> {
    return this.json('POST', ['sessions', sessionId, 'start'], options);
  }

  /** Ends a session and disconnects its participants. */
  endSession(sessionId: string, options: CallOptions = {}): Promise<SessionView> {
    return this.json('POST', ['sessions', sessionId, 'end'], options);
  }

  /** Cancels a session and disconnects its participants. */
  cancelSession(sessionId: string, options: CallOptions = {}): Promise<SessionView> {
    return this.json('DELETE', ['sessions', sessionId], options);
  }

  /** Returns a join link for a seat, valid for an hour. */
  joinSession(
    sessionId: string,
    request: JoinSessionRequest,
    options: CallOptions = {},
  ): Promise<JoinSessionResponse> {
    return this.json('POST', ['sessions', sessionId, 'join'], options, { body: request });
  }

  /** Returns all seats of a session with their attendance. */
  listParticipants(sessionId: string, options: CallOptions = {}): Promise<ParticipantList> {
    return this.json('GET', ['sessions', sessionId, 'participants'], options);
  }

  /** Removes a participant permanently. */
  removeParticipant(
    sessionId: string,
    userId: string,
    options: CallOptions = {},
  ): Promise<ParticipantAttendance> {
    return this.json('DELETE', ['sessions', sessionId, 'participants', userId], options);
  }

  /** Disconnects a participant, who may come back. */
  dismissParticipant(
    sessionId: string,
    userId: string,
    options: CallOptions = {},
  ): Promise<ParticipantAttendance> {
    return this.json('POST', ['sessions', sessionId, 'participants', userId, 'leave'], options);
  }

  /**
   * Shows a text to all participants who are currently in the visit; fails with 409 `nobody_here` if there are none.
   * Not retried if the response is lost.
   */
  announce(
    sessionId: string,
    request: AnnouncementRequest,
    options: CallOptions = {},
  ): Promise<AnnouncementResponse> {
    const rest = { body: request, idempotent: false };
    return this.json('POST', ['sessions', sessionId, 'announcements'], options, rest);
  }

  /** Submits the feedback of a participant, once per participant. Not retried if the response is lost. */
  giveFeedback(
    sessionId: string,
    request: FeedbackRequest,
    options: CallOptions = {},
  ): Promise<FeedbackView> {
    const rest = { body: request, idempotent: false };
    return this.json('POST', ['sessions', sessionId, 'feedback'], options, rest);
  }

  getReport(sessionId: string, options: CallOptions = {}): Promise<SessionReport> {
    return this.json('GET', ['sessions', sessionId, 'report'], options);
  }

  /** Returns the report as CSV (RFC 4180), one line per participant. */
  getReportCsv(sessionId: string, options: CallOptions = {}): Promise<string> {
    const rest = { query: { format: 'csv' } };
    return this.text('GET', ['sessions', sessionId, 'report'], 'text/csv', options, rest);
  }

  /** Returns the audit log of a session, oldest entry first. */
  getAudit(sessionId: string, options: CallOptions = {}): Promise<AuditLog> {
    return this.json('GET', ['sessions', sessionId, 'audit'], options);
  }

  /** Returns the chat messages of a session; empty if it does not keep its chat. */
  listMessages(sessionId: string, options: CallOptions = {}): Promise<ChatMessageList> {
    return this.json('GET', ['sessions', sessionId, 'messages'], options);
  }

  /** Returns the content of a chat file; `listMessages` returns its name and media type. */
  getFile(sessionId: string, fileId: string, options: CallOptions = {}): Promise<Uint8Array> {
    return this.bytes('GET', ['sessions', sessionId, 'files', fileId], ANY_TYPE, options);
  }

  /** Returns daily statistics over all sessions. */
  getAnalytics({ from, to, timeZone }: AnalyticsRange = {}, options: CallOptions = {}): Promise<Analytics> {
    const query = { from: instant(from), to: instant(to), timeZone };
    return this.json('GET', ['analytics'], options, { query });
  }

  /** Returns the session as a calendar file (RFC 5545), without names. */
  getCalendarFile(sessionId: string, { link, ...options }: LinkOptions = {}): Promise<string> {
    const rest = { query: { link: flag(link) } };
    return this.text('GET', ['sessions', sessionId, 'calendar.ics'], 'text/calendar', options, rest);
  }

  /** Returns the URL of a user's calendar feed. Treat it as a secret. */
  getCalendarLink(userId: string, { link, ...options }: LinkOptions = {}): Promise<CalendarLink> {
    return this.json('GET', ['users', userId, 'calendar-link'], options, { query: { link: flag(link) } });
  }

  /** Returns all personal data stored about a user. */
  exportUser(userId: string, options: CallOptions = {}): Promise<UserData> {
    return this.json('GET', ['users', userId, 'data'], options);
  }

  /** Erases the personal data of a user: a pseudonym replaces the user everywhere. */
  eraseUser(userId: string, options: CallOptions = {}): Promise<Erasure> {
    return this.json('DELETE', ['users', userId, 'data'], options);
  }

  /** Returns the SFU nodes of all servers, by name. */
  listNodes(options: CallOptions = {}): Promise<NodeList> {
    return this.json('GET', ['nodes'], options);
  }

  /** Moves all visits off a node. Its server exits when all of its nodes are empty, or at the deadline. */
  drainNode(
    nodeId: string,
    request: { readonly deadlineSeconds: number },
    options: CallOptions = {},
  ): Promise<NodeView> {
    return this.json('POST', ['nodes', nodeId, 'drain'], options, { body: request });
  }

  /** Lets a node accept visits again. */
  undrainNode(nodeId: string, options: CallOptions = {}): Promise<NodeView> {
    return this.json('DELETE', ['nodes', nodeId, 'drain'], options);
  }
}

function queryOf({ status, from, to, cursor, ...filter }: SessionPageFilter) {
  return {
    ...filter,
    status: commaList(status),
    from: instant(from),
    to: instant(to),
    cursor: cursor ?? undefined,
  };
}

function flag(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? '1' : '0';
}
