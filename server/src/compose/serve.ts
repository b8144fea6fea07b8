import { internalSecretCheck } from '../access/secrets.ts';
import { Drain } from '../cluster/drain.ts';
import { connectionId, SignalingProxy } from '../cluster/signaling-proxy.ts';
import type { RecentTraces } from '../core/recent-traces.ts';
import { systemClock } from '../core/clock.ts';
import { withTimeout } from '../core/timing.ts';
import { isReachable } from '../domain/people.ts';
import type { Store } from '../domain/session-store.ts';
import type { Session } from '../domain/session.ts';
import { FEATURE_RECORDS, featureOperations } from '../features/index.ts';
import type { OwnStores } from '../features/stores.ts';
import { createApp } from '../http/app.ts';
import type { Health } from '../health/health.ts';
import { Connections } from '../http/connections.ts';
import { setDeadline } from '../http/request-body.ts';
import { clientRtpCapabilities } from '../media/media-worker.ts';
import { earlyPage, PAGE_STYLE } from '../mail/mail-content.ts';
import { SignalingGateway } from '../signaling/gateway.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Webhooks } from './background.ts';
import { browserSpeechFiles } from '../speech/speech-folder.ts';
import type { Cluster } from './cluster.ts';
import type { OperatorConsole } from './console.ts';
import type { Domain } from './domain.ts';
import type { Environment } from './environment.ts';
import { mainMetrics } from './metrics.ts';
import type { MeetingParts } from './providers.ts';
import type { Media } from './media.ts';
import type { Notifications } from './notify.ts';
import type { WebServer } from './web-server.ts';

/** The results of the earlier stages. */
interface Parts {
  readonly store: Store<OwnStores>;
  readonly media: Media;
  readonly web: WebServer;
  readonly cluster: Cluster;
  readonly domain: Domain;
  readonly meetings: MeetingParts;
  readonly webhooks: Webhooks;
  readonly notifications: Notifications;
  readonly health: Health;
  readonly metrics: Metrics | null;
  readonly console: OperatorConsole | null;
  readonly recentTraces: RecentTraces;
}

/** How long requests under way get to finish when the server closes, in milliseconds. */
const FINISH_MS = 5000;
/** How long connections get to end after that. */
const END_MS = 1000;

/** Answers the HTTP API and the web page, once the server listens. @returns the connections of clients */
export function serveHttp(environment: Environment, parts: Parts): Connections {
  const { config, secrets, clock, ids, logger, tracer, clientDir, httpTimeouts } = environment;
  const { store, media, web, cluster, domain, meetings, webhooks, notifications, health, metrics } = parts;
  const { recentTraces } = parts;
  const { sessions, features, personalData, calendarFeeds, commands, access } = domain;
  const { sms } = config.notify;
  const app = createApp({
    sessions,
    store,
    features: FEATURE_RECORDS,
    runningFeatures: [...features.values()],
    featureOperations: featureOperations(features),
    ...meetings,
    endpoints: webhooks.endpoints,
    deliveries: store.webhooks,
    registry: cluster.registry,
    nodeStore: store.nodes,
    receivedEvents: store.receivedEvents,
    meetingSecrets: config.webhooks.meetingSecrets,
    personalData,
    health,
    onRequest: metrics && ((...request) => metrics.traffic.request(...request)),
    metrics: mainMetrics(environment, metrics),
    calendarFeeds,
    signatures: access.signatures,
    invitations: access.invitations,
    smsReports: notifications.reports,
    gatewaySecrets: sms?.provider === 'http' ? sms.secrets : [],
    twilioTokens: sms?.provider === 'twilio' ? sms.authTokens : [],
    notifications: store.notifications,
    subscriptions: store.push,
    pushSettings: config.notify.push,
    hasAddress: (session, seat) => hasAddress(store, session, seat),
    mailFrom: config.mail?.from ?? null,
    earlyPage: (session, place) => {
      const seat = session.seats[place];
      if (!seat) throw new Error(`There is no seat ${place}.`);
      return earlyPage(session, seat, config.mailTimeZone, notifications.messagesLinkOf(session, place));
    },
    messagesPage: notifications.messagesPage,
    pageStyle: PAGE_STYLE,
    limits: access.rateLimits,
    addresses: access.addresses,
    tokens: access.tokens,
    clock,
    ids,
    logger,
    tracer,
    recentTraces,
    clientBaseUrl: web.clientBaseUrl,
    clientDir,
    speechFiles: browserSpeechFiles(config.speech.dir),
    basePath: web.basePath,
    turn: config.turn,
    rtpCapabilities: clientRtpCapabilities(media.codecs),
    opusDtx: config.opusDtx,
    returnRules: config.returnRules,
    carriedOut: (session) => commands.carriedOut(session),
    internalSecret: internalSecretCheck(secrets.internal),
    secure: config.clientBaseUrl?.startsWith('https:') ?? false,
    embedOrigins: config.embedOrigins,
    console: parts.console,
    onRefused:
      parts.console && ((person, error) => parts.console?.joinFailures.refused('page', person, error)),
  });
  return new Connections(web.http, (request, response) => {
    setDeadline(request, response, httpTimeouts.requestMs);
    web.dropBasePath(request);
    app(request, response);
  });
}

