import { createServer, type Server as HttpServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { internalSecretCheck } from './access/internal-secret.ts';
import { Invitations } from './access/invitations.ts';
import { JoinTokens } from './access/join-token.ts';
import { LinkSignatures } from './access/link-signature.ts';
import { Bus } from './cluster/bus.ts';
import { ClusterPlacement } from './cluster/cluster-placement.ts';
import { ownHolder } from './cluster/holder.ts';
import { Limits } from './cluster/limits.ts';
import { usedMemory } from './cluster/memory.ts';
import { NodeRegistry } from './cluster/node-registry.ts';
import { RedisLink } from './cluster/redis-link.ts';
import { SessionCommands } from './cluster/session-commands.ts';
import type { Config } from './config.ts';
import { Chats } from './domain/chats.ts';
import { systemClock, type Clock } from './domain/clock.ts';
import { randomIds, type Ids } from './domain/ids.ts';
import { PersonalData } from './domain/personal-data.ts';
import type { Session } from './domain/session.ts';
import type { Store } from './domain/session-store.ts';
import { Sessions } from './domain/sessions.ts';
import { Sweeper } from './domain/sweeper.ts';
import { createApp } from './http/app.ts';
import { FILE_DEADLINE_MS } from './http/file-body.ts';
import { setDeadline } from './http/request-deadline.ts';
import { joinPage } from './http/views.ts';
import { RateLimits } from './access/rate-limits.ts';
import { clientRtpCapabilities, mediaCodecs } from './media/codecs.ts';
import { MediaNode } from './media/media-node.ts';
import { CONSUMERS_PER_ROUTER } from './media/router-spread.ts';
import { isOwnOrigin, listen, listenAddresses, portOf, workerPorts } from './network.ts';
import { Drain } from './signaling/drain.ts';
import { Rooms } from './signaling/rooms.ts';
import { earlyPage } from './mail/early-page.ts';
import { Mailer } from './mail/mailer.ts';
import { Reminders } from './mail/reminders.ts';
import { smtpTransport } from './mail/smtp.ts';
import { SignalingGateway } from './signaling/gateway.ts';
import { SignalingRouter } from './signaling/signaling-router.ts';
import { MongoStore } from './store/mongo/mongo-store.ts';
import { SqliteStore } from './store/sqlite/sqlite-store.ts';
import { VERSION } from './version.ts';
import { AddressGuard } from './webhooks/address-guard.ts';
import { WebhookEndpoints } from './webhooks/endpoints.ts';
import { Outbox, OUTBOX_TIMES, type OutboxTimes } from './webhooks/outbox.ts';
import { HttpWebhookSender } from './webhooks/sender.ts';

/** What a test hands in, and nobody else. */
export interface Overrides {
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** How long the media of a dropped connection stays up, in milliseconds. */
  readonly graceMs?: number;
  /** How long a client may take for its headers, and for its whole request, in milliseconds. */
  readonly httpTimeouts?: HttpTimeouts;
  readonly clientDir?: string;
  /** How long a mail is its sender's alone, in milliseconds. */
  readonly mailLeaseMs?: number;
  readonly webhookTimes?: Partial<OutboxTimes>;
  /** How much one router of a visit forwards before the visit takes another worker. */
  readonly consumersPerRouter?: number;
}

interface HttpTimeouts {
  readonly headersMs: number;
  readonly requestMs: number;
}

export interface Secrets {
  readonly internal: readonly string[];
  readonly tokens: readonly [string, ...string[]];
}

/** A running server. */
export interface Televisit {
  /** `http://localhost:<port>`, or CLIENT_BASE_URL. */
  readonly url: string;
  readonly port: number;
  readonly bus: Bus;
  readonly store: Store;
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly nodes: ReadonlyMap<string, MediaNode>;
  readonly registry: NodeRegistry;
  /** Resolves when every node of the process was asked to be empty, and is, or its time is up. */
  readonly drained: Promise<void>;
  /** Moves all visits to other servers, for so many seconds at most; nothing where there is no other. */
  drain(seconds: number): Promise<void>;
  /** Idempotent: signaling, media, HTTP and the store, in this order. */
  close(): Promise<void>;
}

const GRACE_MS = 30_000;
const HTTP_TIMEOUTS: HttpTimeouts = { headersMs: 10_000, requestMs: 30_000 };
const LAST_ANSWERS_MS = 1500;
const DAY_MS = 24 * 60 * 60_000;
const CLIENT_DIR = fileURLToPath(new URL('../../client/dist', import.meta.url));

/** Wires the modules together and listens. @throws where a port, a worker or the store can't be had; nothing stays behind */
export async function compose(
  config: Config,
  secrets: Secrets,
  logger: Logger,
  {
    clock = systemClock,
    ids = randomIds,
    graceMs = GRACE_MS,
    clientDir = CLIENT_DIR,
    httpTimeouts = HTTP_TIMEOUTS,
    mailLeaseMs,
    webhookTimes = {},
    consumersPerRouter = CONSUMERS_PER_ROUTER,
  }: Overrides = {},
): Promise<Televisit> {
  const cleanup: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (let undo = cleanup.pop(); undo; undo = cleanup.pop()) await undo();
  };
  try {
    const store = await openStore(config);
    cleanup.push(() => store.close());
    const codecs = mediaCodecs(config.opusDtx);
    const nodes = new Map<string, MediaNode>();
    cleanup.push(() => nodes.forEach((node) => node.close()));
    const addresses = listenAddresses(config);
    for (const [nodeId, ports] of workerPorts(config)) {
      const media = { nodeId, addresses, ports, codecs, consumersPerRouter, clock, logger };
      nodes.set(nodeId, await MediaNode.start(media));
    }
    const httpServer = createHttpServer(httpTimeouts);
    const clientBaseUrl = () => config.clientBaseUrl ?? `http://localhost:${portOf(httpServer)}`;
    const all = [...nodes.values()];
    const capacity = new Limits({
      capacity: config.capacity,
      readings: {
        participants: () => all.reduce((sum, { participantCount }) => sum + participantCount, 0),
        cpu: () => Math.max(0, ...all.map((node) => node.load().cpu)),
        memory: usedMemory,
      },
      clock,
      logger,
    });
    capacity.start();
    cleanup.push(() => capacity.stop());
    const registry = new NodeRegistry({
      store: store.nodes,
      nodeIds: [...nodes.keys()],
      own: {
        processId: ids.unique(),
        holder: ownHolder(),
        url: () => config.nodeUrl ?? (httpServer.listening ? `http://127.0.0.1:${portOf(httpServer)}` : ''),
        region: config.region,
        version: VERSION,
        capacity: config.capacity.participants || null,
      },
      loadOf: (nodeId) => ({ ...mediaNode(nodes, nodeId).load(), full: capacity.full }),
      clock,
      logger,
    });
    cleanup.push(() => registry.stop());
    const lastAlive = await registry.start();
    const placement = new ClusterPlacement(registry, await store.countOpenByNode(), config.region);
    const rules = { ...config.joinWindow, reminderMinutes: config.reminderMinutes };
    const sessions = new Sessions({ store, placement, clock, ids, rules, graceMs });
    const redis = config.redisUrl ? new RedisLink({ url: config.redisUrl, logger }) : null;
    const bus = new Bus({ processId: registry.processId, link: redis, clock, ids, logger });
    cleanup.push(() => bus.close());
    const processOf = ({ placement: { nodeId } }: Session) => {
      const node = registry.find(nodeId);
      return node?.alive ? node.processId : null;
    };
    const commands = new SessionCommands({ bus, sessions, processOf, clock, logger });
    const chats = new Chats({
      store: store.chat,
      sessions,
      clock,
      ids,
      onError: (error) => logger.warn({ err: error }, 'a chat could not be deleted'),
    });
    cleanup.push(() => chats.close());
    const signatures = new LinkSignatures(secrets.tokens);
    const invitations = new Invitations(signatures);
    const tokens = new JoinTokens(secrets.tokens, clock, ids);
    const limits = new RateLimits(config.rateLimits);
    const times = { ...OUTBOX_TIMES, ...webhookTimes };
    const guard = new AddressGuard(config.webhooks.allowedHosts);
    const sender = new HttpWebhookSender({ guard, clock, timeoutMs: times.timeoutMs });
    const endpoints = new WebhookEndpoints({ store: store.webhooks, sender, guard, clock, ids });
    await endpoints.configure(config.webhooks.endpoint);
    const app = createApp({
      sessions,
      store,
      chats,
      endpoints,
      deliveries: store.webhooks,
      registry,
      nodeStore: store.nodes,
      receivedEvents: store.receivedEvents,
      meetingSecrets: config.webhooks.meetingSecrets,
      personalData: new PersonalData({ store, sessions, chats, mail: store.mail, clock, ids }),
      signatures,
      invitations,
      mailFrom: config.mail?.from ?? null,
      earlyPage: (session, seat) => earlyPage(session, seat, config.mailTimeZone),
      limits,
      tokens,
      clock,
      ids,
      logger,
      clientBaseUrl,
      clientDir,
      turn: config.turn,
      rtpCapabilities: clientRtpCapabilities(codecs),
      opusDtx: config.opusDtx,
      returnRules: config.returnRules,
      announce: (...announcement) => commands.announce(...announcement),
      carriedOut: (session) => commands.carriedOut(session),
      internalSecret: internalSecretCheck(secrets.internal),
      trustProxy: config.trustProxy,
      secure: config.clientBaseUrl?.startsWith('https:') ?? false,
    });
    httpServer.on('request', (request, response) => {
      setDeadline(request, response, httpTimeouts.requestMs);
      app(request, response);
    });
    const rooms = new Rooms({
      sessions,
      chats,
      clock,
      graceMs,
      logger,
      limits: capacity,
      createRouter: (nodeId) => mediaNode(nodes, nodeId).createVisitRouter(),
    });
    commands.serve(rooms);
    const gateway = new SignalingGateway(httpServer, {
      sessions,
      rooms,
      tokens,
      limits,
      clock,
      logger,
      allowOrigin: (origin, host) => isOwnOrigin(origin, host, clientBaseUrl()),
      adapter: redis?.adapter,
      isHere: (nodeId) => registry.isHere(nodeId),
    });
    const findSession = (sessionId: string) => store.get(sessionId);
    const router = new SignalingRouter(httpServer, { nodes: registry, findSession, logger });
    registry.onRobbed((nodeId) => {
      rooms.abandon(nodeId).catch((error: unknown) => logger.error({ err: error }, 'a lost node lives on'));
    });
    redis?.attach(gateway.peers);
    const outbox = new Outbox({ store, sender, clock, owner: ids.unique(), times, logger });
    sessions.onCreate(({ sessionId }) => outbox.wake(sessionId));
    sessions.onChange(({ next, events }) => events.length > 0 && outbox.wake(next.sessionId));
    endpoints.onCreate(() => outbox.heed());
    cleanup.push(() => outbox.close());
    const mailer =
      config.mail &&
      new Mailer({
        ...config.mail,
        store: store.mail,
        sessions,
        transport: smtpTransport(config.mail.server, config.mail.from),
        clock,
        logger,
        timeZone: config.mailTimeZone,
        host: () => new URL(clientBaseUrl()).hostname,
        linkOf: (session, seat) =>
          `${joinPage(clientBaseUrl(), session)}/${invitations.issue(session.sessionId, seat)}`,
        ...(mailLeaseMs === undefined ? {} : { leaseMs: mailLeaseMs }),
      });
    const reminders = new Reminders({
      store,
      mail: store.mail,
      sessions,
      clock,
      mailer,
      onError: (error) => logger.warn({ err: error }, 'reminders could not be given'),
    });
    cleanup.push(() => mailer?.stop());
    const sweeper = new Sweeper({
      store,
      sessions,
      chats,
      clock,
      ownNodes: new Map([...nodes.keys()].map((nodeId) => [nodeId, lastAlive.get(nodeId)])),
      placement,
      hasRoom: (sessionId) => rooms.has(sessionId),
      graceMs,
      lostNodes: () => registry.lostFor(graceMs),
      retentionMs: config.retentionDays && config.retentionDays * DAY_MS,
      onError: (error) => logger.warn({ err: error }, 'sweep failed'),
      onPurged: (count) => logger.info({ count }, 'sessions past their retention deleted'),
    });
    cleanup.push(() => sweeper.stop());
    cleanup.push(() => closeConnections(httpServer, gateway));
    cleanup.push(() => router.close());
    await sweeper.start();
    outbox.start();
    await listen(httpServer, config.port);
    await registry.announce();
    mailer?.start();
    reminders.start();
    cleanup.push(() => reminders.stop());
    const drained = Promise.withResolvers<undefined>();
    const drain = new Drain({
      store: store.nodes,
      nodes: registry,
      nodeIds: [...nodes.keys()],
      rooms,
      clock,
      logger,
      onDone: () => drained.resolve(undefined),
    });
    cleanup.push(() => drain.stop());
    return {
      url: clientBaseUrl(),
      port: portOf(httpServer),
      bus,
      store,
      sessions,
      rooms,
      nodes,
      registry,
      drained: drained.promise,
      drain: async (seconds) => {
        if (!drain.hasElsewhere) return;
        await drain.everything(clock.now() + seconds * 1000);
        // Whatever is asked of its nodes meanwhile, the process ends.
        const cancel = clock.after(seconds * 1000, () => drained.resolve(undefined));
        await drained.promise;
        cancel();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The database that the configuration asks for. @throws where it can't be had */
function openStore({ dataDir, mongoUri }: Config): Promise<Store> {
  return mongoUri ? MongoStore.open(mongoUri) : Promise.resolve(SqliteStore.open(dataDir));
}

function mediaNode(nodes: ReadonlyMap<string, MediaNode>, nodeId: string): MediaNode {
  const node = nodes.get(nodeId);
  if (!node) throw new Error(`This process does not run the SFU node ${nodeId}.`);
  return node;
}

/** A slow or silent client may not hold a connection for long. */
function createHttpServer({ headersMs, requestMs }: HttpTimeouts): HttpServer {
  return createServer({
    headersTimeout: headersMs,
    // Only files may take so long; `setDeadline` holds all others to less.
    requestTimeout: Math.max(requestMs, FILE_DEADLINE_MS),
    connectionsCheckingInterval: 1000,
  });
}

/** Requests that are being answered get a moment; connections that just stay open don't hold the end up. */
async function closeConnections(server: HttpServer, gateway: SignalingGateway): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
  await gateway.close();
  clearTimeout(cut);
}
