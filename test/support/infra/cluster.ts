import { Backend } from '../clients/backend.ts';
import { Balancer } from './balancer.ts';
import { TcpFaultProxy } from '../faults/tcp-fault-proxy.ts';
import { freePort } from './free-port.ts';
import type { Inspection, InspectionAnswer, InspectionQuestion } from './inspection.ts';
import type { MongoServer } from './mongo-server.ts';
import { ServerProcess } from './server-process.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';
import { until } from './until.ts';

/** A process that takes longer to tell what it holds has another problem, in milliseconds. */
const ANSWER_MS = 20_000;

export interface ClusterOptions {
  readonly processes: number;
  readonly mongo: MongoServer;
  /** Of a Redis, where the servers have one. */
  readonly redisUrl?: string;
  /** For every process. */
  readonly env?: Record<string, string>;
  /** Whether servers can be cut off; all that they say to others goes through this process then. */
  readonly severable?: boolean;
}

interface MemberOptions {
  readonly nodeId: string;
  /** What it reaches over the network, by the setting that names it. */
  readonly uris: Record<string, string>;
  readonly env: Record<string, string>;
  readonly severable: boolean;
}

/** One server of a cluster: its name, ports and lines stay when its process is another one. */
export class Member {
  /** The SFU node that it runs. */
  readonly nodeId: string;
  readonly #env: Record<string, string>;
  readonly #lines: readonly TcpFaultProxy[];
  readonly #folder: string;
  #server: ServerProcess;
  #asked = 0;

  private constructor(
    nodeId: string,
    env: Record<string, string>,
    lines: readonly TcpFaultProxy[],
    folder: string,
  ) {
    this.nodeId = nodeId;
    this.#env = env;
    this.#lines = lines;
    this.#folder = folder;
    this.#server = this.#launch();
  }

  static async start({ nodeId, uris, env, severable }: MemberOptions): Promise<Member> {
    const port = await freePort();
    const lines: TcpFaultProxy[] = [];
    const through = async (uri: string) => {
      if (!severable) return uri;
      const line = await TcpFaultProxy.lay(Number(/:(\d+)/.exec(uri)?.[1]));
      lines.push(line);
      return uri.replace(/:\d+/, `:${line.port}`);
    };
    const url = await through(`http://127.0.0.1:${port}`);
    const reached: Record<string, string> = {};
    for (const [name, uri] of Object.entries(uris)) reached[name] = await through(uri);
    const folder = makeTemporaryFolder();
    const settings = { ...env, ...reached, PORT: String(port), NODE_URL: url, DATA_DIR: folder };
    return new Member(nodeId, settings, lines, folder);
  }

  /** The process that runs now, or ran last. */
  get server(): ServerProcess {
    return this.#server;
  }

  /** Where the balancer and the other servers reach it. */
  get port(): number {
    return Number(new URL(this.#env.NODE_URL ?? '').port);
  }

  /** Ends the process without a word. */
  async kill(): Promise<void> {
    await this.#server.close();
  }

  /** Starts a killed one again. Resolves when it listens. */
  async restart(): Promise<void> {
    this.#server = this.#launch();
    await this.#server.listening();
  }

  /** Nothing gets to it or from it over TCP any more, and nobody is told, until `heal`. @throws Error where it is not severable */
  cutOff(): void {
    if (this.#lines.length === 0) throw new Error('This cluster was not started as a severable one.');
    for (const line of this.#lines) line.die();
  }

  heal(): void {
    for (const line of this.#lines) line.heal();
  }

  /** What the process holds. @throws Error where it does not say */
  inspect(): Promise<Inspection> {
    const { child } = this.#server;
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        child.off('message', take);
        reject(new Error(`The server of ${this.nodeId} does not tell what it holds.`));
      }, ANSWER_MS);
      const take = (message: unknown) => {
        const answer = message as Partial<InspectionAnswer>;
        if (answer.type !== 'inspected' || answer.id !== id || !answer.inspection) return;
        clearTimeout(giveUp);
        child.off('message', take);
        resolve(answer.inspection);
      };
      child.on('message', take);
      child.send({ type: 'inspect', id } satisfies InspectionQuestion, (error) => {
        if (!error) return;
        clearTimeout(giveUp);
        child.off('message', take);
        reject(error);
      });
    });
  }

  async dispose(): Promise<void> {
    await this.#server.close();
    for (const line of this.#lines) line.close();
    removeFolder(this.#folder);
  }

  #launch(): ServerProcess {
    return new ServerProcess({ program: 'inspected', env: { ...this.#env, SFU_NODES: this.nodeId } });
  }
}

/** Several servers on one database and one Redis, behind one address. */
export class Cluster {
  readonly balancer: Balancer;
  readonly members: readonly Member[];
  readonly backend: Backend;

  private constructor(balancer: Balancer, members: readonly Member[]) {
    this.balancer = balancer;
    this.members = members;
    this.backend = new Backend(balancer.url);
  }

  /** Resolves when all listen and know each other. Closed by the caller. */
  static async start({
    processes,
    mongo,
    redisUrl,
    env = {},
    severable = false,
  }: ClusterOptions): Promise<Cluster> {
    const balancer = await Balancer.open();
    const uris = { MONGO_URI: mongo.uriFor(), ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }) };
    const shared = {
      WORKERS: '1',
      LOG_LEVEL: 'warn',
      API_RATE_LIMIT: '0',
      ADDRESS_RATE_LIMIT: '0',
      CLIENT_BASE_URL: balancer.url,
      ...env,
    };
    const members: Member[] = [];
    const cluster = new Cluster(balancer, members);
    try {
      for (let index = 1; index <= processes; index++) {
        members.push(await Member.start({ nodeId: `sfu-${index}`, uris, env: shared, severable }));
      }
      await Promise.all(members.map(({ server }) => server.listening()));
      for (const { nodeId, port } of members) balancer.set(nodeId, port);
      await cluster.complete();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** The one address. */
  get url(): string {
    return this.balancer.url;
  }

  /** The member that runs a node. @throws Error where none does */
  member(nodeId: string): Member {
    const member = this.members.find((one) => one.nodeId === nodeId);
    if (!member) throw new Error(`Nobody runs ${nodeId} here.`);
    return member;
  }

  /** Resolves when every server sees all nodes as ready. */
  async complete(): Promise<void> {
    const all = this.members.length;
    const backends = this.members.map(({ port }) => new Backend(`http://127.0.0.1:${port}`));
    await Promise.all(
      backends.map(({ api }) =>
        until('the servers know each other', async () => {
          const { nodes } = await api.listNodes();
          return nodes.filter(({ state, url }) => state === 'ready' && url !== '').length === all;
        }),
      ),
    );
  }

  async close(): Promise<void> {
    this.balancer.close();
    await Promise.all(this.members.map((member) => member.dispose()));
  }
}
