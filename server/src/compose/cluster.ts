import { Bus } from '../cluster/bus.ts';
import { ClusterPlacement } from '../cluster/cluster-placement.ts';
import { NodeRegistry } from '../cluster/node-registry.ts';
import { processIdentity, VERSION } from '../cluster/process-identity.ts';
import { RedisTransport } from '../cluster/redis-transport.ts';
import type { Store } from '../domain/session-store.ts';
import type { Session } from '../domain/session.ts';
import type { Environment } from './environment.ts';
import type { Media } from './media.ts';
import type { WebServer } from './web-server.ts';

export interface Cluster {
  readonly registry: NodeRegistry;
  /** When each node of this process was last alive before, if that is known. */
  readonly lastAlive: ReadonlyMap<string, number>;
  readonly placement: ClusterPlacement;
  /** Null if this is the only process. */
  readonly transport: RedisTransport | null;
  readonly bus: Bus;
  /** Returns the process that runs the room of a session; null if none does at the moment. */
  readonly processOf: (session: Session) => string | null;
}

/** Takes ownership of this process's SFU nodes and connects to the other processes. @throws if a node is in use elsewhere */
export async function joinCluster(
  { config, ids, clock, logger, tracer, resources }: Environment,
  store: Store,
  { nodes, nodeOf, admission }: Media,
  web: WebServer,
): Promise<Cluster> {
  const registry = new NodeRegistry({
    store: store.nodes,
    nodeIds: [...nodes.keys()],
    own: {
      processId: ids.unique(),
      holder: processIdentity(),
      url: web.nodeUrl,
      region: config.region,
      version: VERSION,
      capacity: config.capacity.participants || null,
    },
    loadOf: (nodeId) => ({ ...nodeOf(nodeId).load(), full: admission.full }),
    clock,
    logger,
  });
  resources.defer(() => registry.stop());
  const lastAlive = await registry.start();
  const placement = new ClusterPlacement(registry, await store.countOpenByNode(), config.region);
  const transport = config.redisUrl ? new RedisTransport({ url: config.redisUrl, logger }) : null;
  const bus = new Bus({ processId: registry.processId, transport, clock, ids, logger, tracer });
  resources.defer(() => bus.close());
  const processOf = ({ placement: { nodeId } }: Session) => {
    const node = registry.find(nodeId);
    return node?.alive ? node.processId : null;
  };
  return { registry, lastAlive, placement, transport, bus, processOf };
}
