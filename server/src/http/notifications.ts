import { TelevisitError } from '@televisit/shared/errors';
import type { NotificationView } from '@televisit/shared/notifications';
import type { Request } from 'express';
import type { JoinTokens } from '../access/join-token.ts';
import { iso, isoOrNull, type Clock } from '../core/clock.ts';
import type { Notification, NotificationStore } from '../domain/notification-store.ts';
import { requireLink, requireMember } from '../domain/people.ts';
import type { PushStore } from '../domain/push-store.ts';
import { informed } from '../domain/reminders.ts';
import { wantsMessages } from '../domain/seats.ts';
import { isOver, seatIndex, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { isPushService, type WebPushSettings } from '../notify/web-push.ts';
import { areBrowserKeys } from '../notify/web-push-encryption.ts';
import { claimsOf } from './auth.ts';
import type { OperationHandlers } from './operation.ts';
import { refuseField } from './problem.ts';

export interface NotificationHandlersOptions {
  readonly sessions: Sessions;
  readonly notifications: NotificationStore;
  readonly subscriptions: PushStore;
  readonly tokens: JoinTokens;
  readonly clock: Clock;
  /** Null if the server sends no push messages. */
  readonly pushSettings: WebPushSettings | null;
}

/** The number of browsers in which a person can receive push messages about a visit. */
const MAX_BROWSERS = 5;

/** Handles `/sessions/{sessionId}/notifications`. */
export function notificationHandlers({
  sessions,
  notifications,
}: Pick<NotificationHandlersOptions, 'sessions' | 'notifications'>): OperationHandlers<'listNotifications'> {
  return {
    listNotifications: async ({ params }) => {
      const session = await sessions.get(params.sessionId);
      const found = await notifications.ofSession(session.sessionId);
      return { status: 200, body: { notifications: found.map((one) => notificationView(one, session)) } };
    },
  };
}

/** Handles `/visits/{sessionId}/push` for the join page. */
export function pushHandlers(
  options: NotificationHandlersOptions,
): OperationHandlers<'subscribePush' | 'unsubscribePush'> {
  const { sessions, subscriptions, clock, pushSettings } = options;
  const browsersOf = async (session: Session, seat: number) =>
    (await subscriptions.ofSession(session.sessionId)).filter((one) => one.seat === seat);
  return {
    subscribePush: async ({ params, body, request }) => {
      const { session, seat } = await personOf(options, request, params.sessionId);
      if (!pushSettings) throw new TelevisitError('push_off');
      requireMember(session, session.seats[seat]?.userId ?? '');
      if (isOver(session)) throw new TelevisitError('session_over');
      const { endpoint, keys } = body;
      if (!isPushService(endpoint, pushSettings.allowedHosts)) throw new TelevisitError('push_endpoint');
      if (!areBrowserKeys(keys)) refuseField('keys', 'must be a key of P-256 and a secret of 16 bytes');
      const { sessionId } = session;
      const isKnown = (await browsersOf(session, seat)).some((one) => one.endpoint === endpoint);
      await subscriptions.put({ sessionId, seat, endpoint, ...keys, createdAt: clock.now() }, MAX_BROWSERS);
      // From now on the person knows of the visit's time, so that changes of it are announced.
      await sessions.apply(sessionId, informed);
      await sessions.apply(sessionId, wantsMessages(seat, 'pushOptOut', true, { type: 'participant', seat }));
      if (!isKnown) {
        await sessions.note(sessionId, { type: 'push.subscribed', seat, by: { type: 'participant', seat } });
      }
      return { status: 200, body: { subscriptions: (await browsersOf(session, seat)).length } };
    },

    unsubscribePush: async ({ params, request }) => {
      const { session, seat } = await personOf(options, request, params.sessionId);
      const { sessionId } = session;
      const had = (await browsersOf(session, seat)).length > 0;
      await subscriptions.deleteSeat(sessionId, seat);
      if (had) {
        await sessions.note(sessionId, {
          type: 'push.unsubscribed',
          seat,
          by: { type: 'participant', seat },
        });
      }
      return { status: 200, body: { subscriptions: 0 } };
    },
  };
}

/** Returns the person of a join token and their seat. @throws {TelevisitError} `token_…`, `session_not_found` */
async function personOf(
  { tokens, sessions }: NotificationHandlersOptions,
  request: Request,
  sessionId: string,
): Promise<{ readonly session: Session; readonly seat: number }> {
  const claims = claimsOf(tokens, request, sessionId);
  const session = await sessions.get(sessionId);
  requireLink(session, claims);
  const seat = seatIndex(session, claims.sub);
  // The person was erased.
  if (seat < 0) throw new TelevisitError('token_revoked');
  return { session, seat };
}

function notificationView(notification: Notification, { seats }: Session): NotificationView {
  const { notificationId, channel, kind, minutesBefore, state, createdAt, dueAt, settledAt } = notification;
  return {
    notificationId,
    userId: seats[notification.seat]?.userId ?? '',
    channel,
    kind,
    minutesBefore,
    state,
    createdAt: iso(createdAt),
    dueAt: isoOrNull(dueAt),
    settledAt: isoOrNull(settledAt),
    attempts: notification.attempts,
    error: notification.error,
  };
}
