import type { Backend } from '../../support/clients/backend.ts';
import { Cluster } from '../../support/infra/cluster.ts';
import { MongoServer } from '../../support/infra/mongo-server.ts';
import { RedisServer, redisAvailable } from '../../support/infra/redis-server.ts';
import { TestServer } from '../../support/infra/test-server.ts';
import { until } from '../../support/infra/until.ts';

/** The servers of the visit, with two SFU nodes. */
export interface Servers {
  readonly backend: Backend;
  readonly description: string;
  /** Drains a node. Resolves when nothing is left on it. */
  drain(nodeId: string): Promise<void>;
  /** Lets a drained node take visits again. */
  restore(nodeId: string): Promise<void>;
  /** Returns the process id of the media worker that has the visit. */
  workerOf(nodeId: string): Promise<number>;
  /** Logs at level warn and above. */
  logs(): string;
  close(): Promise<void>;
}

const DRAIN = { deadlineSeconds: 60 };
const PATIENCE_MS = 90_000;

/** Starts two processes on one database, or one process with two nodes if there is no database for several. */
export function startServers(env: Record<string, string>): Promise<Servers> {
  return MongoServer.available() ? TwoProcesses.start(env) : TwoNodes.start(env);
}

class TwoProcesses implements Servers {
  readonly description = 'two processes on one database';
  readonly #mongo: MongoServer;
  readonly #redis: RedisServer | undefined;
  readonly #cluster: Cluster;

  private constructor(mongo: MongoServer, redis: RedisServer | undefined, cluster: Cluster) {
    this.#mongo = mongo;
    this.#redis = redis;
    this.#cluster = cluster;
  }

  static async start(env: Record<string, string>): Promise<TwoProcesses> {
    const mongo = await MongoServer.start();
    const redis = redisAvailable('the bus of the servers') ? await RedisServer.launch() : undefined;
    const uri = redis ? { redisUrl: redis.url } : {};
    const cluster = await Cluster.start({ processes: 2, mongo, ...uri, env });
    return new TwoProcesses(mongo, redis, cluster);
  }

  get backend(): Backend {
    return this.#cluster.backend;
  }

  async drain(nodeId: string): Promise<void> {
    const { server } = this.#cluster.member(nodeId);
    await this.backend.api.drainNode(nodeId, DRAIN);
    const { code } = await server.ended;
    if (code !== 0) throw new Error(`The drained server ended with ${code}: ${server.output}`);
  }

  async restore(nodeId: string): Promise<void> {
    await this.#cluster.member(nodeId).restart();
    await this.backend.api.undrainNode(nodeId);
    await this.#cluster.complete();
  }

  async workerOf(nodeId: string): Promise<number> {
    const { workers } = await this.#cluster.member(nodeId).inspect();
    return requirePid(workers.find(({ routers }) => routers.length > 0)?.pid);
  }

  logs(): string {
    return this.#cluster.members.map(({ nodeId, server }) => `${nodeId}:\n${server.output}`).join('\n');
  }

  async close(): Promise<void> {
    await this.#cluster.close();
    await this.#redis?.dispose();
    await this.#mongo.dispose();
  }
}

class TwoNodes implements Servers {
  readonly description = 'one process with two nodes';
  readonly backend: TestServer;
  readonly #lines: readonly string[];

  private constructor(server: TestServer, lines: readonly string[]) {
    this.backend = server;
    this.#lines = lines;
  }

  static async start(env: Record<string, string>): Promise<TwoNodes> {
    const lines: string[] = [];
    const onLog = (line: string) => {
      if (/"level":[4-6]0/.test(line)) lines.push(line);
    };
    const settings = { ...env, SFU_NODES: 'north,south', WORKERS: '2' };
    return new TwoNodes(await TestServer.open({ env: settings, onLog }), lines);
  }

  async drain(nodeId: string): Promise<void> {
    await this.backend.api.drainNode(nodeId, DRAIN);
    const { rooms } = this.backend.televisit;
    const isEmpty = async () => (await rooms.on(nodeId)).length === 0 && rooms.size === 1;
    await until('the visit has moved', isEmpty, PATIENCE_MS);
  }

  async restore(nodeId: string): Promise<void> {
    await this.backend.api.undrainNode(nodeId);
  }

  workerOf(nodeId: string): Promise<number> {
    const workers = this.backend.televisit.nodes.get(nodeId)?.workers ?? [];
    return Promise.resolve(requirePid(workers.find(({ routerCount }) => routerCount > 0)?.pid));
  }

  logs(): string {
    return this.#lines.join('');
  }

  close(): Promise<void> {
    return this.backend.close();
  }
}

function requirePid(pid: number | undefined): number {
  if (pid === undefined) throw new Error('No media worker has the visit.');
  return pid;
}
