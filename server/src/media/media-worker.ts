import { isIPv6 } from 'node:net';
import * as mediasoup from 'mediasoup';
import type {
  IceCandidate,
  Router,
  RouterRtpCodecCapability,
  Transport,
  TransportListenInfo,
  WebRtcServer,
  WebRtcTransport,
  Worker,
  WorkerDump,
  RtpCapabilities,
} from 'mediasoup/types';
import { canReceive, isDualStack, type AnnouncedAddresses } from './announced-addresses.ts';
import { TelevisitError } from '@televisit/shared/errors';
import type { StreamMeter } from './stream-meter.ts';
import { ortc } from 'mediasoup';

export interface MediaWorkerOptions {
  /** The IP addresses on which media is received. */
  readonly listenIps: readonly string[];
  /** The addresses that clients get instead; default: `listenIps`. */
  readonly announced?: Pick<AnnouncedAddresses, 'current'>;
  /** The port for both UDP and TCP; 0 lets the worker choose. */
  readonly port: number;
  /** Measures the streams of all transports; default: none does. */
  readonly streams?: Pick<StreamMeter, 'watch'> | undefined;
}

/** A mediasoup worker process with the WebRtcServer that all of its WebRTC transports share. */
export class MediaWorker {
  readonly #worker: Worker;
  readonly #server: WebRtcServer;
  readonly #options: MediaWorkerOptions;
  readonly #routers = new Set<Router>();
  readonly #transports = new Set<WebRtcTransport>();
  #creating = 0;
  #consumers = 0;
  #closed = false;

  private constructor(worker: Worker, server: WebRtcServer, options: MediaWorkerOptions) {
    this.#worker = worker;
    this.#server = server;
    this.#options = options;
  }

