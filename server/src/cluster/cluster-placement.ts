import { TelevisitError } from '@televisit/shared/errors';
import type { Placement, PlacementConstraints } from '../domain/scheduler.ts';
import type { KnownNode, NodeRegistry } from './node-registry.ts';

/** The change of a node's load, of 1, below which it is ignored, so that placement does not follow every fluctuation. */
const DEAD_BAND = 0.1;

type Nodes = Pick<NodeRegistry, 'nodes' | 'find' | 'lookAfresh'>;

/** Chooses the SFU node of a session: in its region if possible, then the least busy one, then the one with fewest sessions. */
export class ClusterPlacement implements Placement {
  readonly #nodes: Nodes;
  readonly #region: string | null;
  /** The number of open sessions on each node, as far as this process knows. */
  #open: Map<string, number>;
  readonly #busy = new Map<string, number>();

  /**
   * @param open the number of open sessions on each node, from the store
   * @param region the region of this process, used for sessions without one
   */
  constructor(nodes: Nodes, open: ReadonlyMap<string, number>, region: string | null) {
    this.#nodes = nodes;
    this.#open = new Map(open);
    this.#region = region;
  }

  has(nodeId: string): boolean {
    return this.#nodes.find(nodeId)?.alive ?? false;
  }

  takes(nodeId: string): boolean {
    const node = this.#nodes.find(nodeId);
    return node !== undefined && acceptsSessions(node);
  }

  look(): Promise<void> {
    return this.#nodes.lookAfresh();
  }

  reserve({ region, exclude }: PlacementConstraints): string {
    const wanted = region ?? this.#region;
    const available = this.#nodes.nodes().filter((node) => acceptsSessions(node) && node.nodeId !== exclude);
    const inRegion = available.filter((node) => node.region === wanted);
    const [first, ...others] = inRegion.length > 0 ? inRegion : available;
    if (!first) throw new TelevisitError('no_capacity', { retryAfter: 5 });
    const { nodeId } = others.reduce((best, node) => (this.#isBetter(node, best) ? node : best), first);
    this.#open.set(nodeId, this.#openOn(nodeId) + 1);
    return nodeId;
  }

  release(nodeId: string): void {
    this.#open.set(nodeId, Math.max(0, this.#openOn(nodeId) - 1));
  }

  recount(open: ReadonlyMap<string, number>): void {
    this.#open = new Map(open);
  }

  #isBetter(left: KnownNode, right: KnownNode): boolean {
    const [busyLeft, busyRight] = [this.#busyOf(left), this.#busyOf(right)];
    if (busyLeft !== busyRight) return busyLeft < busyRight;
    return this.#openOn(left.nodeId) < this.#openOn(right.nodeId);
  }

  #openOn(nodeId: string): number {
    return this.#open.get(nodeId) ?? 0;
  }

  /** Returns the load of a node, 0 to 1, which changes only by more than the dead band. */
  #busyOf({ nodeId, load, capacity }: KnownNode): number {
    const current = Math.max(load.cpu, capacity ? load.participants / capacity : 0);
    const previous = this.#busy.get(nodeId) ?? 0;
    const busy = Math.abs(current - previous) > DEAD_BAND ? current : previous;
    this.#busy.set(nodeId, busy);
    return busy;
  }
}

/** Returns whether a node accepts sessions that are not placed on it yet. */
function acceptsSessions({ alive, here, url, drainUntil, load }: KnownNode): boolean {
  return alive && (here || url !== '') && drainUntil === null && !load.full;
}
