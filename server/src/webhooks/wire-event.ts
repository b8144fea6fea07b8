import {
  WEBHOOK_EVENT_TYPES,
  webhookEventId,
  type WebhookEvent,
  type WebhookEventOf,
  type WebhookEventType,
} from '@televisit/shared/webhooks';
import { iso, isoOrNull } from '../core/clock.ts';
import type { SessionEvent } from '../domain/events.ts';
import type { FeatureRecords } from '../domain/feature.ts';
import { eventPerson } from '../domain/people.ts';
import type { Session } from '../domain/session.ts';
import { waitOf } from '../domain/attendance.ts';

const PUBLISHED: ReadonlySet<string> = new Set(WEBHOOK_EVENT_TYPES);

/** Returns whether events of this type are sent to endpoints; others are only for the audit log. */
export function isPublished(type: SessionEvent['type']): type is WebhookEventType {
  return PUBLISHED.has(type);
}

/**
 * Returns an event as it is sent to endpoints, with the current ids of participants: an erased one has a pseudonym.
 * @returns null if the type is not published
 */
export function wireEvent(
  session: Session,
  event: SessionEvent,
  features: readonly FeatureRecords[],
): WebhookEvent | null {
  const { sessionId, appointmentId } = session;
  const envelope = (data: WebhookEvent['data']) =>
    ({
      id: webhookEventId(sessionId, event.seq),
      type: event.type,
      timestamp: iso(event.at),
      sessionId,
      appointmentId,
      sequence: event.seq,
      data,
    }) as WebhookEvent;
  const publish = <T extends WebhookEventType>(_type: T, data: WebhookEventOf<T>['data']) => envelope(data);
  const plan = { scheduledAt: iso(session.scheduledAt), durationMinutes: session.durationMinutes };
  // A session that expired while the server was down ended before the event was stored.
  const endedAt = iso(session.endedAt ?? event.at);
  switch (event.type) {
    case 'session.created':
    case 'session.reopened':
      return publish(event.type, plan);
    case 'session.updated':
      return publish(event.type, { ...plan, fields: [...event.fields] });
    case 'session.reminder':
      return publish(event.type, { minutesBefore: event.minutesBefore, startsAt: iso(event.startsAt) });
    case 'session.closing_soon':
      return publish(event.type, { closesAt: iso(event.closesAt) });
    case 'session.cancelled':
      return publish(event.type, { cancelledAt: endedAt, waited: waits(session) });
    case 'session.no_show':
      return publish(event.type, { ...plan, closedAt: endedAt });
    case 'session.host_absent':
      return publish(event.type, { ...plan, endedAt, waited: waits(session) });
    case 'meeting.started':
      return publish(event.type, { startedAt: iso(session.startedAt ?? event.at) });
    case 'meeting.ended':
      return publish(event.type, {
        startedAt: isoOrNull(session.startedAt),
        endedAt,
        reason: event.reason,
        participants: lastIntervals(session, endedAt),
        waited: waits(session),
      });
    case 'participant.joined': {
      const { number, joinedAt, reconnects } = event.interval ?? unknownInterval(event);
      const interval = { interval: number, joinedAt: iso(joinedAt), reconnects };
      return publish(event.type, { ...eventPerson(session, event.seat), ...interval });
    }
    case 'participant.left': {
      const { number, joinedAt, leftAt, reconnects } = event.interval ?? unknownInterval(event);
      const interval = { interval: number, joinedAt: iso(joinedAt), reconnects, leftAt: iso(leftAt) };
      return publish(event.type, { ...eventPerson(session, event.seat), ...interval, reason: event.reason });
    }
    case 'participant.added': {
      const replaces = event.replaces === undefined ? null : eventPerson(session, event.replaces).userId;
      return publish(event.type, { ...eventPerson(session, event.seat), replaces });
    }
    case 'participant.updated':
      return publish(event.type, { ...eventPerson(session, event.seat), fields: [...event.fields] });
    case 'participant.removed':
    case 'participant.restored':
    case 'participant.links_revoked':
    case 'quality.degraded':
      return publish(event.type, eventPerson(session, event.seat));
    case 'session.provider_changed':
      return publish(event.type, { from: event.from, to: event.to, reason: event.reason });
    case 'session.provider_failed':
      return publish(event.type, { provider: event.provider, reason: event.reason });
    case 'report.ready':
    case 'report.updated':
      return publish(event.type, {});
    default: {
      const data = featureData(session, event, features);
      return data ? envelope(data) : null;
    }
  }
}

/** Returns the data of an event of a feature; undefined if no feature publishes it. */
function featureData(
  session: Session,
  event: SessionEvent,
  features: readonly FeatureRecords[],
): WebhookEvent['data'] | undefined {
  for (const { webhooks } of features) {
    // Each key of `FeatureWebhooks` has the function for events of that type, which is lost in the lookup.
    const dataOf = (webhooks as Record<string, AnyDataOf> | undefined)?.[event.type];
    if (dataOf) return dataOf(session, event);
  }
  return undefined;
}

type AnyDataOf = (session: Session, event: SessionEvent) => WebhookEvent['data'];

/** Returns the interval of events from older versions, which did not store it. */
function unknownInterval({ at }: SessionEvent) {
  return { number: 1, joinedAt: at, leftAt: at, reconnects: 0 };
}

/** Returns each participant's last interval: the end of the session produces no `participant.left` events. */
function lastIntervals(session: Session, endedAt: string) {
  return session.seats.flatMap((_, place) => {
    const own = session.intervals.filter(({ seat }) => seat === place);
    const last = own.at(-1);
    if (!last) return [];
    const { joinedAt, leftAt, reconnects } = last;
    return {
      ...eventPerson(session, place),
      interval: own.length,
      joinedAt: iso(joinedAt),
      reconnects,
      leftAt: isoOrNull(leftAt) ?? endedAt,
    };
  });
}

/** Returns everyone who waited, with the seconds up to the end of the session. */
function waits(session: Session) {
  return session.seats.flatMap((_, seat) => {
    const waitingSeconds = Math.round(waitOf(session, seat, session.endedAt ?? session.updatedAt) / 1000);
    return waitingSeconds === 0 ? [] : [{ ...eventPerson(session, seat), waitingSeconds }];
  });
}
