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
import type { FeedbackRequest, FeedbackView } from '@televisit/shared/features/feedback';
import type { SessionStatus } from '@televisit/shared/vocabulary';
import { instant, type CallOptions, type Instant } from './api-calls.ts';
import { ANY_TYPE } from './transport.ts';
import { NodeCalls } from './node-calls.ts';
import { commaList } from './webhook-calls.ts';

export interface CreateOptions extends CallOptions {
  /** A key of your own for this one visit: the same key with the same request gives the first answer again. */
  readonly idempotencyKey?: string | undefined;
}

export interface LinkOptions extends CallOptions {
  /** Whether the calendar has the addresses of the visits. */
  readonly link?: boolean | undefined;
}

/** Which sessions; what is not said does not matter. */
export interface SessionFilter {
  readonly status?: SessionStatus | readonly SessionStatus[] | undefined;
  readonly appointmentId?: string | undefined;
  /** Has a seat in the session. */
  readonly userId?: string | undefined;
  readonly courseId?: string | undefined;
  /** The SFU node that the session is placed on. */
  readonly node?: string | undefined;
  /** Scheduled at this time or later. */
  readonly from?: Instant | undefined;
  /** Scheduled before this time. */
  readonly to?: Instant | undefined;
  /** Sessions on a page, 1 to 200; 50 where nothing is said. */
  readonly limit?: number | undefined;
}

export interface SessionPageFilter extends SessionFilter {
  /** The nextCursor of the page before. */
  readonly cursor?: string | null | undefined;
}

/** The last 30 days in UTC where nothing is said, 366 days at most. */
export interface AnalyticsRange {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** Whose calendar days are counted: a name of the IANA database. */
  readonly timeZone?: string | undefined;
}

/**
 * The session API of a Televisit server, for backends: it holds the internal secret. Calls that may be repeated are,
 * on network errors, 429 and 502 to 504.
 * @throws TelevisitApiError from every method
 */
export class TelevisitApi extends NodeCalls {
  /** Creates the visit of an appointment, or finds the one it has. */
  createSession(
    request: CreateSessionRequest,
    { idempotencyKey, ...options }: CreateOptions = {},
  ): Promise<CreateSessionResponse> {
    const headers = idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey };
    return this.json('POST', ['sessions'], options, { body: request, headers });
  }

  /** A page of sessions, newest first. */
  listSessions(filter: SessionPageFilter = {}, options: CallOptions = {}): Promise<SessionList> {
    return this.json('GET', ['sessions'], options, { query: queryOf(filter) });
  }

  /** All sessions, newest first; pages are fetched as they are needed. */
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

  /** Changes or reschedules a session; what is not named stays, null clears. */
  updateSession(
    sessionId: string,
    request: UpdateSessionRequest,
    options: CallOptions = {},
  ): Promise<SessionView> {
    return this.json('PATCH', ['sessions', sessionId], options, { body: request });
  }

  /** Makes a session live before the first person enters. */
  startSession(sessionId: string, options: CallOptions = {}): Promise<SessionView> {
    return this.json('POST', ['sessions', sessionId, 'start'], options);
  }

  /** Ends a session; whoever is in it is disconnected. */
  endSession(sessionId: string, options: CallOptions = {}): Promise<SessionView> {
    return this.json('POST', ['sessions', sessionId, 'end'], options);
  }

  /** Cancels a session; whoever is in it is disconnected. */
  cancelSession(sessionId: string, options: CallOptions = {}): Promise<SessionView> {
    return this.json('DELETE', ['sessions', sessionId], options);
  }

  /** Makes a join link, good for an hour, for one of the seats. */
  joinSession(
    sessionId: string,
    request: JoinSessionRequest,
    options: CallOptions = {},
  ): Promise<JoinSessionResponse> {
    return this.json('POST', ['sessions', sessionId, 'join'], options, { body: request });
  }

  /** Who is, was or may be in the visit, and when. */
  listParticipants(sessionId: string, options: CallOptions = {}): Promise<ParticipantList> {
    return this.json('GET', ['sessions', sessionId, 'participants'], options);
  }

  /** Removes a person for good. */
  removeParticipant(
    sessionId: string,
    userId: string,
    options: CallOptions = {},
  ): Promise<ParticipantAttendance> {
    return this.json('DELETE', ['sessions', sessionId, 'participants', userId], options);
  }

  /** Makes a person leave; they may come back. */
  dismissParticipant(
    sessionId: string,
    userId: string,
    options: CallOptions = {},
  ): Promise<ParticipantAttendance> {
    return this.json('POST', ['sessions', sessionId, 'participants', userId, 'leave'], options);
  }

  /**
   * Shows a line of text to everybody who is in the visit now; 409 `nobody_here` where nobody is. Not repeated where the
   * answer got lost.
   */
  announce(
    sessionId: string,
    request: AnnouncementRequest,
    options: CallOptions = {},
  ): Promise<AnnouncementResponse> {
    const rest = { body: request, idempotent: false };
    return this.json('POST', ['sessions', sessionId, 'announcements'], options, rest);
  }

  /** Hands in a person's feedback, once for each person. Not repeated where the answer got lost. */
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

  /** The report as CSV (RFC 4180), a line for each person. */
  getReportCsv(sessionId: string, options: CallOptions = {}): Promise<string> {
    const rest = { query: { format: 'csv' } };
    return this.text('GET', ['sessions', sessionId, 'report'], 'text/csv', options, rest);
  }

  /** Who did what to the session, oldest first. */
  getAudit(sessionId: string, options: CallOptions = {}): Promise<AuditLog> {
    return this.json('GET', ['sessions', sessionId, 'audit'], options);
  }

  /** What was said in the chat; empty where the visit does not keep it. */
  listMessages(sessionId: string, options: CallOptions = {}): Promise<ChatMessageList> {
    return this.json('GET', ['sessions', sessionId, 'messages'], options);
  }

  /** The bytes of a file from the chat; `listMessages` has its name and media type. */
  getFile(sessionId: string, fileId: string, options: CallOptions = {}): Promise<Uint8Array> {
    return this.bytes('GET', ['sessions', sessionId, 'files', fileId], ANY_TYPE, options);
  }

  /** Figures over many visits, day by day. */
  getAnalytics({ from, to, timeZone }: AnalyticsRange = {}, options: CallOptions = {}): Promise<Analytics> {
    const query = { from: instant(from), to: instant(to), timeZone };
    return this.json('GET', ['analytics'], options, { query });
  }

  /** The visit as a calendar file (RFC 5545), without names. */
  getCalendarFile(sessionId: string, { link, ...options }: LinkOptions = {}): Promise<string> {
    const rest = { query: { link: flag(link) } };
    return this.text('GET', ['sessions', sessionId, 'calendar.ics'], 'text/calendar', options, rest);
  }

  /** The address under which a person can subscribe to their visits; treat it as a secret. */
  getCalendarLink(userId: string, { link, ...options }: LinkOptions = {}): Promise<CalendarLink> {
    return this.json('GET', ['users', userId, 'calendar-link'], options, { query: { link: flag(link) } });
  }

  /** Everything that is kept about a person. */
  exportUser(userId: string, options: CallOptions = {}): Promise<UserData> {
    return this.json('GET', ['users', userId, 'data'], options);
  }

  /** Erases a person: a pseudonym takes their place everywhere. */
  eraseUser(userId: string, options: CallOptions = {}): Promise<Erasure> {
    return this.json('DELETE', ['users', userId, 'data'], options);
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
