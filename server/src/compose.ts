import { createServer, type Server as HttpServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { internalSecretCheck } from './access/internal-secret.ts';
import { JoinTokens } from './access/join-token.ts';
import { LocalNodes } from './cluster/local-nodes.ts';
import type { Config } from './config.ts';
import { systemClock, type Clock } from './domain/clock.ts';
import { randomIds, type Ids } from './domain/ids.ts';
import type { SessionStore } from './domain/session-store.ts';
import { Sessions } from './domain/sessions.ts';
import { createApp } from './http/app.ts';
import { clientRtpCapabilities, mediaCodecs } from './media/codecs.ts';
import { MediaNode } from './media/media-node.ts';
import type { ListenAddress } from './media/media-worker.ts';
import { Rooms } from './signaling/rooms.ts';
import { SignalingGateway } from './signaling/gateway.ts';
import { SqliteStore } from './store/sqlite/sqlite-store.ts';

/** What a test hands in, and nobody else. */
export interface Overrides {
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** How long the media of a dropped connection stays up, in milliseconds. */
  readonly graceMs?: number;
  readonly clientDir?: string;
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
  readonly store: SessionStore;
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly nodes: ReadonlyMap<string, MediaNode>;
  /** Idempotent: signaling, media, HTTP and the store, in this order. */
  close(): Promise<void>;
}

const GRACE_MS = 30_000;
const LAST_ANSWERS_MS = 1500;
const CLIENT_DIR = fileURLToPath(new URL('../../client/dist', import.meta.url));

/** Wires the modules together and listens. @throws where a port, a worker or the store can't be had; nothing stays behind */
export async function compose(
  config: Config,
  secrets: Secrets,
  logger: Logger,
  { clock = systemClock, ids = randomIds, graceMs = GRACE_MS, clientDir = CLIENT_DIR }: Overrides = {},
): Promise<Televisit> {
  const cleanup: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (let undo = cleanup.pop(); undo; undo = cleanup.pop()) await undo();
  };
  try {
    const store = SqliteStore.open(config.dataDir);
    cleanup.push(() => store.close());
    const codecs = mediaCodecs(config.opusDtx);
    const nodes = new Map<string, MediaNode>();
    cleanup.push(() => nodes.forEach((node) => node.close()));
    for (const [nodeId, ports] of workerPorts(config)) {
      nodes.set(
        nodeId,
        await MediaNode.start({ nodeId, addresses: listenAddresses(config), ports, codecs, clock, logger }),
      );
    }
    const open = await store.countOpenByNode();
    const placement = new LocalNodes(
      [...nodes.keys()],
      open,
      (nodeId) => nodes.get(nodeId)?.consumerCount ?? 0,
    );
    const sessions = new Sessions({ store, placement, clock, ids });
    const tokens = new JoinTokens(secrets.tokens, clock, ids);
    const httpServer = createServer();
    const clientBaseUrl = () => config.clientBaseUrl ?? `http://localhost:${portOf(httpServer)}`;
    const app = createApp({
      sessions,
      tokens,
      clock,
      ids,
      logger,
      clientBaseUrl,
      clientDir,
      turn: config.turn,
      rtpCapabilities: clientRtpCapabilities(codecs),
      opusDtx: config.opusDtx,
      isInternal: internalSecretCheck(secrets.internal),
      secure: config.clientBaseUrl?.startsWith('https:') ?? false,
    });
    httpServer.on('request', (request, response) => void app(request, response));
    const rooms = new Rooms({
      sessions,
      clock,
      graceMs,
      logger,
      createRouter: (nodeId) => mediaNode(nodes, nodeId).createVisitRouter(),
    });
    const gateway = new SignalingGateway(httpServer, {
      sessions,
      rooms,
      tokens,
      clock,
      logger,
      allowOrigin: (origin, host) => isOwnOrigin(origin, host, clientBaseUrl()),
    });
    cleanup.push(() => closeConnections(httpServer, gateway));
    await listen(httpServer, config.port);
    return { url: clientBaseUrl(), port: portOf(httpServer), store, sessions, rooms, nodes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function mediaNode(nodes: ReadonlyMap<string, MediaNode>, nodeId: string): MediaNode {
  const node = nodes.get(nodeId);
  if (!node) throw new Error(`This process does not run the SFU node ${nodeId}.`);
  return node;
}

/** Deals the workers out to the nodes in turn, each with its own port; no node stays without one. */
function workerPorts({ sfuNodes, workers, rtcPort }: Config): Map<string, number[]> {
  const dealt = new Map<string, number[]>(sfuNodes.map((nodeId) => [nodeId, []]));
  for (let index = 0; index < Math.max(workers, sfuNodes.length); index++) {
    const nodeId = sfuNodes[index % sfuNodes.length] as string;
    dealt.get(nodeId)?.push(rtcPort === 0 ? 0 : rtcPort + index);
  }
  return dealt;
}

/**
 * Where media is received. In development, with nothing set, that is every IPv4 address of the machine: Chromium
 * connects over the loopback address, Firefox does not, and a phone in the same network needs the other ones too.
 */
function listenAddresses({ listenIp, announcedAddress }: Config): ListenAddress[] {
  if (listenIp) return [{ ip: listenIp, ...(announcedAddress ? { announcedAddress } : {}) }];
  if (announcedAddress) return [{ ip: '0.0.0.0', announcedAddress }];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => ({ ip: address }));
}

/** The page's own address, as configured or as the browser used it. */
function isOwnOrigin(origin: string, host: string | undefined, clientBaseUrl: string): boolean {
  if (origin === new URL(clientBaseUrl).origin) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host;
}

async function listen(server: HttpServer, port: number): Promise<void> {
  // A slow or silent client may not hold a connection for long.
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
}

/** Requests that are being answered get a moment; connections that just stay open don't hold the end up. */
async function closeConnections(server: HttpServer, gateway: SignalingGateway): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
  await gateway.close();
  clearTimeout(cut);
}

function portOf(server: HttpServer): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
