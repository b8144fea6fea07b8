import { messagesPage } from '../notify/messages-page.ts';
import { NotificationPlanner } from '../notify/notification-planner.ts';
import { NotificationSender } from '../notify/notification-sender.ts';
import { DeliveryReports } from '../notify/delivery-reports.ts';
import { GatewayNotifier } from '../notify/gateway.ts';
import type { Notifier, OutgoingPush, OutgoingSms } from '../notify/notifier.ts';
import { TwilioNotifier } from '../notify/twilio.ts';
import { WebPushNotifier } from '../notify/web-push.ts';
import type { Store } from '../domain/session-store.ts';
import type { Session } from '../domain/session.ts';
import { MESSAGES_PATH } from '../http/messages.ts';
import { TWILIO_REPORTS_PATH } from '../http/sms-reports.ts';
import { joinPage } from '../http/views.ts';
import { AddressGuard } from '../webhooks/address-guard.ts';
import { HttpWebhookSender } from '../webhooks/sender.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Domain } from './domain.ts';
import type { Environment } from './environment.ts';
import type { WebServer } from './web-server.ts';

export interface Notifications {
  /** Null if the server sends neither text nor push messages. */
  readonly sender: NotificationSender | null;
  readonly planner: NotificationPlanner | null;
  readonly reports: DeliveryReports;
  /** Returns where a person chooses their text and push messages; null if the server can send them none. */
  readonly messagesLinkOf: (session: Session, seat: number) => string | null;
  readonly messagesPage: (session: Session, seat: number) => Promise<string>;
}

/** Builds the planning and sending of text and push messages, if they are configured. */
export function buildNotifications(
  environment: Environment,
  store: Store,
  { sessions, access }: Domain,
  web: WebServer,
  metrics: Metrics | null,
): Notifications {
  const { config, clock, logger, notificationLeaseMs, resources } = environment;
  const reports = new DeliveryReports({ notifications: store.notifications, sessions, clock });
  const { sms: smsSettings, push: pushSettings, quietHours } = config.notify;
  const page = messagesPageOf(environment, store, access, web);
  if (!smsSettings && !pushSettings) return { sender: null, planner: null, reports, ...page };
  const linkOf = (session: Session, seat: number) => {
    const code = access.invitations.issueCode(session, seat);
    const base = web.clientBaseUrl();
    return code === null
      ? `${joinPage(base, session)}/${access.invitations.issue(session, seat)}`
      : `${base}/j/${code}`;
  };
  const push =
    pushSettings &&
    new WebPushNotifier({
      settings: pushSettings,
      sender: new HttpWebhookSender({ guard: new AddressGuard(pushSettings.allowedHosts), clock }),
      clock,
    });
  const rules = { quietHours, timeZone: config.mailTimeZone };
  const sender = new NotificationSender({
    store,
    sessions,
    sms: counted(smsNotifier(environment), metrics),
    push: counted(push, metrics),
    rules,
    clock,
    logger,
    linkOf,
    ...(notificationLeaseMs === undefined ? {} : { leaseMs: notificationLeaseMs }),
  });
  resources.defer(() => sender.stop());
  const channels = { sms: smsSettings !== null, push: push !== null };
  const planner = new NotificationPlanner({ store, channels, rules, clock, wake: () => sender.wake() });
  return { sender, planner, reports, ...page };
}

function counted<M extends OutgoingSms | OutgoingPush>(
  notifier: Notifier<M> | null,
  metrics: Metrics | null,
): Notifier<M> | null {
  return notifier && metrics ? metrics.deliveries.notifier(notifier) : notifier;
}

function smsNotifier({ config, clock }: Environment): Notifier<OutgoingSms> | null {
  const { sms: settings } = config.notify;
  if (settings === null) return null;
  if (settings.provider === 'twilio') {
    const { clientBaseUrl } = config;
    // Twilio refuses messages whose StatusCallback it can't reach: without a public address, or with "_" in the host name.
    const isReachable = clientBaseUrl !== null && !new URL(clientBaseUrl).hostname.includes('_');
    const reportsTo = (key: string) =>
      isReachable ? `${clientBaseUrl}${TWILIO_REPORTS_PATH}?notification=${encodeURIComponent(key)}` : null;
    return new TwilioNotifier({ settings, clock, reportsTo });
  }
  const sender = new HttpWebhookSender({ guard: new AddressGuard(config.webhooks.allowedHosts), clock });
  return new GatewayNotifier({ settings, sender, clock });
}

/** Builds the page on which people choose their messages, and its links. */
function messagesPageOf(
  { config }: Environment,
  store: Store,
  { invitations }: Domain['access'],
  web: WebServer,
): Pick<Notifications, 'messagesLinkOf' | 'messagesPage'> {
  const { sms, push } = config.notify;
  return {
    messagesLinkOf: (session, place) => {
      const phone = session.seats[place]?.phone ?? null;
      const code = invitations.issueCode(session, place, 'messages');
      const isOffered = push !== null || (sms !== null && phone !== null);
      return isOffered && code !== null ? `${web.clientBaseUrl()}${MESSAGES_PATH}/${code}` : null;
    },
    messagesPage: async (session, place) => {
      const seat = session.seats[place];
      if (!seat) throw new Error(`There is no seat ${place}.`);
      const browsers = push ? await store.push.ofSession(session.sessionId) : [];
      const reachable = [
        ...(sms !== null && seat.phone !== null ? (['sms'] as const) : []),
        ...(browsers.some((one) => one.seat === place) ? (['push'] as const) : []),
      ];
      const sendsMail = config.mail !== null;
      return messagesPage({ session, seat, reachable, sendsMail, timeZone: config.mailTimeZone });
    },
  };
}