/** Whether links were sent to a person, by e-mail, text or push message. */
async function hasAddress(store: Store, session: Session, place: number): Promise<boolean> {
  if (isReachable(session.seats[place])) return true;
  return (await store.push.ofSession(session.sessionId)).some(({ seat }) => seat === place);
}

/** Accepts signaling connections, once the server listens; those for sessions on other processes are forwarded. */
export function serveSignaling(
  { clock, ids, logger, tracer, resources }: Environment,
  parts: Pick<Parts, 'store' | 'web' | 'cluster' | 'domain' | 'metrics' | 'console' | 'recentTraces'>,
  connections: Connections,
): void {
  const { store, web, cluster, domain, metrics, console, recentTraces } = parts;
  const { registry, transport } = cluster;
  const { sessions, rooms, access } = domain;
  const gateway = new SignalingGateway(web.http, {
    sessions,
    rooms,
    tokens: access.tokens,
    limits: access.rateLimits,
    addresses: access.addresses,
    clock,
    logger,
    tracer,
    recentTraces,
    clientBaseUrl: web.clientBaseUrl,
    adapter: transport?.adapter,
    connectionId: () => connectionId(registry.processId),
    requestId: () => ids.unique(),
    isHere: (nodeId) => registry.isHere(nodeId),
    observer: metrics?.traffic,
    onRefused: console ? (...refusal) => console.joinFailures.refused(...refusal) : undefined,
  });
  transport?.attach(gateway.peers);
  resources.defer(async () => {
    // Streams of events never finish by themselves.
    await console?.feed.close();
    await connections.finish(FINISH_MS);
    const closing = gateway.close();
    // Clients that do not end their connections must not delay the shutdown.
    await withTimeout(systemClock, END_MS, closing, () => web.http.closeAllConnections());
    await closing;
  });
  const findSession = (sessionId: string) => store.get(sessionId);
  const { addresses, rateLimits } = access;
  const proxy = new SignalingProxy(web.http, {
    nodes: registry,
    findSession,
    addresses,
    limit: async (request) => {
      // The server that forwarded the connection has counted it.
      if (addresses.forwardedFor(request) === undefined) await rateLimits.address(addresses.of(request));
    },
    requestId: () => ids.unique(),
    logger,
    tracer,
  });
  resources.defer(() => proxy.close());
}

/** Moves rooms off nodes of this process when they are drained. */
export function watchDrain(
  { clock, logger, resources }: Environment,
  {
    store,
    media,
    cluster,
    domain,
    metrics,
  }: Pick<Parts, 'store' | 'media' | 'cluster' | 'domain' | 'metrics'>,
): Drain {
  const drain = new Drain({
    store: store.nodes,
    nodes: cluster.registry,
    nodeIds: [...media.nodes.keys()],
    rooms: domain.rooms,
    onMoveFailed: () => metrics?.visits.moved('drain', 'failed'),
    clock,
    logger,
  });
  resources.defer(() => drain.stop());
  return drain;
}