  /** Starts a worker. `onDied` is called once if its process ends without `close()`. */
  static async start(
    options: MediaWorkerOptions,
    onDied: (worker: MediaWorker) => void,
  ): Promise<MediaWorker> {
    const worker = await createWorker();
    try {
      const server = await worker.createWebRtcServer({ listenInfos: listenInfos(options) });
      const self = new MediaWorker(worker, server, options);
      worker.once('died', () => {
        self.#closed = true;
        self.#routers.clear();
        self.#transports.clear();
        onDied(self);
      });
      return self;
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  get pid(): number {
    return this.#worker.pid;
  }

  get closed(): boolean {
    return this.#closed || this.#worker.closed;
  }

  get webRtcServer(): WebRtcServer {
    return this.#server;
  }

  /** The number of routers, including those being created; the pool balances sessions by it. */
  get routerCount(): number {
    return this.#routers.size + this.#creating;
  }

  /** Returns the ICE candidates of a transport as clients get them: with the announced addresses. */
  candidatesOf({ iceCandidates }: WebRtcTransport): IceCandidate[] {
    const { announced, listenIps } = this.#options;
    return announcedCandidates(iceCandidates, announced?.current ?? [], listenIps);
  }

  /** The transports of clients. */
  get transports(): readonly WebRtcTransport[] {
    return [...this.#transports];
  }

  /** The number of streams that it sends to clients. */
  get consumerCount(): number {
    return this.#consumers;
  }

  async createRouter(mediaCodecs: RouterRtpCodecCapability[]): Promise<Router> {
    this.#creating += 1;
    try {
      const router = await this.#worker.createRouter({ mediaCodecs });
      this.#routers.add(router);
      router.observer.once('close', () => this.#routers.delete(router));
      router.observer.on('newtransport', (transport) => this.#track(transport));
      return router;
    } finally {
      this.#creating -= 1;
    }
  }

  /**
   * Returns the CPU time that the worker has used so far, in milliseconds, and the most memory that it had, in bytes. Rejects if
   * the worker is gone.
   */
  async usage(): Promise<{ readonly cpuMs: number; readonly memory: number }> {
    const { ru_utime: user, ru_stime: system, ru_maxrss: kilobytes } = await this.#worker.getResourceUsage();
    return { cpuMs: user + system, memory: kilobytes * 1024 };
  }

  /** Returns the state that the worker process reports, for tests and operators. */
  dump(): Promise<WorkerDump> {
    return this.#worker.dump();
  }

  /** Closes the worker with its WebRtcServer and routers. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#worker.close();
  }

  #track(transport: Transport): void {
    if (!isWebRtc(transport)) return;
    this.#transports.add(transport);
    transport.observer.once('close', () => this.#transports.delete(transport));
    transport.observer.on('newconsumer', ({ observer }) => {
      this.#consumers += 1;
      observer.once('close', () => (this.#consumers -= 1));
    });
    this.#options.streams?.watch(transport);
  }
}

function isWebRtc(transport: Transport): transport is WebRtcTransport {
  return transport.type === 'webrtc';
}

/**
 * Creates a mediasoup worker that survives SIGTERM and SIGINT of this process, so that the server can shut down in its
 * own order. mediasoup adds listeners that would close the worker, synchronously within `createWorker`.
 */
function createWorker(): Promise<Worker> {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const before = new Set<unknown>(signals.flatMap((signal) => process.listeners(signal)));
  const starting = mediasoup.createWorker({ logLevel: 'warn' });
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) {
      if (!before.has(listener)) process.removeListener(signal, listener);
    }
  }
  return starting;
}

function listenInfos({ listenIps, port }: MediaWorkerOptions): TransportListenInfo[] {
  return listenIps.flatMap((ip) =>
    (['udp', 'tcp'] as const).map((protocol) => ({
      protocol,
      ip,
      ...(port > 0 ? { port } : {}),
      flags: { ipv6Only: isIPv6(ip) && !isDualStack(ip, listenIps) },
    })),
  );
}

/**
 * Returns the candidates with each announced address in place of the address on which they are received, for every address
 * of the same family; unchanged without announced addresses. The first address has the highest priority (RFC 8445, 5.1.2).
 */
function announcedCandidates(
  candidates: readonly IceCandidate[],
  announced: readonly string[],
  listenIps: readonly string[],
): IceCandidate[] {
  if (announced.length === 0) return [...candidates];
  const byTarget = new Map<string, IceCandidate>();
  for (const candidate of candidates) {
    const { address: listenIp, protocol, port, priority } = candidate;
    for (const [index, address] of announced.entries()) {
      if (!canReceive(listenIp, address, listenIps)) continue;
      const target = `${protocol} ${address} ${port}`;
      if (byTarget.has(target)) continue;
      byTarget.set(target, { ...candidate, ip: address, address, priority: priority - index });
    }
  }
  return [...byTarget.values()];
}

/**
 * Sends a request to the worker and maps its failure to an error for the client.
 * @param subject the object that the request concerns
 * @throws {TelevisitError} `media_unavailable` if the subject is closed, `bad_media` if the worker refuses
 */
export async function callWorker<T>(
  subject: { readonly closed: boolean },
  request: () => Promise<T>,
): Promise<T> {
  // Read through a function because the compiler assumes that the property can't change during the await.
  const closed = () => subject.closed;
  if (closed()) throw new TelevisitError('media_unavailable');
  try {
    return await request();
  } catch (error) {
    throw new TelevisitError(closed() ? 'media_unavailable' : 'bad_media', { cause: error });
  }
}

/**
 * Returns the codecs of every router: Opus for speech (RFC 7587), VP8 (RFC 7741), and H264 constrained baseline
 * (RFC 6184) for hardware without VP8. Payload types are fixed so that all nodes return the same capabilities.
 */
export function mediaCodecs(opusDtx: boolean): RouterRtpCodecCapability[] {
  return [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      clockRate: 48000,
      channels: 2,
      preferredPayloadType: 100,
      // The codec is registered with two channels; `stereo=0` keeps speech mono.
      parameters: { stereo: 0, 'sprop-stereo': 0, useinbandfec: 1, usedtx: opusDtx ? 1 : 0 },
    },
    { kind: 'video', mimeType: 'video/VP8', clockRate: 90000, preferredPayloadType: 101 },
    {
      kind: 'video',
      mimeType: 'video/H264',
      clockRate: 90000,
      preferredPayloadType: 103,
      parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
    },
  ];
}

/** Rotation by header extension: Firefox and FFmpeg ignore it, so senders rotate the frames themselves. */
const EXCLUDED_EXTENSION = 'urn:3gpp:video-orientation';

/** Returns the capabilities that clients load their Device with. */
export function clientRtpCapabilities(codecs: RouterRtpCodecCapability[]): RtpCapabilities {
  const { headerExtensions, ...rest } = ortc.generateRouterRtpCapabilities(codecs);
  return {
    ...rest,
    headerExtensions: headerExtensions?.filter(({ uri }) => uri !== EXCLUDED_EXTENSION) ?? [],
  };
}
