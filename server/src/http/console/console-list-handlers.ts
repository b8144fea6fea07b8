import type { ErrorCode } from '@televisit/shared/errors';
import { NEWEST_FIRST, type SessionFilter } from '../../domain/session-store.ts';
import { seatIndex, type Session } from '../../domain/session.ts';
import { decodeFailureCursor, encodeFailureCursor } from '../../domain/cursor.ts';
import { pageOfSessions } from '../sessions.ts';
import type { ConsoleHandlers, ConsoleHandlersOptions, RecordRead } from './console-call.ts';

/** The most sessions that a search returns. */
const MAX_FOUND = 50;

/** Handles the lists and the search of the console, which never name people. */
export function sessionListHandlers(
  { store, views }: Pick<ConsoleHandlersOptions, 'store' | 'views'>,
  recordRead: RecordRead,
): ConsoleHandlers<'listConsoleSessions' | 'searchSessions' | 'listJoinFailures'> {
  const { nameless } = views;
  const linesOf = (sessions: readonly Session[]) => sessions.map((session) => nameless.line(session));
  return {
    listConsoleSessions: async ({ query: { status, node, limit, cursor } }) => {
      const filter: SessionFilter = {
        ...(status === undefined ? {} : { statuses: [...new Set(status)] }),
        ...(node === undefined ? {} : { nodeId: node }),
      };
      const { page, nextCursor } = await pageOfSessions(store, filter, {
        limit,
        cursor,
        order: NEWEST_FIRST,
      });
      return { status: 200, body: { sessions: linesOf(page), nextCursor } };
    },

    searchSessions: async (call) => {
      const { q } = call.query;
      const session = await store.get(q);
      if (session) return { status: 200, body: { matches: 'session', sessions: linesOf([session]) } };
      const ofAppointment = await store.list({ appointmentId: q }, MAX_FOUND);
      if (ofAppointment.length > 0) {
        return { status: 200, body: { matches: 'appointment', sessions: linesOf(ofAppointment) } };
      }
      const ofUser = await store.list({ userId: q }, MAX_FOUND);
      // The audit log has every search that shows which visits a person has.
      for (const found of ofUser) {
        await recordRead(call, found.sessionId, { type: 'console.found', seat: seatIndex(found, q) });
      }
      return {
        status: 200,
        body: { matches: ofUser.length > 0 ? 'user' : null, sessions: linesOf(ofUser) },
      };
    },

    listJoinFailures: async (call) => {
      const { sessionId, code, limit, cursor } = call.query;
      const filter = {
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(code === undefined ? {} : { code: code as ErrorCode }),
      };
      const after = cursor === undefined ? undefined : decodeFailureCursor(cursor);
      const found = await store.observations.failures(filter, limit + 1, after);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const ids = [...new Set([sessionId ?? [], ...page.map((failure) => failure.sessionId)].flat())];
      const sessions = new Map(await Promise.all(ids.map(async (id) => [id, await store.get(id)] as const)));
      if (sessionId !== undefined && sessions.get(sessionId)) {
        await recordRead(call, sessionId, { type: 'console.read', part: 'failures' });
      }
      const named = sessionId === undefined ? nameless : views;
      return {
        status: 200,
        body: {
          failures: page.map((failure) => named.failure(sessions.get(failure.sessionId), failure)),
          nextCursor: found.length > limit && last ? encodeFailureCursor(last) : null,
        },
      };
    },
  };
}
