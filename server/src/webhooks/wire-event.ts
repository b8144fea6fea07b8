import {
  WEBHOOK_EVENT_TYPES,
  webhookEventId,
  type WebhookEvent,
  type WebhookEventOf,
  type WebhookEventType,
} from '@televisit/shared/webhooks';
import { iso, isoOrNull } from '../domain/clock.ts';
import type { SessionEvent } from '../domain/events.ts';
import type { Session } from '../domain/session.ts';

const TOLD: ReadonlySet<string> = new Set(WEBHOOK_EVENT_TYPES);

/** Whether endpoints are told of what happened; some of it is for the audit log alone. */
export function isTold(type: SessionEvent['type']): type is WebhookEventType {
  return TOLD.has(type);
}

/**
 * What an endpoint is told of something that happened to a session. People go by the ids that they have now: whoever was
 * erased meanwhile by a pseudonym.
 * @returns null where nobody is told
 */
export function wireEvent(session: Session, event: SessionEvent): WebhookEvent | null {
  const { sessionId, appointmentId } = session;
  const tell = <T extends WebhookEventType>(type: T, data: WebhookEventOf<T>['data']) =>
    ({
      id: webhookEventId(sessionId, event.seq),
      type,
      timestamp: iso(event.at),
      sessionId,
      appointmentId,
      sequence: event.seq,
      data,
    }) as WebhookEvent;
  const plan = { scheduledAt: iso(session.scheduledAt), durationMinutes: session.durationMinutes };
  // A visit whose time ran out while the server was away ended before that was written.
  const endedAt = iso(session.endedAt ?? event.at);
  switch (event.type) {
    case 'session.created':
      return tell(event.type, plan);
    case 'session.updated':
      return tell(event.type, { ...plan, fields: [...event.fields] });
    case 'session.reminder':
      return tell(event.type, { minutesBefore: event.minutesBefore, startsAt: iso(event.startsAt) });
    case 'session.cancelled':
      return tell(event.type, { cancelledAt: endedAt });
    case 'session.no_show':
      return tell(event.type, { ...plan, closedAt: endedAt });
    case 'meeting.started':
      return tell(event.type, { startedAt: iso(session.startedAt ?? event.at) });
    case 'meeting.ended':
      return tell(event.type, {
        startedAt: isoOrNull(session.startedAt),
        endedAt,
        reason: event.reason,
        participants: lastStretches(session, endedAt),
      });
    case 'participant.waiting':
      return tell(event.type, { ...person(session, event.seat), waitingSince: iso(event.at) });
    case 'participant.joined': {
      const { number, joinedAt, reconnects } = event.interval ?? unknownInterval(event);
      const stretch = { interval: number, joinedAt: iso(joinedAt), reconnects };
      return tell(event.type, { ...person(session, event.seat), ...stretch });
    }
    case 'participant.left': {
      const { number, joinedAt, leftAt, reconnects } = event.interval ?? unknownInterval(event);
      const stretch = { interval: number, joinedAt: iso(joinedAt), reconnects, leftAt: iso(leftAt) };
      return tell(event.type, { ...person(session, event.seat), ...stretch, reason: event.reason });
    }
    case 'participant.admitted':
    case 'participant.removed':
    case 'quality.degraded':
      return tell(event.type, person(session, event.seat));
    case 'chat.file_shared': {
      const { bytes, contentType } = event;
      return tell(event.type, { ...person(session, event.seat), bytes, contentType });
    }
    case 'feedback.submitted':
      return tell(event.type, { ...person(session, event.seat), rating: event.rating });
    case 'report.ready':
      return tell(event.type, {});
    default:
      return null;
  }
}

function person({ seats }: Session, place: number) {
  const seat = seats[place];
  if (!seat) throw new Error(`There is no seat ${place}.`);
  return { userId: seat.userId, role: seat.role };
}

/** What a server of an older version wrote says no more. */
function unknownInterval({ at }: SessionEvent) {
  return { number: 1, joinedAt: at, leftAt: at, reconnects: 0 };
}

/** Whoever was in at the end left without an event of their own, and so did who came and went too often to be told. */
function lastStretches(session: Session, endedAt: string) {
  return session.seats.flatMap((_, place) => {
    const own = session.intervals.filter(({ seat }) => seat === place);
    const last = own.at(-1);
    if (!last) return [];
    const { joinedAt, leftAt, reconnects } = last;
    return {
      ...person(session, place),
      interval: own.length,
      joinedAt: iso(joinedAt),
      reconnects,
      leftAt: isoOrNull(leftAt) ?? endedAt,
    };
  });
}
