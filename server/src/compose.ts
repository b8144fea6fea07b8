import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Bus } from './cluster/bus.ts';
import type { NodeRegistry } from './cluster/node-registry.ts';
import { buildMail, buildSweeper, buildWebhooks, watchClock } from './compose/background.ts';
import { joinCluster } from './compose/cluster.ts';
import { buildConsole } from './compose/console.ts';
import { buildDomain } from './compose/domain.ts';
import { productionSettings, type Environment, type Overrides, type Secrets } from './compose/environment.ts';
import { buildProviders } from './compose/providers.ts';
import { openMetrics, startMetrics } from './compose/metrics.ts';
import { buildHealth } from './compose/health.ts';
import { startMedia } from './compose/media.ts';
import { buildNotifications } from './compose/notify.ts';
import { serveHttp, serveSignaling, watchDrain } from './compose/serve.ts';
import { subscribe } from './compose/subscriptions.ts';
import { openTracing, tracedStore } from './compose/tracing.ts';
import { createWebServer } from './compose/web-server.ts';
import type { Config } from './config.ts';
import { RecentTraces } from './core/recent-traces.ts';
import type { Store } from './domain/session-store.ts';
import type { Sessions } from './domain/sessions.ts';
import { MONGO_STORES, SQLITE_STORES, type OwnStores } from './features/stores.ts';
import type { MediaNode } from './media/media-node.ts';
import type { Rooms } from './room/rooms.ts';
import { MongoStore } from './store/mongo/mongo-store.ts';
import { SqliteStore } from './store/sqlite/sqlite-store.ts';

export type { Overrides, Secrets };

/** A running server. */
export interface Televisit {
  /** `http://localhost:<port>`, or CLIENT_BASE_URL. */
  readonly url: string;
  readonly port: number;
  readonly bus: Bus;
  readonly store: Store<OwnStores>;
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly nodes: ReadonlyMap<string, MediaNode>;
  readonly registry: NodeRegistry;
  /** Resolves when all nodes of this process were asked to drain, and are empty or past their deadline. */
  readonly drained: Promise<void>;
  /**
   * Makes the server unready, and asks clients to connect again for their next request: load balancers send those to other
   * servers, while this one still answers. Idempotent.
   */
  retire(): void;
  /** Moves all rooms to other processes, within `seconds`. Does nothing if there is no other process. */
  drain(seconds: number): Promise<void>;
  /**
   * Copies the database to `DATA_DIR/backup`. @returns the path; null if the database is not in `DATA_DIR`
   * @throws {Error} if the copy cannot be written
   */
  backUp(): Promise<string | null>;
  /** Closes everything, in the reverse order of its start. Idempotent. */
  close(): Promise<void>;
}

/**
 * Wires the modules, starts them and listens.
 * @throws if a port, media worker or the store is unavailable; everything already started is closed
 */
export async function compose(
  config: Config,
  secrets: Secrets,
  logger: Logger,
  overrides: Overrides = {},
): Promise<Televisit> {
  await using resources = new AsyncDisposableStack();
  const settings = productionSettings(overrides);
  const tracer = await openTracing(config, { ids: settings.ids, logger, resources });
  const environment = { config, secrets, logger, tracer, resources, ...settings };

  watchClock(environment);
  const metrics = await openMetrics(environment);
  const opened = await openStorage(environment);
  const store = tracedStore(metrics?.store.timed(opened) ?? opened, tracer);
  const media = await startMedia(environment, metrics);
  const web = createWebServer(environment);
  const cluster = await joinCluster(environment, store, media, web);
  const domain = await buildDomain(environment, store, cluster, media, web, metrics);
  const meetings = buildProviders(environment, store, cluster, domain, web);
  const webhooks = await buildWebhooks(environment, store, metrics);
  const notifications = buildNotifications(environment, store, domain, web, metrics);
  const mail = buildMail(environment, store, domain, web, notifications, metrics);
  const sweeper = buildSweeper(environment, store, cluster, domain, media);
  const health = buildHealth(environment, cluster, media);
  const console = buildConsole(environment, store, cluster, domain);
  const recentTraces = new RecentTraces();
  const parts = {
    store,
    media,
    web,
    cluster,
    domain,
    meetings,
    webhooks,
    notifications,
    health,
    metrics,
    console,
    recentTraces,
  };
  const connections = serveHttp(environment, parts);
  serveSignaling(environment, parts, connections);
  subscribe({ ...environment, ...cluster, ...domain, ...webhooks, ...mail, ...meetings, metrics, console });

  await sweeper.start();
  webhooks.outbox.start();
  await web.listen();
  await startMetrics(environment, metrics, parts);
  await cluster.registry.announce();
  mail.mailer?.start();
  notifications.sender?.start();
  mail.reminders.start();
  meetings.meetingInbox.start();
  meetings.provisioner.start();
  const drain = watchDrain(environment, parts);
  health.started();

  const retire = () => {
    health.retire();
    connections.drain();
    void console?.feed.close();
  };
  const owned = resources.move();
  let closing: Promise<void> | undefined;
  return {
    url: web.clientBaseUrl(),
    port: web.port(),
    bus: cluster.bus,
    store,
    sessions: domain.sessions,
    rooms: domain.rooms,
    nodes: media.nodes,
    registry: cluster.registry,
    drained: drain.done,
    retire,
    drain: (seconds) => {
      retire();
      return drain.evacuate(seconds);
    },
    backUp: () => backUp(opened, config.dataDir),
    close: () => (closing ??= owned.disposeAsync()),
  };
}

async function backUp(store: Store<OwnStores>, dataDir: string): Promise<string | null> {
  if (!(store instanceof SqliteStore)) return null;
  const file = join(dataDir, 'backup', 'televisit.db');
  await store.backUp(file);
  return file;
}

/** Opens the database of the configuration. @throws if it is unavailable */
async function openStorage({ config, resources }: Environment): Promise<Store<OwnStores>> {
  const { dataDir, mongoUri } = config;
  const store: Store<OwnStores> = mongoUri
    ? await MongoStore.open(mongoUri, MONGO_STORES)
    : SqliteStore.open(dataDir, SQLITE_STORES);
  return resources.adopt(store, () => store.close());
}
