import { JoinTokens } from '../access/join-token.ts';
import { ClientAddresses } from '../access/client-address.ts';
import { Invitations, LinkSignatures } from '../access/link-signature.ts';
import { RateLimits } from '../access/rate-limits.ts';
import { SessionCommands } from '../cluster/session-commands.ts';
import { CalendarFeeds } from '../domain/calendar-feeds.ts';
import { PersonalData } from '../domain/personal-data.ts';
import type { Store } from '../domain/session-store.ts';
import { Sessions } from '../domain/sessions.ts';
import { roomFeatures, startFeatures, type RunningFeatures } from '../features/index.ts';
import type { OwnStores } from '../features/stores.ts';
import { trustedProxies } from '../http/app.ts';
import { Rooms } from '../room/rooms.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Cluster } from './cluster.ts';
import type { Environment } from './environment.ts';
import type { Media } from './media.ts';
import { buildRecording } from './recording.ts';
import { buildSpeech } from './speech.ts';
import type { WebServer } from './web-server.ts';

export interface Domain {
  readonly sessions: Sessions;
  /** By name, in order. */
  readonly features: RunningFeatures;
  readonly rooms: Rooms;
  readonly commands: SessionCommands;
  readonly personalData: PersonalData;
  readonly calendarFeeds: CalendarFeeds;
  readonly access: Access;
}

export interface Access {
  readonly tokens: JoinTokens;
  readonly signatures: LinkSignatures;
  readonly invitations: Invitations;
  readonly rateLimits: RateLimits;
  readonly addresses: ClientAddresses;
}

/** Builds what can be done to sessions, and the rooms in which they are live. Nothing runs yet. */
export async function buildDomain(
  environment: Environment,
  store: Store<OwnStores>,
  { placement, bus, processOf }: Cluster,
  { admission, nodeOf }: Media,
  web: WebServer,
  metrics: Metrics | null,
): Promise<Domain> {
  const { config, secrets, clock, ids, graceMs, logger, resources } = environment;
  const rules = { ...config.joinWindow, reminderMinutes: config.reminderMinutes };
  const notifiesAbsent = config.notify.sms !== null || config.notify.push !== null;
  const sessions = new Sessions({ store, placement, clock, ids, rules, graceMs, notifiesAbsent });
  const signatures = new LinkSignatures(secrets.tokens);
  const access = {
    tokens: new JoinTokens(secrets.tokens, clock, ids),
    signatures,
    invitations: new Invitations(signatures),
    rateLimits: new RateLimits(config.rateLimits, (limit) => metrics?.traffic.limited(limit)),
    addresses: new ClientAddresses(trustedProxies(config.trustProxy), signatures),
  };
  const commands = new SessionCommands({ bus, sessions, processOf, clock, logger });
  const features = startFeatures({
    sessions,
    stores: store.features,
    clock,
    ids,
    graceMs,
    logger,
    tokens: access.tokens,
    signatures,
    clientBaseUrl: web.clientBaseUrl,
    rateLimits: access.rateLimits,
    askRooms: (...question) => commands.ask(...question),
    recording: await buildRecording(environment, metrics),
    recordingObserver: metrics?.recordings ?? null,
    ...buildSpeech(environment),
  });
  for (const feature of features.values()) resources.defer(() => feature.close?.());
  const rooms = new Rooms({
    sessions,
    features: roomFeatures(features),
    clock,
    graceMs,
    logger,
    limits: admission,
    observer: metrics?.rooms,
    createRouter: (nodeId) => nodeOf(nodeId).createSessionRouter(),
  });
  resources.defer(() => rooms.close('server_shutdown'));
  commands.serve(rooms);
  const personalData = new PersonalData({
    store,
    sessions,
    features: [...features.values()],
    mail: store.mail,
    notifications: store.notifications,
    push: store.push,
    clock,
    ids,
  });
  const calendarFeeds = new CalendarFeeds({ feeds: store.calendarFeeds, store, sessions, clock, ids });
  return { sessions, features, rooms, commands, personalData, calendarFeeds, access };
}
