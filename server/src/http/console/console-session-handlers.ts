import { QUALITY_SECONDS } from '@televisit/shared/console.vocabulary';
import type { ConsoleQuality, ConsoleSessionDetail } from '@televisit/shared/console';
import { iso } from '../../core/clock.ts';
import { decodeHistoryCursor, encodeHistoryCursor } from '../../domain/cursor.ts';
import { attendanceOf, reportOf } from '../../domain/report.ts';
import type { Session } from '../../domain/session.ts';
import { nodeOperations } from '../nodes.ts';
import { deliveryOperations } from '../webhook-deliveries.ts';
import type { ConsoleCall, ConsoleHandlers, ConsoleHandlersOptions, RecordRead } from './console-call.ts';
import { recordingView } from './console-views.ts';

type SessionOperation =
  | 'getConsoleSessionDetail'
  | 'getQuality'
  | 'getHistory'
  | 'listConsoleDeliveries'
  | 'listMessages'
  | 'listConsoleRecordings';

/** Handles everything about one session. Each read is in its audit log. */
export function sessionDetailHandlers(
  options: ConsoleHandlersOptions,
  recordRead: RecordRead,
): ConsoleHandlers<SessionOperation> {
  const { sessions, store, views, recordingsOf } = options;
  const deliveries = deliveryOperations(options);
  const nodes = nodeOperations(options);
  /** Returns the session, and records that a part of it is read. @throws {TelevisitError} `session_not_found` */
  const read = async (call: ConsoleCall<SessionOperation>, part: string) => {
    const session = await sessions.get(call.params.sessionId);
    await recordRead(call, session.sessionId, { type: 'console.read', part });
    return session;
  };
  return {
    getConsoleSessionDetail: async (call) => {
      const session = await read(call, 'session');
      const node = (await nodes.list()).find(({ nodeId }) => nodeId === session.placement.nodeId);
      return { status: 200, body: detailOf(options, session, node?.state ?? null) };
    },

    getQuality: async (call) => {
      const session = await read(call, 'quality');
      return { status: 200, body: await qualityOf(options, session) };
    },

    getHistory: async (call) => {
      const session = await read(call, 'history');
      const { limit, cursor } = call.query;
      const from = cursor === undefined ? 0 : decodeHistoryCursor(cursor);
      const history = await store.history(session.sessionId);
      const page = history.slice(from, from + limit);
      const end = from + page.length;
      const nextCursor = end < history.length ? encodeHistoryCursor(end) : null;
      return { status: 200, body: { entries: views.history(session, page), nextCursor } };
    },

    listConsoleDeliveries: async (call) => {
      const { sessionId } = await read(call, 'deliveries');
      const { limit, cursor } = call.query;
      return { status: 200, body: await deliveries.page({ sessionId }, limit, cursor) };
    },

    listMessages: async (call) => {
      const session = await read(call, 'messages');
      const mails = await store.mail.ofSession(session.sessionId);
      const notifications = await store.notifications.ofSession(session.sessionId);
      const messages = [
        ...mails.map((mail) => views.mail(session, mail)),
        ...notifications.map((notification) => views.notification(session, notification)),
      ];
      // RFC 3339 in UTC sorts as text.
      messages.sort((left, right) => (left.createdAt < right.createdAt ? -1 : 1));
      return { status: 200, body: { messages } };
    },

    listConsoleRecordings: async (call) => {
      const session = await read(call, 'recordings');
      return { status: 200, body: { recordings: (await recordingsOf(session)).map(recordingView) } };
    },
  };
}

function detailOf(
  { views, features, clock }: ConsoleHandlersOptions,
  session: Session,
  nodeState: ConsoleSessionDetail['nodeState'],
): ConsoleSessionDetail {
  const now = clock.now();
  const report = reportOf(session, now, features);
  return {
    ...views.line(session),
    updatedAt: iso(session.updatedAt),
    opensAt: iso(session.opensAt),
    closesAt: iso(session.closesAt),
    nodeState,
    durationSeconds: report.durationSeconds,
    attendance: report.participants.flatMap((figures, seat) => {
      const person = views.person(session, seat);
      if (!person) return [];
      const { connected, intervals, removedAt } = attendanceOf(session, seat, now);
      return {
        person,
        present: connected,
        waiting: session.seats[seat]?.waitingSince != null,
        removedAt,
        intervals,
        minutes: figures.minutes,
        waitingSeconds: figures.waitingSeconds,
        reconnects: figures.reconnects,
        impairedMinutes: figures.impairedMinutes,
        quality: figures.quality,
        rating: session.feedback.find((given) => given.seat === seat)?.rating ?? null,
      };
    }),
  };
}

async function qualityOf(
  { store, views }: ConsoleHandlersOptions,
  session: Session,
): Promise<ConsoleQuality> {
  const points = await store.observations.quality(session.sessionId);
  return {
    stepSeconds: QUALITY_SECONDS,
    series: session.seats.flatMap((_, seat) => {
      const person = views.person(session, seat);
      const own = points.filter((point) => point.seat === seat);
      if (!person || own.length === 0) return [];
      return {
        person,
        points: own.map(({ at, network, sent, received }) => ({ at: iso(at), network, sent, received })),
      };
    }),
  };
}
