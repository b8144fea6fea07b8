import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { mongo } from 'mongoose';
import { accepts, freePort } from './free-port.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** Time limit for the server to respond, in milliseconds. */
const READY_MS = 60_000;
/** Interval of attempts, in milliseconds. */
const POLL_MS = 20;

/** With it the kernel kills a server whose test process was killed, also a paused one. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => existsSync(file));

/**
 * A MongoDB for tests, as the set-up found it (`scripts/setup/mongo.mjs`): the server of TEST_MONGO_URI, or a mongod or
 * FerretDB of its own with its data in a temporary folder.
 */
export class MongoServer {
  /** Whether the test may stop it. */
  readonly owned: boolean;
  readonly #uri: string;
  readonly #own: OwnProcess | undefined;
  readonly #databases = new Set<string>();

  private constructor(uri: string, own?: OwnProcess) {
    this.#uri = uri;
    this.#own = own;
    this.owned = own !== undefined;
  }

  /** Returns whether the set-up found one. */
  static available(): boolean {
    return Boolean(process.env.TEST_MONGO_URI) || mongoProgram() !== undefined;
  }

  /** Resolves when it responds. @throws {Error} if the set-up found none, or it does not respond */
  static async start(): Promise<MongoServer> {
    const given = process.env.TEST_MONGO_URI;
    if (given) return new MongoServer(given);
    const own = new OwnProcess(await freePort());
    try {
      await own.start();
    } catch (error) {
      await own.dispose();
      throw error;
    }
    return new MongoServer(own.uri, own);
  }

  /** Without a database. */
  get uri(): string {
    return withDatabase(this.#uri, '');
  }

  /** The process id of an own server that runs. */
  get pid(): number | undefined {
    return this.#own?.pid;
  }

  /** Returns the URI of a database, by default of a new one: each test uses its own. */
  uriFor(database = `test-${randomUUID()}`): string {
    this.#databases.add(database);
    return withDatabase(this.#uri, database);
  }

  /** Stops it; data and port stay. @throws {Error} if it is not owned */
  async stop(): Promise<void> {
    await this.#ours().stop();
  }

  /** Restarts it with its data and port. Resolves when it responds. @throws {Error} if it is not owned */
  async start(): Promise<void> {
    await this.#ours().start();
  }

  /**
   * Resolves when it hangs: connections stay and are accepted, and nothing is answered. @throws {Error} if it is not
   * owned
   */
  async pause(): Promise<void> {
    await this.#ours().pause();
  }

  resume(): void {
    this.#ours().signal('SIGCONT');
  }

  /** Ends it and removes its data; on a server that is not owned, drops the databases that `uriFor` named. */
  async dispose(): Promise<void> {
    if (this.#own) return this.#own.dispose();
    await withClient(this.#uri, async (client) => {
      for (const database of this.#databases) await client.db(database).dropDatabase();
    });
    this.#databases.clear();
  }

  #ours(): OwnProcess {
    if (!this.#own) throw new Error('The server of TEST_MONGO_URI cannot be stopped or paused by a test.');
    return this.#own;
  }
}

/** A mongod or FerretDB with its own port and folder. */
class OwnProcess {
  readonly uri: string;
  readonly #port: number;
  readonly #folder = makeTemporaryFolder();
  #child: ChildProcess | undefined;
  #output = '';

  constructor(port: number) {
    this.#port = port;
    this.uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
    process.on('exit', this.#cleanUp);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    if (this.#child) throw new Error('The MongoDB of this test runs already.');
    const command = mongoProgram()?.(this.#folder, this.#port);
    if (!command) throw new Error('No MongoDB for the tests: see MongoServer.available().');
    const [file = '', ...args] = SETPRIV ? [SETPRIV, '--pdeathsig', 'KILL', ...command] : command;
    // Without setpriv FerretDB still ends with its input, which ends with this process.
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-4000)));
    }
    child.once('error', (error) => (this.#output += error.message));
    child.once('close', () => (this.#child = undefined));
    await this.#answers();
  }

  async stop(): Promise<void> {
    // A paused process handles SIGTERM only when it continues.
    await this.#end('SIGTERM', 'SIGCONT');
  }

  async dispose(): Promise<void> {
    await this.#end('SIGKILL');
    process.off('exit', this.#cleanUp);
    removeFolder(this.#folder);
  }

  async pause(): Promise<void> {
    this.signal('SIGSTOP');
    // One of its threads receives the signal first and stops the others; on a busy machine those may respond until
    // then.
    while (this.pid !== undefined && !standsStill(this.pid)) await pause(POLL_MS);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#child?.kill(signal)) throw new Error('The MongoDB of this test does not run.');
  }

  async #end(...signals: NodeJS.Signals[]): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const closed = once(child, 'close');
    for (const signal of signals) child.kill(signal);
    await closed;
  }

  async #answers(): Promise<void> {
    const deadline = Date.now() + READY_MS;
    while (!(await accepts(this.#port))) {
      if (!this.#child) throw new Error(`The MongoDB of this test ended at once:\n${this.#output}`);
      if (Date.now() > deadline)
        throw new Error(`The MongoDB of this test does not listen:\n${this.#output}`);
      await pause(POLL_MS);
    }
    await withClient(this.uri, (client) => client.db('admin').command({ ping: 1 }));
  }

  readonly #cleanUp = (): void => {
    this.#child?.kill('SIGKILL');
    removeFolder(this.#folder);
  };
}

/** Returns the command line for a folder and a port of the program that the set-up found; undefined if it found none. */
export function mongoProgram(): ((folder: string, port: number) => string[]) | undefined {
  const { MONGOD_BIN: mongod, FERRETDB_BIN: ferret } = process.env;
  if (mongod) {
    const fixed = ['--bind_ip', '127.0.0.1', '--quiet'];
    return (folder, port) => [mongod, '--dbpath', folder, '--port', String(port), ...fixed];
  }
  return ferret ? (folder, port) => [ferret, `127.0.0.1:${port}`, folder] : undefined;
}

/** Returns whether no thread of a process runs, according to proc(5). */
function standsStill(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks).every((id) =>
      /^State:\s+T/m.test(readFileSync(`${tasks}/${id}/status`, 'utf8')),
    );
  } catch {
    // One of them ended at that moment.
    return false;
  }
}

async function withClient(uri: string, work: (client: mongo.MongoClient) => Promise<unknown>): Promise<void> {
  const client = new mongo.MongoClient(uri, { serverSelectionTimeoutMS: READY_MS });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}

/** Cannot be parsed by `URL`, since a replica set's address lists several hosts. */
function withDatabase(uri: string, database: string): string {
  const [, hosts = uri, options = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(uri) ?? [];
  return `${hosts}/${database}${options}`;
}
