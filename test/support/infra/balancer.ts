import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How often a server is checked, and how long it may take to respond, in milliseconds. */
const CHECK_MS = 1000;
const PATIENCE_MS = 1000;
/** How long a connection waits for a server, in milliseconds. */
const HOLD_MS = 10_000;
const HOLD_POLL_MS = 50;

interface Target {
  readonly port: number;
  /** As of the last check. */
  well: boolean;
}

/**
 * One address for several servers, as a load balancer gives: each new connection goes to the next healthy server, or to
 * the one after it if that refuses. It does not look at the data.
 */
export class Balancer {
  readonly #server: Server;
  readonly #targets = new Map<string, Target>();
  readonly #sockets = new Set<Socket>();
  readonly #checks: ReturnType<typeof setInterval>;
  #turn = 0;

  private constructor() {
    this.#server = createServer((socket) => void this.#accept(socket));
    this.#checks = setInterval(() => void this.#check(), CHECK_MS);
  }

  /** Closed by the caller. */
  static async open(): Promise<Balancer> {
    const balancer = new Balancer();
    await new Promise<void>((resolve) => balancer.#server.listen(0, '127.0.0.1', resolve));
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Registers a server at this port of this machine. */
  set(name: string, port: number): void {
    this.#targets.set(name, { port, well: true });
  }

  close(): void {
    clearInterval(this.#checks);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  async #accept(near: Socket): Promise<void> {
    this.#sockets.add(near);
    near.on('error', () => near.destroy());
    near.once('close', () => this.#sockets.delete(near));
    // Data that arrives before there is a server waits in the socket.
    near.pause();
    const giveUp = performance.now() + HOLD_MS;
    while (!near.destroyed) {
      const far = await this.#dial();
      if (far) {
        this.#join(near, far);
        return;
      }
      if (performance.now() > giveUp) break;
      await new Promise((resolve) => setTimeout(resolve, HOLD_POLL_MS));
    }
    near.destroy();
  }

  #join(near: Socket, far: Socket): void {
    this.#sockets.add(far);
    far.once('close', () => {
      this.#sockets.delete(far);
      near.destroy();
    });
    far.on('error', () => far.destroy());
    near.once('close', () => far.destroy());
    if (near.destroyed) far.destroy();
    for (const side of [near, far]) side.setNoDelay(true);
    near.pipe(far).pipe(near);
  }

  /** Connects to the next server that accepts; null if none does. */
  async #dial(): Promise<Socket | null> {
    const targets = [...this.#targets.values()];
    this.#turn += 1;
    for (let step = 0; step < targets.length; step++) {
      const target = targets[(this.#turn + step) % targets.length];
      if (!target?.well) continue;
      const socket = await dial(target.port);
      if (socket) return socket;
    }
    return null;
  }

  async #check(): Promise<void> {
    const checks = [...this.#targets.values()].map(async (target) => {
      target.well = await isWell(target.port);
    });
    await Promise.all(checks);
  }
}

function dial(port: number): Promise<Socket | null> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(null));
    socket.once('connect', () => resolve(socket));
  });
}

async function isWell(port: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return (await fetch(`http://127.0.0.1:${port}/healthz`, { signal })).ok;
  } catch {
    return false;
  }
}
