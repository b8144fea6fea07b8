import * as mediasoup from 'mediasoup';
import type {
  Router,
  RouterRtpCodecCapability,
  Transport,
  WebRtcServer,
  WebRtcTransport,
  Worker,
  WorkerDump,
} from 'mediasoup/types';

/** An address that media is received on, and the address that clients get instead, if different. */
export interface ListenAddress {
  readonly ip: string;
  readonly announcedAddress?: string;
}

export interface MediaWorkerOptions {
  readonly addresses: readonly ListenAddress[];
  /** The port for both UDP and TCP; 0 lets the worker choose. */
  readonly port: number;
}

/** A mediasoup worker process with the WebRtcServer that all of its WebRTC transports share. */
export class MediaWorker {
  readonly #worker: Worker;
  readonly #server: WebRtcServer;
  readonly #routers = new Set<Router>();
  readonly #transports = new Set<WebRtcTransport>();
  #creating = 0;
  #closed = false;

  private constructor(worker: Worker, server: WebRtcServer) {
    this.#worker = worker;
    this.#server = server;
  }

  /** Starts a worker. `onDied` is called once if its process ends without `close()`. */
  static async start(
    { addresses, port }: MediaWorkerOptions,
    onDied: (worker: MediaWorker) => void,
  ): Promise<MediaWorker> {
    const worker = await createWorker();
    try {
      const server = await worker.createWebRtcServer({ listenInfos: listenInfos(addresses, port) });
      const self = new MediaWorker(worker, server);
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

  /** The transports of clients. */
  get transports(): readonly WebRtcTransport[] {
    return [...this.#transports];
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

  /** Returns the CPU time that the worker has used so far, in milliseconds. Rejects if the worker is gone. */
  async cpuTime(): Promise<number> {
    const { ru_utime: user, ru_stime: system } = await this.#worker.getResourceUsage();
    return user + system;
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

function listenInfos(addresses: readonly ListenAddress[], port: number) {
  return addresses.flatMap((address) =>
    (['udp', 'tcp'] as const).map((protocol) => ({ protocol, ...address, ...(port > 0 ? { port } : {}) })),
  );
}
