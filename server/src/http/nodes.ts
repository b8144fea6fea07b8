import { TelevisitError } from '@televisit/shared/errors';
import type { NodeView } from '@televisit/shared/node-operations';
import type { KnownNode, NodeRegistry } from '../cluster/node-registry.ts';
import { iso, isoOrNull, type Clock } from '../core/clock.ts';
import type { NodeStore } from '../domain/node-store.ts';
import type { OperationHandlers } from './operation.ts';

export interface NodeHandlersOptions {
  readonly registry: NodeRegistry;
  readonly nodeStore: NodeStore;
  readonly clock: Clock;
}

/** Returns the operations on the SFU nodes of all servers. */
export function nodeOperations({ registry, nodeStore, clock }: NodeHandlersOptions) {
  const setDrain = async (nodeId: string, until: number | null) => {
    if (!(await nodeStore.drain(nodeId, until))) throw new TelevisitError('node_not_found');
    await registry.lookAfresh();
    const node = registry.find(nodeId);
    if (!node) throw new TelevisitError('node_not_found');
    return viewOf(node);
  };
  return {
    list: async () => {
      await registry.look();
      return registry.nodes().map(viewOf);
    },
    /** @throws {TelevisitError} `node_not_found` */
    drain: (nodeId: string, seconds: number) => setDrain(nodeId, clock.now() + seconds * 1000),
    /** @throws {TelevisitError} `node_not_found` */
    undrain: (nodeId: string) => setDrain(nodeId, null),
  };
}

/** Handles `/nodes`. */
export function nodeHandlers(
  options: NodeHandlersOptions,
): OperationHandlers<'listNodes' | 'drainNode' | 'undrainNode'> {
  const nodes = nodeOperations(options);
  return {
    listNodes: async () => ({ status: 200, body: { nodes: await nodes.list() } }),
    drainNode: async ({ params, body }) => ({
      status: 200,
      body: await nodes.drain(params.nodeId, body.deadlineSeconds),
    }),
    undrainNode: async ({ params }) => ({ status: 200, body: await nodes.undrain(params.nodeId) }),
  };
}

function viewOf(node: KnownNode): NodeView {
  const { nodeId, processId, url, region, version, capacity, aliveAt, drainUntil, load } = node;
  const { participants, consumers, cpu, bitrate } = load;
  return {
    nodeId,
    state: stateOf(node),
    processId,
    url,
    region,
    version,
    capacity,
    load: { participants, consumers, cpu, bitrate },
    aliveAt: iso(aliveAt),
    drainUntil: isoOrNull(drainUntil),
  };
}

function stateOf({ alive, drainUntil, load }: KnownNode): NodeView['state'] {
  if (!alive) return 'lost';
  if (drainUntil !== null) return 'draining';
  return load.full ? 'full' : 'ready';
}
