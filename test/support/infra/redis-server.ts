import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { accepts, freePort } from './free-port.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** Time limit for the server to listen, in milliseconds. */
const READY_MS = 60_000;
/** Interval of attempts, in milliseconds. */
const POLL_MS = 20;

/** With it the kernel kills a server whose test process was killed, also a paused one. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => existsSync(file));

/** Returns whether Debian's redis-server is installed; if not, reports which tests are skipped. */
export function redisAvailable(forWhat: string): boolean {
  const found = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error === undefined;
  if (!found) console.warn(`SKIPPED: ${forWhat}. It needs redis-server (Debian: redis-server).`);
  return found;
}

/** A real Redis on the loopback address without persistence, on a port that it keeps when stopped. */
export class RedisServer {
  readonly #port: number;
  readonly #folder = makeTemporaryFolder();
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(port: number) {
    this.#port = port;
    process.on('exit', this.#cleanUp);
  }

  /** Reserves a port for a server that starts later; disposed after the test. */
  static async reserve(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    onTestFinished(() => server.dispose());
    return server;
  }

  /** Resolves when it listens; disposed after the test. */
  static async start(): Promise<RedisServer> {
    const server = await RedisServer.reserve();
    await server.start();
    return server;
  }

  /** Resolves when it listens; disposed by the caller. */
  static async launch(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Restarts it empty on the same port. Resolves when it listens. */
  async start(): Promise<void> {
    if (this.#child) throw new Error('The Redis of this test runs already.');
    const command = [
      'redis-server',
      ...['--port', String(this.#port), '--bind', '127.0.0.1', '--dir', this.#folder],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
    ];
    const [file = '', ...args] = SETPRIV ? [SETPRIV, '--pdeathsig', 'KILL', ...command] : command;
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-4000)));
    }
    child.once('error', (error) => (this.#output += error.message));
    child.once('close', () => (this.#child = undefined));
    const deadline = Date.now() + READY_MS;
    while (!(await accepts(this.#port))) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`The Redis of this test does not listen:\n${this.#output}`);
      await pause(POLL_MS);
    }
  }

  /** Ends it as an operator does. */
  async stop(): Promise<void> {
    // A paused process handles SIGTERM only when it continues.
    await this.#end('SIGTERM', 'SIGCONT');
  }

  /** Kills it with SIGKILL. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Suspends it: connections stay and are accepted, and nothing is answered. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  async dispose(): Promise<void> {
    await this.#end('SIGKILL');
    process.off('exit', this.#cleanUp);
    removeFolder(this.#folder);
  }

  #signal(signal: NodeJS.Signals): void {
    if (!this.#child?.kill(signal)) throw new Error('The Redis of this test does not run.');
  }

  async #end(...signals: NodeJS.Signals[]): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const closed = once(child, 'close');
    for (const signal of signals) child.kill(signal);
    await closed;
  }

  readonly #cleanUp = (): void => {
    this.#child?.kill('SIGKILL');
    removeFolder(this.#folder);
  };
}
