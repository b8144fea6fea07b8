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

/** An address that media is received on, and the one that clients are told. */
export interface ListenAddress {
  readonly ip: string;
  readonly announcedAddress?: string;
}

export interface MediaWorkerOptions {
  readonly addresses: readonly ListenAddress[];
  /** One UDP and one TCP port; 0 lets the worker choose. */
  readonly port: number;
}

/** One mediasoup worker process with the one WebRtcServer that all of its transports share. */
export class MediaWorker {
  readonly #worker: Worker;
  readonly #server: WebRtcServer;
  readonly #routers = new Set<Router>();
  readonly #transports = new Set<WebRtcTransport>();
  #opening = 0;
  #closed = false;

  private constructor(worker: Worker, server: WebRtcServer) {
    this.#worker = worker;
    this.#server = server;
  }

  /** Starts a worker. `died` is called once, when its process ends without having been asked to. */
  static async start(
    { addresses, port }: MediaWorkerOptions,
    died: (worker: MediaWorker) => void,
  ): Promise<MediaWorker> {
    const worker = await createWorker();
    try {
      const server = await worker.createWebRtcServer({ listenInfos: listenInfos(addresses, port) });
      const self = new MediaWorker(worker, server);
      worker.once('died', () => {
        self.#closed = true;
        self.#routers.clear();
        self.#transports.clear();
        died(self);
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

  /** How many routers live here, or are about to: the measure by which the pool spreads sessions. */
  get routerCount(): number {
    return this.#routers.size + this.#opening;
  }

  /** Those by which clients send and receive. */
  get transports(): readonly WebRtcTransport[] {
    return [...this.#transports];
  }

  async createRouter(mediaCodecs: RouterRtpCodecCapability[]): Promise<Router> {
    this.#opening += 1;
    try {
      const router = await this.#worker.createRouter({ mediaCodecs });
      this.#routers.add(router);
      router.observer.once('close', () => this.#routers.delete(router));
      router.observer.on('newtransport', (transport) => this.#track(transport));
      return router;
    } finally {
      this.#opening -= 1;
    }
  }

  /** How long it has kept a processor busy so far, in milliseconds. Rejects where the worker is gone. */
  async processorTime(): Promise<number> {
    const { ru_utime: user, ru_stime: system } = await this.#worker.getResourceUsage();
    return user + system;
  }

  /** What the worker process itself holds, for tests and operators. */
  dump(): Promise<WorkerDump> {
    return this.#worker.dump();
  }

  /** Idempotent; closes the WebRtcServer and the routers with it. */
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
 * A mediasoup worker that leaves SIGTERM and SIGINT alone. mediasoup's own listeners would close it before the process
 * has told anybody; who is asked to end decides the order. They are added while createWorker is called, not later.
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
