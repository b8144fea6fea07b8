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

/** Handles `/nodes`: the SFU nodes of all servers. */
export function nodeHandlers({
  registry,
  nodeStore,
  clock,
}: NodeHandlersOptions): OperationHandlers<'listNodes' | 'drainNode' | 'undrainNode'> {
  const drain = async (nodeId: string, until: number | null) => {
    if (!(await nodeStore.drain(nodeId, until))) throw new TelevisitError('node_not_found');
    await registry.lookAfresh();
    const node = registry.find(nodeId);
    if (!node) throw new TelevisitError('node_not_found');
    return { status: 200, body: viewOf(node) } as const;
  };
  return {
    listNodes: async () => {
      await registry.look();
      return { status: 200, body: { nodes: registry.nodes().map(viewOf) } };
    },
    drainNode: ({ params, body }) => drain(params.nodeId, clock.now() + body.deadlineSeconds * 1000),
    undrainNode: ({ params }) => drain(params.nodeId, null),
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
