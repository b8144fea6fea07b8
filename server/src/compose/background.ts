import { every } from '../core/timing.ts';
import type { Store } from '../domain/session-store.ts';
import { Sweeper } from '../domain/sweeper.ts';
import { FEATURE_RECORDS } from '../features/index.ts';
import { joinPage } from '../http/views.ts';
import { Mailer } from '../mail/mailer.ts';
import { Reminders } from '../mail/reminders.ts';
import type { MailSettings } from '../mail/mail-settings.ts';
import { smtpTransport } from '../mail/smtp.ts';
import { AddressGuard } from '../webhooks/address-guard.ts';
import { WebhookEndpoints } from '../webhooks/endpoints.ts';
import { Outbox } from '../webhooks/outbox.ts';
import { HttpWebhookSender } from '../webhooks/sender.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Cluster } from './cluster.ts';
import type { Domain } from './domain.ts';
import type { Environment } from './environment.ts';
import type { Media } from './media.ts';
import type { Notifications } from './notify.ts';
import type { WebServer } from './web-server.ts';

const DAY_MS = 24 * 60 * 60_000;
/** The interval at which the clock of the machine is compared with that of this process, in milliseconds. */
const CLOCK_CHECK_MS = 60_000;
/** A difference that NTP corrects by itself, in milliseconds. */
const CLOCK_TOLERANCE_MS = 5000;

/** Warns the operator if the time of the machine is set, which this process does not follow while it runs. */
export function watchClock({ clock, logger, resources }: Environment): void {
  const difference = () => Date.now() - clock.now();
  let known = difference();
  const check = () => {
    const seconds = Math.round((difference() - known) / 1000);
    if (Math.abs(seconds) * 1000 < CLOCK_TOLERANCE_MS) return;
    known = difference();
    logger.warn({ seconds }, 'the time of the machine was set, restart the server to follow it');
  };
  const onError = (error: unknown) => logger.warn({ err: error }, 'failed to compare clocks');
  const loop = every(clock, CLOCK_CHECK_MS, check, onError);
  resources.defer(() => loop.stop());
}

export interface Webhooks {
  readonly endpoints: WebhookEndpoints;
  readonly outbox: Outbox;
}

/** Builds the delivery of events to webhook endpoints, and stores the endpoint of the configuration. */
export async function buildWebhooks(
  { config, clock, ids, logger, tracer, webhookTimes: times, resources }: Environment,
  store: Store,
  metrics: Metrics | null,
): Promise<Webhooks> {
  const guard = new AddressGuard(config.webhooks.allowedHosts);
  const sender = new HttpWebhookSender({ guard, clock, timeoutMs: times.timeoutMs });
  const endpoints = new WebhookEndpoints({ store: store.webhooks, sender, guard, clock, ids });
  await endpoints.configure(config.webhooks.endpoint);
  const outbox = new Outbox({
    store,
    features: FEATURE_RECORDS,
    sender,
    clock,
    owner: ids.unique(),
    times,
    logger,
    tracer,
    onOutcome: (state) => metrics?.deliveries.webhook(state),
  });
  resources.defer(() => outbox.close());
  return { endpoints, outbox };
}

export interface Mail {
  /** Null if the server sends no mail. */
  readonly mailer: Mailer | null;
  readonly reminders: Reminders;
}

/** Builds the reminders of sessions, and the sending of mail if it is configured. */
export function buildMail(
  { config, clock, logger, mailLeaseMs, resources }: Environment,
  store: Store,
  { sessions, access }: Domain,
  web: WebServer,
  { planner, messagesLinkOf }: Pick<Notifications, 'planner' | 'messagesLinkOf'>,
  metrics: Metrics | null,
): Mail {
  const transportOf = ({ server, from }: MailSettings) => {
    const transport = smtpTransport(server, from);
    return metrics?.deliveries.mailTransport(transport) ?? transport;
  };
  const mailer = config.mail
    ? new Mailer({
        ...config.mail,
        store: store.mail,
        sessions,
        transport: transportOf(config.mail),
        clock,
        logger,
        timeZone: config.mailTimeZone,
        host: () => new URL(web.clientBaseUrl()).hostname,
        linkOf: (session, seat) =>
          `${joinPage(web.clientBaseUrl(), session)}/${access.invitations.issue(session, seat)}`,
        messagesLinkOf,
        ...(mailLeaseMs === undefined ? {} : { leaseMs: mailLeaseMs }),
      })
    : null;
  resources.defer(() => mailer?.stop());
  const onError = (error: unknown) => logger.warn({ err: error }, 'failed to plan reminders');
  const reminders = new Reminders({
    store,
    mail: store.mail,
    sessions,
    clock,
    mailer,
    notifications: planner,
    onError,
  });
  resources.defer(() => reminders.stop());
  return { mailer, reminders };
}

/** Builds the sweeper, which changes sessions when only time passes. */
export function buildSweeper(
  { config, clock, graceMs, logger, resources }: Environment,
  store: Store,
  { registry, lastAlive, placement }: Cluster,
  { sessions, features, rooms }: Domain,
  { nodes }: Media,
): Sweeper {
  const sweeper = new Sweeper({
    store,
    sessions,
    features: [...features.values()],
    clock,
    ownNodes: new Map([...nodes.keys()].map((nodeId) => [nodeId, lastAlive.get(nodeId)])),
    placement,
    hasRoom: (sessionId) => rooms.has(sessionId),
    graceMs,
    lostNodes: () => registry.lostFor(graceMs),
    retentionMs: config.retentionDays && config.retentionDays * DAY_MS,
    onError: (error) => logger.warn({ err: error }, 'failed to sweep sessions'),
    onPurged: (count) => logger.info({ count }, 'deleted sessions past their retention'),
  });
  resources.defer(() => sweeper.stop());
  return sweeper;
}
