import { Backend } from '../clients/backend.ts';
import { Balancer } from './balancer.ts';
import { TcpFaultProxy } from '../faults/tcp-fault-proxy.ts';
import { freePort } from './free-port.ts';
import type { Inspection, InspectionAnswer, InspectionQuestion } from './inspection.ts';
import type { MongoServer } from './mongo-server.ts';
import { ServerProcess } from './server-process.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';
import { until } from './until.ts';

/** Time limit for a process to report its objects, in milliseconds. */
const ANSWER_MS = 20_000;

export interface ClusterOptions {
  readonly processes: number;
  readonly mongo: MongoServer;
  /** Of the Redis, if the servers have one. */
  readonly redisUrl?: string;
  /** For every process. */
  readonly env?: Record<string, string>;
  /** Whether servers can be cut off; their traffic to others goes through this process then. */
  readonly severable?: boolean;
}

interface MemberOptions {
  readonly nodeId: string;
  /** Addresses of what it connects to, by setting. */
  readonly uris: Record<string, string>;
  readonly env: Record<string, string>;
  readonly severable: boolean;
}

/** One server of a cluster: its name, ports and proxies stay when its process is replaced. */
export class Member {
  /** The SFU node that it runs. */
  readonly nodeId: string;
  readonly #env: Record<string, string>;
  readonly #proxies: readonly TcpFaultProxy[];
  readonly #folder: string;
  #server: ServerProcess;
  #asked = 0;

  private constructor(
    nodeId: string,
    env: Record<string, string>,
    proxies: readonly TcpFaultProxy[],
    folder: string,
  ) {
    this.nodeId = nodeId;
    this.#env = env;
    this.#proxies = proxies;
    this.#folder = folder;
    this.#server = this.#launch();
  }

  static async start({ nodeId, uris, env, severable }: MemberOptions): Promise<Member> {
    const port = await freePort();
    const proxies: TcpFaultProxy[] = [];
    const through = async (uri: string) => {
      if (!severable) return uri;
      const proxy = await TcpFaultProxy.listen(Number(/:(\d+)/.exec(uri)?.[1]));
      proxies.push(proxy);
      return uri.replace(/:\d+/, `:${proxy.port}`);
    };
    const url = await through(`http://127.0.0.1:${port}`);
    const reached: Record<string, string> = {};
    for (const [name, uri] of Object.entries(uris)) reached[name] = await through(uri);
    const folder = makeTemporaryFolder();
    const settings = { ...env, ...reached, PORT: String(port), NODE_URL: url, DATA_DIR: folder };
    return new Member(nodeId, settings, proxies, folder);
  }

  /** The current process, or the last one. */
  get server(): ServerProcess {
    return this.#server;
  }

  /** The URL at which the balancer and the other servers reach it. */
  get port(): number {
    return Number(new URL(this.#env.NODE_URL ?? '').port);
  }

  /** Kills the process with SIGKILL. */
  async kill(): Promise<void> {
    await this.#server.close();
  }

  /** Restarts a killed process. Resolves when it listens. */
  async restart(): Promise<void> {
    this.#server = this.#launch();
    await this.#server.listening();
  }

  /**
   * Stalls all TCP traffic from and to it, without closing, until `heal`. @throws {Error} if the cluster is not
   * severable
   */
  cutOff(): void {
    if (this.#proxies.length === 0) throw new Error('This cluster was not started as a severable one.');
    for (const proxy of this.#proxies) proxy.stall();
  }

  heal(): void {
    for (const proxy of this.#proxies) proxy.heal();
  }

  /** Returns the objects of the process. @throws {Error} if it does not respond */
  inspect(): Promise<Inspection> {
    const { child } = this.#server;
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        child.off('message', take);
        reject(new Error(`The server of ${this.nodeId} does not report its objects.`));
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
    for (const proxy of this.#proxies) proxy.close();
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

  /** The common address. */
  get url(): string {
    return this.balancer.url;
  }

  /** Returns the member that runs a node. @throws {Error} if none does */
  member(nodeId: string): Member {
    const member = this.members.find((one) => one.nodeId === nodeId);
    if (!member) throw new Error(`No member runs ${nodeId}.`);
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
